"""Lossless pictures held in memory for the browser to fetch, and the page's own static files."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).with_name("static")
VENDOR = Path(__file__).parents[2] / "assets" / "vendor"
AT = "page"
"""First part of the addresses of this page's own routes; no route of Gradio begins so."""


class Pictures:
    """PNG bytes behind names that cannot be guessed. Nothing here touches a disk."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, png: bytes) -> str:
        """Hold a picture and return its name."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._held[name] = png
        return name

    def get(self, name: str) -> bytes | None:
        """The picture of that name, or None once it was dropped."""
        with self._lock:
            return self._held.get(name)

    def drop(self, *names: str) -> None:
        """Forget pictures; unknown names are no error."""
        with self._lock:
            for name in names:
                self._held.pop(name, None)

    def __len__(self) -> int:
        return len(self._held)


def address(name: str) -> str:
    """Where the browser fetches a held picture, relative to the page."""
    return f"{AT}/pictures/{name}.png"


def script(path: str) -> str:
    """A script tag for a file of ``static/`` or, with ``vendor/`` before it, of ``assets/vendor/``."""
    return f'<script src="{AT}/{path}{_stamp(path)}"></script>'


def module(path: str) -> str:
    """The address of a module of ``static/``, relative to the page."""
    return f"{AT}/{path}{_stamp(path)}"


def stylesheet(path: str) -> str:
    """A link tag for a file of ``static/``."""
    return f'<link rel="stylesheet" href="{AT}/{path}{_stamp(path)}">'


def _stamp(path: str) -> str:
    """A changed file gets a new address, so that no browser shows an old page with a new server."""
    file = VENDOR / path.removeprefix("vendor/") if path.startswith("vendor/") else STATIC / path
    return f"?{file.stat().st_mtime_ns:x}"


class _Fresh(StaticFiles):
    """The page's own files: modules import one another without stamps, so the browser asks whether they changed."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def routes(pictures: Pictures) -> list[BaseRoute]:
    """The addresses that stand beside Gradio's own: vendored libraries, the page's files, held pictures."""

    def picture(request: Request) -> Response:
        png = pictures.get(request.path_params["name"])
        if png is None:
            return Response(status_code=404)
        headers = {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return Response(png, media_type="image/png", headers=headers)

    return [
        Route(f"/{AT}/pictures/{{name}}.png", picture),
        Mount(f"/{AT}/vendor", StaticFiles(directory=VENDOR)),
        Mount(f"/{AT}", _Fresh(directory=STATIC)),
    ]
