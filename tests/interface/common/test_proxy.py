"""The page's own routes behind a proxy that strips a sub-path, and what a server shares with other origins."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from gradio.route_utils import CustomCORSMiddleware
from starlette.testclient import TestClient

from cf_esrt.interface.common import strings
from cf_esrt.interface.common.settings import read
from cf_esrt.interface.common.static_files import static_routes
from cf_esrt.interface.common.unused_routes import Unused
from cf_esrt.interface.common.upkeep import lifespan


@pytest.mark.parametrize("path", ["/page/common/base.css", "/lesions/page/common/base.css"])
def test_files_are_found_whether_or_not_the_root_path_is_stripped(path: str) -> None:
    app: Any = FastAPI(routes=static_routes(()), root_path="/lesions")
    client = TestClient(app)
    found = client.get(path)
    assert (found.status_code, found.headers["cache-control"]) == (200, "no-cache")
    assert "text/css" in found.headers["content-type"]
    assert client.get(path.replace("base", "none")).status_code == 404
    assert client.get("/page/common/..%2fhosts.py").status_code == 404


def test_no_other_origin_reads_an_answer() -> None:
    app: Any = FastAPI(lifespan=lifespan(()))
    app.add_middleware(CustomCORSMiddleware)
    app.add_api_route("/", lambda: "secret")
    with TestClient(app, base_url="http://localhost:7860") as client:
        headers = client.get("/", headers={"origin": "http://localhost:3000"}).headers
    assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.parametrize("path", ["/gradio_api/deep_link?session_hash=a", "/gradio_api/component_server",
                                  "/gradio_api/process_recording", "/gradio_api/proxy=http://a", "/monitoring",
                                  "/lesions/gradio_api/deep_link"])  # fmt: skip
def test_routes_that_nobody_uses_are_not_there(path: str) -> None:
    app = FastAPI()
    app.add_middleware(Unused)
    app.add_api_route("/{path:path}", lambda: "here", methods=["GET", "POST"])
    client = TestClient(app)
    assert client.get(path).status_code == client.post(path).status_code == 404
    for used in ("/", "/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/startup-events", "/logout",
                 "/gradio_api/file=cf-esrt/a/b", "/gradio_api/run/predict", "/gradio_api/info"):  # fmt: skip
        assert client.get(used).status_code == 200, used


def test_the_form_names_the_direct_address_where_a_frame_may_show_it() -> None:
    space = read({"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space"})
    assert 'href="https://a-b.hf.space/"' in strings.log_in(space.direct_address)
    assert "cookies" in strings.log_in(space.direct_address)
    assert strings.log_in(read({}).direct_address) == strings.LOG_IN
