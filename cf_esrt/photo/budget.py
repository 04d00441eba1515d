"""A budget of processor time for work that a file's header asks for.

The parsers here are linear, and refuse more parts than a photograph needs. Libraries walk over the header as well, in
Python, and a small file can ask them for millions of steps: this ends them, wherever they are.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TypeVar

HEADER_SECONDS = 1.0
"""Seconds of processor time; the header of an ordinary photograph takes milliseconds."""
_AGAIN = 0.1

Result = TypeVar("Result")


class Spent(BaseException):
    """The budget is used up. No Exception, so that no parser takes it for one of its own."""


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Do ``work`` in this process; raises Spent once it has used ``seconds`` of processor time.

    Needs POSIX's timers and the main thread; elsewhere the work has the time that the whole decoding has.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return work()
    working = True

    def end(*_: object) -> None:
        if working:
            raise Spent

    before = signal.signal(signal.SIGPROF, end)
    # again and again: an exception in a callback that cannot raise would be lost
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
    try:
        return work()
    finally:
        working = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
