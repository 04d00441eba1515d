"""Which sessions have an open connection, as ASGI middleware: heartbeats, and listening for what a call returns."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from cf_esrt.interface.common.sessions import Sessions

_HEARTBEAT = re.compile(r"/gradio_api/heartbeat/([^/]+)/?$")
_LISTEN = re.compile(r"/gradio_api/queue/data/?$")
_CALL = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/([^/]+)$")


class Connections:
    """ASGI middleware that tells ``sessions`` who is connected."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = _session(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if session is None:
            await self._app(scope, receive, send)
            return
        with self._sessions.connected(session):
            await self._app(scope, receive, send)


def _session(scope: Scope) -> str | None:
    """The session that a request keeps a connection of; None: it does not."""
    path = scope["path"]
    if heartbeat := _HEARTBEAT.search(path):
        return heartbeat[1]
    if _LISTEN.search(path):
        return parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [None])[0]
    if call := _CALL.search(path):
        return _session_of_event(scope.get("app"), call[1])
    return None


def _session_of_event(app: Any, event: str) -> str:
    """A program that names no session gets one by its event's name; which else it is, only Gradio's queue knows."""
    blocks = app.get_blocks() if hasattr(app, "get_blocks") else None
    queue = getattr(blocks, "_queue", None)
    known = getattr(queue, "event_ids_to_events", {}).get(event)
    return event if known is None else known.session_hash
