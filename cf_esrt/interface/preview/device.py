"""The page that runs Live in the visitor's own browser, so that a photograph never leaves the device.

It is the static page of ``assets/static``, offered once its network is there (`training.release.static_page`).
"""

from __future__ import annotations

from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from cf_esrt.interface.common.static_files import PREFIX

STATIC = Path(__file__).resolve().parents[3] / "assets" / "static"
URL = f"{PREFIX}/device/"
"""Relative to the page."""


def is_there(folder: Path = STATIC) -> bool:
    """Whether the static page has its network."""
    return (folder / "model" / "live.onnx").is_file()


def device_routes(folder: Path = STATIC) -> list[BaseRoute]:
    """Public, as the page's other static files; none where the static page has no network."""
    return [Mount(f"/{PREFIX}/device", StaticFiles(directory=folder, html=True))] if is_there(folder) else []
