"""Bytes held in memory for the browser to fetch, and the page's own static files."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from cf_esrt.interface.security import admitted

STATIC = Path(__file__).with_name("static")
VENDOR = Path(__file__).parents[2] / "assets" / "vendor"
AT = "page"
"""First part of the addresses of this page's own routes; no route of Gradio begins so."""
API_AT = "gradio_api/file=cf-esrt"
"""Where a Gradio client fetches a file that ``/enhance`` answered with: its path after ``file=``."""
LASTS = 600.0
"""Seconds after which a file that nobody fetched is dropped."""


@dataclass(frozen=True)
class Parcel:
    """A file that is fetched once and forgotten."""

    data: bytes
    file: str
    """Name to save it under."""
    media_type: str


@dataclass(frozen=True)
class _Waiting:
    parcel: Parcel
    until: float


class Pictures:
    """PNG bytes behind names that cannot be guessed, and parcels. Nothing here touches a disk."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: dict[str, bytes] = {}
        self._parcels: dict[str, _Waiting] = {}
        self._clock = clock
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

    def send(self, parcel: Parcel) -> str:
        """Hold a file until it is fetched, or for `LASTS` seconds, and return its name."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._forget_old()
            self._parcels[name] = _Waiting(parcel, self._clock() + LASTS)
        return name

    def take(self, name: str) -> Parcel | None:
        """The parcel of that name, once."""
        with self._lock:
            self._forget_old()
            waiting = self._parcels.pop(name, None)
        return None if waiting is None else waiting.parcel

    def drop(self, *names: str) -> None:
        """Forget pictures and parcels; unknown names are no error."""
        with self._lock:
            for name in names:
                self._held.pop(name, None)
                self._parcels.pop(name, None)

    def _forget_old(self) -> None:
        now = self._clock()
        self._parcels = {name: waiting for name, waiting in self._parcels.items() if waiting.until > now}

    def __len__(self) -> int:
        return len(self._held) + len(self._parcels)


def address(name: str) -> str:
    """Where the browser fetches a held picture, relative to the page."""
    return f"{AT}/pictures/{name}.png"


def parcel_address(name: str, file: str) -> str:
    """Where the browser fetches a parcel, relative to the page."""
    return f"{AT}/parcels/{name}/{file}"


def api_path(name: str, file: str) -> str:
    """The ``path`` of a parcel for a Gradio client, which asks for ``gradio_api/file=<path>``."""
    return f"{API_AT.partition('=')[2]}/{name}/{file}"


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


_PRIVATE = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}


def routes(pictures: Pictures) -> list[BaseRoute]:
    """The addresses that stand beside Gradio's own: vendored libraries, the page's files, what is held.

    What is held is behind the page's password; the files are the project's public ones.
    """

    def picture(request: Request) -> Response:
        if not admitted(request):
            return Response(status_code=401)
        png = pictures.get(request.path_params["name"])
        return Response(status_code=404) if png is None else Response(png, media_type="image/png", headers=_PRIVATE)

    def parcel(request: Request) -> Response:
        if not admitted(request):
            return Response(status_code=401)
        if request.method == "HEAD":  # a look at it must not use it up
            return Response(status_code=405)
        found = pictures.take(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        headers = {**_PRIVATE, "Content-Disposition": f'attachment; filename="{found.file}"'}
        return Response(found.data, media_type=found.media_type, headers=headers)

    return [
        Route(f"/{AT}/pictures/{{name}}.png", picture, methods=["GET"]),
        Route(f"/{AT}/parcels/{{name}}/{{file}}", parcel, methods=["GET"]),
        Route(f"/{API_AT}/{{name}}/{{file}}", parcel, methods=["GET"]),
        Mount(f"/{AT}/vendor", StaticFiles(directory=VENDOR)),
        Mount(f"/{AT}", _Fresh(directory=STATIC)),
    ]
