"""The OpenVINO engine: bodies in bfloat16 where that is faster, long skip and sums in float32. Imports OpenVINO.

Inference runs one tile at a time on all of torch's threads: sessions take turns instead of competing for cores.
"""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Callable
from functools import cache as once
from typing import Any

import numpy as np
import openvino as ov
import torch
from torch import Tensor, nn

from cf_esrt import checkpoints
from cf_esrt.engine import EngineError, cache, convert, linear, processor, ranges
from cf_esrt.engine.base import to_levels
from cf_esrt.engine.tails import tail
from cf_esrt.networks import CFESRT, ESRT, Live, RefinementNetwork
from cf_esrt.networks.cf_esrt import CoarseNetwork
from cf_esrt.pixels import SCALE

log = logging.getLogger(__name__)

INT8 = "int8"
"""Live's convolutions in integers, the rest in float32: for pictures that are looked at and not kept."""
PRECISIONS = {"float32": "f32", "bfloat16": "bf16", INT8: "f32"}
_DEVICE = "CPU"
_TURN = threading.Lock()


class OpenVinoEngine:
    """ESRT, CoarseNetwork, CFESRT or Live. EngineError for another network, and where OpenVINO refuses.

    Only Live runs in int8, and only with weights whose ranges are known (`ranges`), else EngineError.
    """

    name = "openvino"

    def __init__(self, network: nn.Module, precision: str) -> None:
        self.precision = choose_precision(precision)
        network = network.eval().requires_grad_(False).cpu()
        first = network.coarse if isinstance(network, CFESRT) else network
        if self.precision == INT8 and not isinstance(first, Live):
            raise EngineError(f"{type(network).__name__} does not run in int8; choose auto.")
        if isinstance(first, Live):
            self._first: _InLevels | _OnLongSkip = _InLevels(first, self.precision)
        elif isinstance(first, (ESRT, CoarseNetwork)):
            self._first = _OnLongSkip(first, self.precision)
        else:
            raise EngineError(f"{type(network).__name__} does not run in OpenVINO; choose auto or torch.")
        self._refinement = None
        if isinstance(network, CFESRT):
            refine: RefinementNetwork = network.refine
            self._refinement = _Compiled("refinement", refine, self.precision, lambda: convert.refinement(refine))

    def first(self, tiles: np.ndarray) -> np.ndarray:
        if isinstance(self._first, _InLevels):
            return self._first(tiles).astype(np.float32) / 255
        return self._first(tiles)

    def levels(self, tiles: np.ndarray) -> np.ndarray:
        return self._first(tiles) if isinstance(self._first, _InLevels) else to_levels(self._first(tiles))

    def refine(self, pictures: np.ndarray) -> np.ndarray:
        assert self._refinement is not None
        added = self._refinement(pictures).transpose(0, 2, 3, 1)
        return np.clip(pictures.astype(np.float32) / 255 + added, 0, 1)


class _OnLongSkip:
    """ESRT or CoarseNetwork: N×h×w×3 uint8 → N×4h×4w×3 float32 in 0..1."""

    def __init__(self, network: ESRT | CoarseNetwork, precision: str) -> None:
        self._network = network
        self._body = _Compiled("body", network, precision, lambda: convert.body(network, tail(network)))
        self._skip = linear.merge_skip(network)

    @torch.inference_mode()
    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(tiles).permute(0, 3, 1, 2).float().div_(255)
        return self._enlarged(tiles, x).clamp_(0, 1).permute(0, 2, 3, 1).numpy()

    def _enlarged(self, tiles: np.ndarray, x: Tensor) -> Tensor:
        if min(tiles.shape[1:3]) < linear.SIDE:  # too small for the merged skip, and fast anyway
            return self._network(x)
        return linear.finish(torch.from_numpy(self._body(tiles)), linear.apply(self._skip, x))


