"""What is served: pages' own files, vendored libraries, pictures from memory; nothing above."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from cf_esrt.interface.common.picture_store import PictureStore, picture_routes
from cf_esrt.interface.common.static_files import INTERFACE, static_routes, static_url
from cf_esrt.pixels import SCALE

ROOT = Path(__file__).parents[3]


def test_own_files_name_no_other_host() -> None:
    for path in INTERFACE.rglob("*"):
        if path.suffix in {".js", ".css", ".html"}:
            assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", path.read_text(encoding="utf-8")), path


def test_routes_serve_pictures_from_memory_and_nothing_above() -> None:
    pictures = PictureStore()
    client = TestClient(Starlette(routes=[*picture_routes(pictures), *static_routes(["preview"])]))
    name = pictures.put(b"png")
    answer = client.get(f"/page/pictures/{name}.png")
    assert answer.content == b"png"
    assert answer.headers["cache-control"] == "no-store"
    pictures.drop(name)
    assert client.get(f"/page/pictures/{name}.png").status_code == 404
    assert client.get("/page/vendor/openseadragon/openseadragon.min.js").status_code == 200
    assert client.get("/page/vendor/%2e%2e/%2e%2e/app.py").status_code == 404
    for path in ("common/base.css", "preview/compare.js"):
        assert client.get(f"/{static_url(path)}").headers["cache-control"] == "no-cache"
    assert client.get("/page/preview/..%2fpage.py").status_code == 404


def test_scripts_have_pythons_scale() -> None:
    """Served to the page, and written beside the static page's network."""
    served = TestClient(Starlette(routes=static_routes(["preview"]))).get("/page/common/constants.js")
    assert served.text.startswith(f"export const SCALE = {SCALE};")
    assert served.headers["content-type"].startswith("text/javascript")
    assert (ROOT / "assets" / "static" / "model" / "constants.js").read_text(encoding="utf-8") == served.text


def test_vendored_libraries_are_as_listed() -> None:
    vendor = ROOT / "assets" / "vendor"
    rows = re.findall(r"`(\S+\.js)` \| `([0-9a-f]{64})`", (vendor / "README.md").read_text(encoding="utf-8"))
    assert len(rows) == 2
    for name, digest in rows:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
        assert any(path.name.startswith("LICENSE") for path in (vendor / name).parent.iterdir())
