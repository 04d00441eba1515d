"""Lossless pictures and downloads, held in memory for the browser to fetch; nothing is written to disk."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common.security import admitted
from cf_esrt.interface.common.static_files import PREFIX

API_PREFIX = "gradio_api/file=cf-esrt"
"""Where a Gradio client fetches a file that an endpoint returned: its path after ``file=``."""
DOWNLOAD_SECONDS = 600.0
"""Seconds after which a download that nobody fetched is dropped."""


@dataclass(frozen=True)
class Download:
    """A file that is fetched once and then dropped."""

    data: bytes
    file: str
    """Name to save it under."""
    media_type: str


@dataclass(frozen=True)
class _Pending:
    download: Download
    expires: float


class PictureStore:
    """PNG pictures and downloads under names that cannot be guessed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pictures: dict[str, bytes] = {}
        self._downloads: dict[str, _Pending] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def put(self, picture: bytes) -> str:
        """Hold a picture and return its name."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._pictures[name] = picture
        return name

    def get(self, name: str) -> bytes | None:
        """The picture of that name, or None once it was dropped."""
        with self._lock:
            return self._pictures.get(name)

    def put_download(self, download: Download) -> str:
        """Hold a file until it is fetched, or for `DOWNLOAD_SECONDS`, and return its name."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._drop_expired()
            self._downloads[name] = _Pending(download, self._clock() + DOWNLOAD_SECONDS)
        return name

    def pop_download(self, name: str) -> Download | None:
        """The download of that name, once."""
        with self._lock:
            self._drop_expired()
            pending = self._downloads.pop(name, None)
        return None if pending is None else pending.download

    def drop(self, *names: str) -> None:
        """Drop pictures and downloads; unknown names are no error."""
        with self._lock:
            for name in names:
                self._pictures.pop(name, None)
                self._downloads.pop(name, None)

    def drop_expired(self) -> None:
        """Drop downloads that nobody fetched in time."""
        with self._lock:
            self._drop_expired()

    def _drop_expired(self) -> None:
        now = self._clock()
        self._downloads = {name: pending for name, pending in self._downloads.items() if pending.expires > now}

    def __len__(self) -> int:
        return len(self._pictures) + len(self._downloads)


def picture_url(name: str) -> str:
    """Where the browser fetches a picture, relative to the page."""
    return f"{PREFIX}/pictures/{name}.png"


def download_url(name: str, file: str) -> str:
    """Where the browser fetches a download, relative to the page."""
    return f"{PREFIX}/downloads/{name}/{file}"


def api_path(name: str, file: str) -> str:
    """The ``path`` of a download for a Gradio client, which asks for ``gradio_api/file=<path>``."""
    return f"{API_PREFIX.partition('=')[2]}/{name}/{file}"


PRIVATE = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
"""Headers of what is for one session alone."""


def picture_routes(pictures: PictureStore) -> list[BaseRoute]:
    """The addresses of pictures and downloads, behind the page's password."""

    def picture(request: Request) -> Response:
        if not admitted(request):
            return Response(status_code=401)
        found = pictures.get(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        return Response(found, media_type="image/png", headers=PRIVATE)

    def download(request: Request) -> Response:
        if not admitted(request):
            return Response(status_code=401)
        if request.method == "HEAD":  # a HEAD request must not use it up
            return Response(status_code=405)
        found = pictures.pop_download(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{found.file}"'}
        return Response(found.data, media_type=found.media_type, headers=headers)

    return [
        Route(f"/{PREFIX}/pictures/{{name}}.png", picture, methods=["GET"]),
        Route(f"/{PREFIX}/downloads/{{name}}/{{file}}", download, methods=["GET"]),
        Route(f"/{API_PREFIX}/{{name}}/{{file}}", download, methods=["GET"]),
    ]
