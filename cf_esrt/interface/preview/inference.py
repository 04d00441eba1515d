"""One enhancement: some models on one crop, told step by step, stoppable between tiles."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Literal

import numpy as np

TICK = 0.2
"""Seconds after which the watcher gets a word even while a tile takes longer."""
GPU_SECONDS = 60
"""How long one enhancement may hold a shared GPU on a ZeroGPU Space."""

Load = Callable[[str], Any]
"""From a model's name to an ``Enhancer``, or to anything with its ``descriptor``, ``device``, ``reconstruct``."""


class Bank:
    """Models by name, each loaded once, at the first request."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._models: dict[str, Any] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Any:
        """The model, loaded if it was not; two requests at once load it once."""
        with self._lock:
            if name not in self._models:
                self._models[name] = self._load(name)
            return self._models[name]


@dataclass(frozen=True)
class Step:
    """So many tiles of one model are done."""

    title: str
    place: int
    """Which of the models, counted from 0."""
    of: int
    """How many models there are to run."""
    done: int
    total: int


@dataclass(frozen=True)
class Made:
    """One model's result with what has to be said beside it."""

    descriptor: Any
    """The model's ``ModelDescriptor``."""
    device: Literal["cpu", "cuda"]
    result: Any
    """A ``Reconstruction``: ``coarse``, ``refined``, ``tile``, ``blend(detail)``."""


@dataclass(frozen=True)
class Finished:
    """All models are done."""

    made: dict[str, Made]
    device: str
    seconds: dict[str, float]
    """What each model took, its loading not counted."""


Steps = Generator[Step | Finished | None, None, None]
"""What a work yields; to close it is to stop the work."""

Work = Callable[[np.ndarray, tuple[str, ...]], Steps]


def worker(bank: Bank) -> Work:
    """The function that does the work; on a ZeroGPU Space it runs where the GPU is lent.

    It yields a ``Step`` after each batch of tiles, None while one takes long, and ``Finished`` at the end.
    Closing the generator stops the network at the next tile. It takes no other arguments than pixels and
    names of models, and yields only what can be pickled, since on ZeroGPU it runs in another process.
    """

    def work(pixels: np.ndarray, names: tuple[str, ...]) -> Steps:
        yield from _work(bank, pixels, names)

    if importlib.util.find_spec("spaces"):
        import spaces  # pyright: ignore[reportMissingImports]

        return spaces.GPU(duration=GPU_SECONDS)(work)
    return work


def _work(bank: Bank, pixels: np.ndarray, names: tuple[str, ...]) -> Steps:
    news: SimpleQueue[Step | Finished | BaseException] = SimpleQueue()
    stop = threading.Event()

    def labour() -> None:
        device: Literal["cpu", "cuda"] = "cpu"
        try:
            made: dict[str, Made] = {}
            seconds: dict[str, float] = {}
            for place, name in enumerate(names):
                model = bank.get(name)
                title, device = model.descriptor.title, _kind(model.device)

                def tell(done: int, total: int, place: int = place, title: str = title) -> None:
                    news.put(Step(title, place, len(names), done, total))

                started = time.perf_counter()
                result = model.reconstruct(pixels, progress=tell, cancelled=stop.is_set)
                seconds[name] = time.perf_counter() - started
                made[name] = Made(model.descriptor, device, result)
            news.put(Finished(made, device, seconds))
        except BaseException as error:  # noqa: BLE001  # handed over, and raised where the work is watched
            news.put(error)
        finally:
            _release(device)

    thread = threading.Thread(target=labour, name="enhance", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = news.get(timeout=TICK)
            except Empty:
                yield None
                continue
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Finished):
                return
    finally:
        stop.set()
        thread.join()


def _kind(device: Any) -> Literal["cpu", "cuda"]:
    """What kind of device it is, without its number."""
    return "cuda" if str(device).startswith("cuda") else "cpu"


def _release(device: str) -> None:
    """Give the GPU's memory back once nothing runs: others may use the same card."""
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()
