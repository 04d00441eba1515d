"""Running models on one crop: progress tile by tile, stoppable between tiles."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Literal

import numpy as np

TICK_SECONDS = 0.2
"""Seconds after which the consumer gets None even while a tile takes longer."""
GPU_SECONDS = 60
"""How long one job may hold a shared GPU on a ZeroGPU Space."""

Load = Callable[[str], Any]
"""From a model's name to an ``Enhancer``, or to anything with its ``descriptor``, ``device``, ``reconstruct``."""


class ModelCache:
    """Models by name, each loaded once, at the first request."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._models: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Any:
        """The model, loaded if it was not; two requests at once load it once, and wait for no other model."""
        with self._lock:
            own = self._locks.setdefault(name, threading.Lock())
        with own:
            if name not in self._models:
                self._models[name] = self._load(name)
            return self._models[name]


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` tiles of one model."""

    title: str
    index: int
    """Which of the models, counted from 0."""
    models: int
    """How many models there are to run."""
    done: int
    total: int


@dataclass(frozen=True)
class ModelOutput:
    """One model's reconstruction, and what made it."""

    descriptor: Any
    """The model's ``ModelDescriptor``."""
    device: Literal["cpu", "cuda"]
    reconstruction: Any
    """A ``Reconstruction``: ``coarse``, ``refined``, ``tile``, ``blend(detail)``."""


@dataclass(frozen=True)
class ModelFinished:
    """One model is done; the next one runs while this is shown."""

    name: str
    output: ModelOutput
    seconds: float
    """Duration, without loading it."""


Steps = Generator[Progress | ModelFinished | None, None, None]
"""What inference yields; it ends once all models are done, and closing it stops it."""

Inference = Callable[[np.ndarray, tuple[str, ...]], Steps]


def make_inference(cache: ModelCache) -> Inference:
    """The function that runs models; on a ZeroGPU Space it runs where the GPU is lent.

    It runs them in the order given, and yields a ``Progress`` after each batch of tiles, None while one takes long, and
    a ``ModelFinished`` as soon as a model is done. Closing the generator stops the network at the next tile. It takes
    no other arguments than pixels and names of models, and yields only what can be pickled, since on ZeroGPU it runs in
    another process.
    """

    def inference(pixels: np.ndarray, names: tuple[str, ...]) -> Steps:
        yield from _run(cache, pixels, names)

    if on_zerogpu():
        import spaces  # pyright: ignore[reportMissingImports]

        return spaces.GPU(duration=GPU_SECONDS)(inference)
    return inference


def on_zerogpu() -> bool:
    """Whether a GPU is lent for each job, to a process of its own that loads its models itself."""
    return importlib.util.find_spec("spaces") is not None


def _run(cache: ModelCache, pixels: np.ndarray, names: tuple[str, ...]) -> Steps:
    events: SimpleQueue[Progress | ModelFinished | BaseException | None] = SimpleQueue()
    stop = threading.Event()

    def run_models() -> None:
        device: Literal["cpu", "cuda"] = "cpu"
        try:
            for index, name in enumerate(names):
                model = cache.get(name)
                title, device = model.descriptor.title, _device_type(model.device)

                def report(done: int, total: int, index: int = index, title: str = title) -> None:
                    events.put(Progress(title, index, len(names), done, total))

                started = time.perf_counter()
                reconstruction = model.reconstruct(pixels, progress=report, cancelled=stop.is_set)
                seconds = time.perf_counter() - started
                events.put(ModelFinished(name, ModelOutput(model.descriptor, device, reconstruction), seconds))
            events.put(None)
        except BaseException as error:  # noqa: BLE001  # handed over, and raised in the consumer
            events.put(error)
        finally:
            _free_gpu_memory(device)

    thread = threading.Thread(target=run_models, name="enhance", daemon=True)
    thread.start()
    try:
        while True:
            try:
                event = events.get(timeout=TICK_SECONDS)
            except Empty:
                yield None
                continue
            if isinstance(event, BaseException):
                raise event
            if event is None:
                return
            yield event
    finally:
        stop.set()
        thread.join()


def _device_type(device: Any) -> Literal["cpu", "cuda"]:
    """The device without its number."""
    return "cuda" if str(device).startswith("cuda") else "cpu"


def _free_gpu_memory(device: str) -> None:
    """Give the GPU's memory back once nothing runs: others may use the same card."""
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()