class _InLevels:
    """Live, whose picture comes rounded: N×h×w×3 uint8 → N×4h×4w×3 uint8."""

    def __init__(self, network: Live, precision: str) -> None:
        found = ranges.known().get(checkpoints.digest(network.state_dict())) if precision == INT8 else None
        if precision == INT8 and found is None:
            raise EngineError("These weights' ranges are not known: measure them with training.analyses.int8.")
        more = {} if found is None else {"ranges": str(found)}
        self._model = _Compiled("live", network, precision, lambda: convert.live(network, found), shuffled, **more)

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        return self._model(tiles)


def shuffled(pixels: np.ndarray) -> np.ndarray:
    """N×h×w×48, the 16 pixels of each one row by row → N×4h×4w×3; the four of a row are moved together."""
    count, height, width, channels = pixels.shape
    rows = np.dtype((np.void, channels // SCALE))
    out = np.empty((count, height, SCALE, width), rows)
    out[...] = pixels.view(rows).transpose(0, 1, 3, 2)
    return out.view(np.uint8).reshape(count, SCALE * height, SCALE * width, 3)


class _Compiled:
    """One compiled model, and its inference request, which callers use in turn; ``take`` copies its result, ``more``
    is what it depends on besides the weights."""

    def __init__(
        self,
        part: str,
        network: nn.Module,
        precision: str,
        make: Callable[[], ov.Model],
        take: Callable[[np.ndarray], np.ndarray] = np.copy,
        **more: str,
    ) -> None:
        self._take = take
        digest = checkpoints.digest(network.state_dict())
        name = f"{part}-{digest[:16]}-{precision}"
        key = {"weights": digest, "part": part, "precision": precision, **more, **_where()}
        try:
            self._request = _prepare(name, key, settings(precision), make).create_infer_request()
        except RuntimeError as error:
            raise EngineError(f"OpenVINO cannot prepare the network: {' '.join(str(error).split())}.") from error

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        with _TURN:
            made = self._request.infer([np.ascontiguousarray(tiles)], share_inputs=True, share_outputs=True)
            return self._take(made[0])


def _prepare(name: str, key: dict[str, str], settings: dict[str, Any], make: Callable[[], ov.Model]) -> Any:
    """The compiled model, from the cache, or compiled and cached."""
    compiled_now: list[Any] = []

    def compiled() -> Any:
        return core().compile_model(make(), _DEVICE, settings)

    def kept() -> bytes:
        compiled_now.append(compiled())
        return compiled_now[0].export_model().getvalue()

    blob = cache.fetch(name, key, kept)
    if compiled_now:
        return compiled_now[0]
    try:
        return core().import_model(blob, _DEVICE, settings)
    except RuntimeError:  # intact, but OpenVINO rejects it
        log.info("OpenVINO rejects the converted network %s: it is made again", name)
        cache.discard(name)
        return compiled()


@once
def core() -> Any:
    """OpenVINO's core, one for the process."""
    return ov.Core()


def choose_precision(name: str) -> str:
    """``auto`` is the faster of both (`processor.faster`); EngineError for one that the processor does not have."""
    if name not in ("auto", *PRECISIONS):
        raise EngineError(f"OpenVINO does not run in {name!r} here; choose auto, float32 or bfloat16.")
    if name == "auto":
        name = processor.faster(core().get_property(_DEVICE, "FULL_DEVICE_NAME"), processor.flags())
        return name if has_bfloat16() else "float32"
    if name == "bfloat16" and not has_bfloat16():
        raise EngineError("This processor does not compute in bfloat16; choose auto or float32.")
    return name


def has_bfloat16() -> bool:
    """Whether the processor computes in it, however fast."""
    return "BF16" in core().get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")


def settings(precision: str) -> dict[str, Any]:
    """How a model is compiled to run in that precision, on all of torch's threads."""
    return {
        "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # other processes run here too
    }


@once
def _where() -> dict[str, str]:
    """What a compiled network depends on besides its weights."""
    capabilities = core().get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")
    return {
        "converter": str(convert.VERSION),
        "openvino": ov.__version__,
        "processor": f"{platform.machine()} {core().get_property(_DEVICE, 'FULL_DEVICE_NAME')}",
        "capabilities": " ".join(sorted(capabilities)),
    }
