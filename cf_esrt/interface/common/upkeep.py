"""What a running page does every few seconds: drop what nobody fetched, stop the work of those who left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from gradio.route_utils import CustomCORSMiddleware

from cf_esrt.interface.common.error_log import log_failure

log = logging.getLogger(__name__)

UPKEEP_SECONDS = 2.0
"""Seconds between two rounds."""


def _share_with_nobody(app: Any) -> None:
    """Gradio lets the pages of every other port of this machine read answers that a password guards."""
    app.user_middleware = [one for one in app.user_middleware if one.cls is not CustomCORSMiddleware]
    app.middleware_stack = None  # built again at the first request


def lifespan(
    upkeep: Sequence[Callable[[], None]], seconds: float = UPKEEP_SECONDS
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """For Starlette: calls each of ``upkeep`` every ``seconds`` as long as the server runs. They must not block."""

    async def rounds() -> None:
        while True:
            await asyncio.sleep(seconds)
            for task in upkeep:
                try:
                    task()
                except Exception as error:  # noqa: BLE001  # the others go on, and the next round tries again
                    log_failure(log, "upkeep failed", error)

    @asynccontextmanager
    async def run(app: Any) -> AsyncIterator[None]:
        _share_with_nobody(app)
        running = asyncio.create_task(rounds())
        try:
            yield
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    return run
