"""Gradio's routes that this page has no use for, answered with 404: some of them write files that nobody removes."""

from __future__ import annotations

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

UNUSED = (
    "component_server", "deep_link", "dev", "file/", "process_recording", "profiling",
    "proxy=", "run-history", "runs", "stream", "undo-vibe-edit", "upload_progress", "vibe-",
)  # fmt: skip
"""What comes after ``/gradio_api/``, by its beginning."""
_UNUSED = re.compile(r"/gradio_api/(?:" + "|".join(map(re.escape, UNUSED)) + r")|/monitoring(?:/|$)|/pwa_icon")


class Unused:
    """ASGI middleware that answers those routes with 404."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _UNUSED.search(scope["path"]):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
