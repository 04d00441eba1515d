"""Guesses of the page's password are few."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cf_esrt.interface.common import log_in, strings
from cf_esrt.interface.common.log_in import FREE_GUESSES, GUESS_SECONDS, GuessLimit, LogIn


def page(clock: SimpleNamespace) -> tuple[Starlette, list[str]]:
    """Stands for Gradio's form; the passwords that reached it."""
    reached: list[str] = []

    async def answer(request: Request) -> PlainTextResponse:
        reached.append((await request.body()).decode())
        return PlainTextResponse("", status_code=200 if reached[-1] == "right" else 400)

    limit = GuessLimit(lambda: clock.now)
    return Starlette(routes=[Route("/login", answer, methods=["POST"])], middleware=[Middleware(LogIn, limit)]), reached


def test_many_guesses_do_not_reach_the_form() -> None:
    clock = SimpleNamespace(now=0.0)
    app, reached = page(clock)
    client = TestClient(app, client=("10.0.0.1", 1))
    answers = [client.post("/login", content=f"wrong {number}") for number in range(150)]
    assert [answer.status_code for answer in answers] == [400] * FREE_GUESSES + [429] * (150 - FREE_GUESSES)
    assert answers[-1].json() == {"detail": strings.TOO_MANY_GUESSES}
    assert int(answers[-1].headers["retry-after"]) > 0
    assert client.post("/login", content="right").status_code == 429  # nor does the right one, among them
    assert len(reached) == FREE_GUESSES
    assert TestClient(app, client=("10.0.0.2", 1)).post("/login", content="right").status_code == 200
    clock.now += GUESS_SECONDS
    assert client.post("/login", content="wrong").status_code == 400
    assert client.post("/login", content="right").status_code == 429
    clock.now += GUESS_SECONDS
    assert client.post("/login", content="right").status_code == 200
    assert client.post("/login", content="wrong").status_code == 400  # and has all of them again


def test_addresses_are_forgotten_or_count_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_in, "MAX_ADDRESSES", 3)
    clock = SimpleNamespace(now=0.0)
    limit = GuessLimit(lambda: clock.now)
    assert sum(limit.take(str(number)) for number in range(100)) == 3 + FREE_GUESSES
    clock.now += FREE_GUESSES * GUESS_SECONDS
    assert sum(limit.take(f"new {number}") for number in range(100)) == 3 + FREE_GUESSES  # the old ones are forgotten
