"""A stand-in for Hugging Face's ``spaces`` on ZeroGPU: a decorated generator runs in a forked process.

As there, the function and what it can reach come by the fork, arguments and each item that it yields are pickled, what
the child loads is lost with it, and whoever stops listening ends the child.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

_FORK = multiprocessing.get_context("fork")
_ITEM, _ERROR, _END = "item", "error", "end"


def GPU(duration: int = 60) -> Callable[[Callable[..., Generator[Any, None, None]]], Any]:
    """Decorate a generator function; ``duration`` is how many seconds of a GPU a call may take."""
    assert duration > 0

    def decorate(function: Callable[..., Generator[Any, None, None]]) -> Callable[..., Generator[Any, None, None]]:
        @wraps(function)
        def call(*arguments: Any) -> Generator[Any, None, None]:
            receiving, sending = _FORK.Pipe(duplex=False)
            child = _FORK.Process(target=_run, args=(function, pickle.dumps(arguments), sending), daemon=True)
            child.start()
            sending.close()
            try:
                while True:
                    kind, value = receiving.recv()
                    if kind == _END:
                        return
                    if kind == _ERROR:
                        raise value
                    yield value
            finally:
                child.terminate()
                child.join(10)
                child.kill()  # where the signal's handler waits for a tile, or fails, as coverage's may in a fork
                child.join()
                receiving.close()

        return call

    return decorate


def _run(function: Callable[..., Generator[Any, None, None]], arguments: bytes, sending: Any) -> None:
    try:
        for item in function(*pickle.loads(arguments)):
            sending.send((_ITEM, item))
        sending.send((_END, None))
    except Exception as error:  # noqa: BLE001  # raised where the call is watched
        sending.send((_ERROR, error))
