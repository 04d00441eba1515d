"""The page behind a real nginx, under a sub-path that is stripped, as Gradio's guide has it, and that is not."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from cf_esrt.provenance import read_picture
from tests.browser.conftest import free_port, serve, wait_for
from tests.browser.fake_app import expected
from tests.browser.http_client import begin, fetch, result, upload
from tests.browser.page_driver import MODELS, PageDriver, picture, png

FAKE = Path(__file__).with_name("fake_app.py")
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
PHOTO = picture(48, 40, seed=19)
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_max_body_size 100m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = /favicon.ico {{ return 204; }}  # browsers ask every host for it, outside of the page's path
    location {path} {{
      proxy_pass http://127.0.0.1:{behind}{target};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""
"""Gradio's guide, but that nginx buffers as it does by default."""


@contextmanager
def running(configuration: str, folder: Path, address: str) -> Iterator[str]:
    """An nginx with that configuration in a new folder, once the address answers; gives the address."""
    folder.mkdir()
    file, log = folder / "nginx.conf", folder / "log"
    file.write_text(configuration)
    with log.open("wb") as out:
        command = [str(NGINX), "-e", str(folder / "early.log"), "-p", str(folder), "-c", str(file)]
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        wait_for(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def proxied(folder: Path, behind: str, path: str, target: str) -> Iterator[str]:
    """An nginx before an app; gives the address of the page."""
    port = free_port()
    behind_port = int(behind.rstrip("/").rpartition(":")[2])
    names = {"folder": folder, "port": port, "path": path, "behind": behind_port, "target": target}
    with running(CONFIGURATION.format(**names), folder, f"http://127.0.0.1:{port}{path}") as address:
        yield address


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The page's address behind each kind of proxy."""
    if NGINX is None:
        pytest.skip("no nginx on this machine")
    root = tmp_path_factory.mktemp("nginx")
    root.chmod(0o755)
    under = {"GRADIO_ROOT_PATH": "/lesions"}
    with (
        serve(FAKE, root / "under", **under) as app,
        proxied(root / "stripping", app.address, "/lesions/", "/") as stripping,
        proxied(root / "whole", app.address, "/lesions/", "") as whole,
    ):
        yield {"stripping": stripping, "whole": whole}


@pytest.mark.parametrize("kind", ["stripping", "whole"])
def test_everything_that_the_page_asks_for_is_there(pages: dict[str, str], kind: str) -> None:
    address = pages[kind]
    page = httpx.get(address, timeout=60).text
    files = set(re.findall(r"page/[a-z]+/[\w./-]+\.(?:js|css)", page))
    assert "page/common/base.css" in files
    for file in files:
        assert httpx.get(address + file, timeout=60).status_code == 200, file
    answer = result(address, begin(address, upload(address, png(PHOTO))))
    np.testing.assert_array_equal(read_picture(fetch(address, answer)), expected(PHOTO, "esrt").refined)


# Both answer the page's files and a program's call, above: the browser's requests are the same behind either.
@pytest.mark.parametrize("kind", ["stripping", pytest.param("whole", marks=pytest.mark.slow)])
def test_a_person_works_behind_it(pages: dict[str, str], kind: str, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page, refused = context.new_page(), []
    page.on("response", lambda answer: answer.status >= 400 and refused.append((answer.status, answer.url)))
    driver = PageDriver(page, pages[kind])
    driver.open(png(PHOTO))
    driver.crop(0, 0, PHOTO.shape[1], PHOTO.shape[0])
    driver.enhance()
    for model in MODELS:
        driver.wait_for_pixels(model, expected(PHOTO, model).refined)
    assert (refused, driver.wrong) == ([], [])
    context.close()
