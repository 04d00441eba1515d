"""The static page beside the workbench's."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cf_esrt.interface.common.security import Headers
from cf_esrt.interface.preview import device, markup


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "live.onnx").write_bytes(b"network")
    (tmp_path / "index.html").write_text("<h1>here</h1>")
    return tmp_path


def test_it_is_served_once_its_network_is_there(folder: Path) -> None:
    client = TestClient(Starlette(routes=device.device_routes(folder), middleware=[Middleware(Headers)]))
    assert client.get(f"/{device.URL}").text == "<h1>here</h1>"
    assert client.get(f"/{device.URL}model/live.onnx").content == b"network"
    (folder / "model" / "live.onnx").unlink()
    assert device.device_routes(folder) == []


@pytest.mark.parametrize("there", [True, False])
def test_the_card_offers_it_then(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "is_there", lambda: there)
    link = f'<p class="cf-small" {"" if there else "hidden"}><a class="cf-device" href="{device.URL}"'
    assert link in str(markup.upload([]))
