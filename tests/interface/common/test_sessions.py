"""Sessions: what one leaves behind is cancelled, and what is still wanted is not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cf_esrt.interface.common.connections import Connections
from cf_esrt.interface.common.sessions import ALONE_SECONDS, LISTEN_SECONDS, Sessions


def test_closing_a_session_cancels_its_own_calls_only() -> None:
    sessions = Sessions()
    with sessions.cancel("a") as one, sessions.cancel("a") as two, sessions.cancel("b") as other:
        sessions.closed("a")
        assert (one.is_set(), two.is_set(), other.is_set()) == (True, True, False)
    sessions.closed("a")


def test_a_call_that_nobody_listens_for_is_cancelled() -> None:
    clock = SimpleNamespace(now=0.0)
    sessions = Sessions(lambda: clock.now)
    with sessions.cancel("never") as never, sessions.cancel("left") as left, sessions.cancel("there") as there:
        with sessions.connected("left"), sessions.connected("there"):
            sessions.sweep()
        with sessions.connected("there"):
            sessions.sweep()
            clock.now += ALONE_SECONDS - 1
            sessions.sweep()
            assert (never.is_set(), left.is_set()) == (False, False)
            clock.now += 1
            sessions.sweep()
            assert (never.is_set(), left.is_set()) == (False, True)  # a program first calls, and then listens
            clock.now = LISTEN_SECONDS
            sessions.sweep()
            assert (never.is_set(), there.is_set()) == (True, False)


def test_a_session_with_another_connection_goes_on() -> None:
    sessions = Sessions()
    with sessions.cancel("a") as call, sessions.connected("a"):
        with sessions.connected("a"):
            pass
        sessions.closed("a")  # a heartbeat ended
        assert not call.is_set()


@pytest.mark.parametrize(
    ("path", "session"),
    [
        ("/gradio_api/heartbeat/abc", "abc"),
        ("/gradio_api/queue/data?session_hash=abc", "abc"),
        ("/gradio_api/call/enhance/event", "of-event"),
        ("/gradio_api/call/enhance/other", "other"),
        ("/lesions/gradio_api/heartbeat/abc", "abc"),  # under a sub-path
        ("/gradio_api/info", None),
        ("/gradio_api/queue/data", None),
    ],
)
def test_connections_are_those_that_a_client_keeps_open(path: str, session: str | None) -> None:
    seen: list[set[str]] = []
    sessions = Sessions()

    def answer(request: Request) -> PlainTextResponse:
        seen.append(set(sessions.connections))
        return PlainTextResponse("")

    events = {"event": SimpleNamespace(session_hash="of-event")}
    app = Starlette(routes=[Route("/{path:path}", answer)], middleware=[Middleware(Connections, sessions)])
    app.__dict__["get_blocks"] = lambda: SimpleNamespace(_queue=SimpleNamespace(event_ids_to_events=events))
    TestClient(app).get(path)
    assert seen == [set() if session is None else {session}]
    assert not sessions.connections
