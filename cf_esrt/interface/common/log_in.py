"""A limit on guesses of the page's password."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cf_esrt.interface.common import strings

FREE_GUESSES = 5
"""Wrong passwords from one address, one after the other, that cost no time."""
GUESS_SECONDS = 12.0
"""Seconds after which an address has another guess."""
MAX_ADDRESSES = 10_000
"""Addresses that are remembered; beyond, all others count as one."""


@dataclass
class _Guesses:
    """What an address has left, and since when."""

    left: float
    since: float


class GuessLimit:
    """Guesses by address: `FREE_GUESSES`, and one more every `GUESS_SECONDS`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guesses: dict[str, _Guesses] = {}
        self._lock = threading.Lock()

    def take(self, address: str) -> bool:
        """Whether an address may guess now; the guess is counted."""
        with self._lock:
            now = self._clock()
            if address not in self._guesses and len(self._guesses) >= MAX_ADDRESSES:
                self._forget(now)
                address = address if len(self._guesses) < MAX_ADDRESSES else ""
            known = self._guesses.setdefault(address, _Guesses(FREE_GUESSES, now))
            known.left = min(FREE_GUESSES, known.left + (now - known.since) / GUESS_SECONDS)
            known.since = now
            if known.left < 1:
                return False
            known.left -= 1
            return True

    def right(self, address: str) -> None:
        """The password was right: the address has all its guesses again."""
        with self._lock:
            self._guesses.pop(address, None)

    def _forget(self, now: float) -> None:
        full = FREE_GUESSES * GUESS_SECONDS
        self._guesses = {name: one for name, one in self._guesses.items() if now - one.since < full}


class LogIn:
    """ASGI middleware that answers 429 to an address that has guessed too often, right or wrong."""

    def __init__(self, app: ASGIApp, limit: GuessLimit | None = None) -> None:
        self._app = app
        self._limit = GuessLimit() if limit is None else limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].rstrip("/").endswith("/login"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        address = client[0] if client else ""
        if not self._limit.take(address):
            wait = {"Retry-After": f"{GUESS_SECONDS:.0f}"}
            refused = JSONResponse({"detail": strings.TOO_MANY_GUESSES}, status_code=429, headers=wait)
            await refused(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                self._limit.right(address)
            await send(message)

        await self._app(scope, receive, watched)
