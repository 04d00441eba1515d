"""`Enhancer`: one call from an RGB picture to one of four times its width and height."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import nn
from typing_extensions import TypedDict, Unpack

from cf_esrt import checkpoints, models
from cf_esrt.engine import EngineError
from cf_esrt.engine.base import Engine, is_out_of_memory, to_levels
from cf_esrt.engine.choice import choose, is_faster_in_int8
from cf_esrt.engine.device import BATCH, choose_device
from cf_esrt.engine.ensemble import POSES, Mean
from cf_esrt.engine.tiling import Canvas, Plan, Window, with_context
from cf_esrt.models import Degradation, ModelDescriptor
from cf_esrt.networks import CFESRT, RefinementNetwork
from cf_esrt.pixels import check_rgb, enlarge_bicubic

if TYPE_CHECKING:
    from cf_esrt.fidelity.measured import InputMeasures
    from cf_esrt.fidelity.trust import Belief, Unknown

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
SMALLEST_TILE = 16
#: The refinement network's tiles are this many times as wide as the coarse network's.
REFINE_TILES = 2


class EnhanceError(RuntimeError):
    """The picture could not be enhanced; one sentence says why."""


class Cancelled(EnhanceError):
    """The caller's ``cancelled`` returned True."""

    def __init__(self) -> None:
        super().__init__("The enhancement was cancelled.")


@dataclass(frozen=True)
class Reconstruction:
    """CF-ESRT's two images, RGB uint8 4H×4W×3; the same array twice for a model of one stage."""

    coarse: np.ndarray
    refined: np.ndarray
    tile: int | None = None
    """Side of its tiles in input pixels, after any halving; None for interpolation."""
    precision: str | None = None
    """The network's precision, by torch's name; None for interpolation."""
    engine: str | None = None
    """The engine that ran the network (`cf_esrt.engine`); None for interpolation."""

    def blend(self, detail: float) -> np.ndarray:
        """coarse + detail·(refined − coarse), 0 ≤ detail ≤ 1, as RGB uint8; runs no network."""
        check_detail(detail)
        if detail == 0 or self.coarse is self.refined:
            return self.coarse
        if detail == 1:
            return self.refined
        out = np.empty_like(self.coarse)
        for top in range(0, len(out), 256):  # in strips, so that floats never hold the whole picture
            coarse, refined = (image[top : top + 256].astype(np.float32) for image in (self.coarse, self.refined))
            out[top : top + 256] = np.rint(coarse + np.float32(detail) * (refined - coarse))
        return out


def check_detail(detail: float) -> None:
    """ValueError unless 0 ≤ detail ≤ 1."""
    if not 0 <= detail <= 1:
        raise ValueError(f"The detail setting is {detail}: it must lie between 0 (faithful) and 1 (most texture).")


class How(TypedDict, total=False):
    """How a network is run; each may be left out."""

    tile: int | None
    """Side of a tile in input pixels, in place of the descriptor's."""
    precision: str
    """One of the descriptor's ``dtypes``, for OpenVINO float32, bfloat16 or (Live alone) int8, or ``auto`` (the
    default): float16 on CUDA where the model allows it, bfloat16 with OpenVINO where the processor is faster in it,
    else float32."""
    engine: str
    """``torch`` (the constructor's default), ``openvino`` or ``auto`` (the default of `Enhancer.load` and `of`):
    OpenVINO on a CPU where it is installed and takes the network, else torch."""
    self_ensemble: bool
    """The mean over the picture's eight flips and turns (`engine.ensemble`), in eight times the time; default: no."""


class Watch(TypedDict, total=False):
    """How a caller follows a run, and ends it; each may be left out."""

    progress: Progress | None
    """Called with the number of tiles done and of all tiles after every batch."""
    cancelled: Callable[[], bool] | None
    """Asked before every batch; `Cancelled` is raised once it returns True."""


class Enhancer:
    """A model ready to run. Calls may come from several threads; each holds its own memory."""

    def __init__(
        self, descriptor: ModelDescriptor, network: nn.Module | None, device: torch.device, **how: Unpack[How]
    ) -> None:
        tile = how.get("tile")
        if tile is not None and tile < SMALLEST_TILE:
            raise ValueError(f"The tile size is {tile}: it must be at least {SMALLEST_TILE} pixels.")
        self.descriptor, self.device = descriptor, device
        self.tile = descriptor.tile if tile is None else tile
        self.self_ensemble = how.get("self_ensemble", False) and network is not None
        self._engine: Engine | None = None
        self._precision = how.get("precision", "auto")
        self._refines = isinstance(network, CFESRT)
        if network is not None:
            name = how.get("engine", "torch")
            self._engine = choose(name, descriptor, network, device, precision=self._precision)

    @property
    def precision(self) -> str | None:
        """The network's precision, by torch's name; None for interpolation."""
        return None if self._engine is None else self._engine.precision

    @property
    def engine(self) -> str | None:
        """The engine that runs the network, ``torch`` or ``openvino``; None for interpolation."""
        return None if self._engine is None else self._engine.name

    @classmethod
    def load(cls, name: str, device: str = "auto", **how: Unpack[How]) -> Enhancer:
        """The model of that name, or of a checkpoint's path, on ``auto`` (CUDA where present), ``cpu`` or ``cuda``.

        models.UnknownModel, checkpoints.CheckpointError, engine.EngineError and ValueError say in one sentence what is
        wrong.
        """
        return cls.of(models.find(name), device, **how)

    @classmethod
    def of(cls, descriptor: ModelDescriptor, device: str = "auto", **how: Unpack[How]) -> Enhancer:
        """As `load`, for any descriptor (`models.from_checkpoint`)."""
        network = None
        if descriptor.checkpoint is not None:
            state, info = checkpoints.read(descriptor.checkpoint)
            network = checkpoints.build(state, info, descriptor.checkpoint.name)
            if descriptor.stage == "coarse":
                network = cast(CFESRT, network).coarse
        how.setdefault("engine", "auto")
        place = choose_device("cpu" if how.get("engine") == "openvino" and device == "auto" else device)
        return cls(descriptor, network, place, **how)

    def in_haste(self) -> Enhancer:
        """Itself, or the same model in int8, for pictures that are looked at for a moment and never kept.

        int8 is taken where ``auto`` chose a precision that is slower (`choice.is_faster_in_int8`).
        """
        if self._engine is None or self._precision != "auto" or self.self_ensemble:
            return self
        if not is_faster_in_int8(self._engine, self.descriptor.sha256):
            return self
        try:
            return Enhancer.of(self.descriptor, "cpu", engine="openvino", precision="int8", tile=self.tile)
        except (EngineError, checkpoints.CheckpointError) as error:
            log.info("%s stays in %s: %s", self.descriptor.name, self.precision, error)
            return self

    def __call__(self, image: np.ndarray, *, detail: float = 1.0, **watch: Unpack[Watch]) -> np.ndarray:
        """RGB uint8 H×W×3 (H, W ≥ 1) → RGB uint8 4H×4W×3. For the rest see `reconstruct`."""
        check_detail(detail)
        return self.reconstruct(image, **watch).blend(detail)

    def reconstruct(self, image: np.ndarray, **watch: Unpack[Watch]) -> Reconstruction:
        """Both stages: the coarse picture in blended tiles, then the refined one from the 8-bit coarse picture in tiles
        that include the full receptive field, which makes their seams exact. A network of one stage whose descriptor
        has a ``context`` is tiled the second way.

        Out of memory, the batch and then the tiles are halved and the work starts again (``Reconstruction.tile`` is the
        final size); EnhanceError where even the smallest tiles do not fit. ValueError for another kind of array.
        """
        image = check_rgb(image)
        if self._engine is None:
            return self._bicubic(image, watch)
        if self.self_ensemble:
            return self._ensemble(image, watch)
        return self._fitting(image, watch)

    def believe(
        self,
        result: np.ndarray,
        image: np.ndarray,
        *,
        detail: float = 1.0,
        degradation: Degradation | None = None,
        measured: InputMeasures | None = None,
    ) -> Belief | Unknown:
        """Where to believe the result (RGB uint8 4H×4W×3) that this model made of ``image`` (H×W×3) at that setting.

        ``degradation``: what kind of photograph it is (None: what the network learned from); ``measured``: of the
        photograph, where something was measured already. A `fidelity.trust.Belief` gives masks that keep a promise, an
        `Unknown` the sentence on why nothing is promised.
        """
        from cf_esrt.fidelity.trust import believe

        model = self.descriptor
        return believe(
            result,
            image,
            model=model.name,
            title=model.title,
            sha256=model.sha256,
            detail=detail if model.stage == "both" else None,
            degradation=degradation or model.degradation or "bicubic",
            altered="self-ensembling" if self.self_ensemble else "",
            measured=measured,
        )

    def bands(self, image: np.ndarray, **watch: Unpack[Watch]) -> Iterator[np.ndarray]:
        """The result from above to below, RGB uint8 n×4W×3 at a time, so that a whole photograph's is never in memory.

        Only for a network that is run in exact tiles (`in_bands`), else ValueError. EnhanceError where memory does not
        hold a tile.
        """
        if not self.in_bands:
            raise ValueError(f"{self.descriptor.title} is not run in exact tiles here, so its result comes whole.")
        assert self._engine is not None
        assert self.descriptor.context is not None
        image = check_rgb(image)
        height, width, _ = image.shape
        windows = with_context(height, width, self.tile // 4 * 4, self.descriptor.context)
        steps = Steps(len(windows), watch)
        scale = self.descriptor.scale
        for _, row in itertools.groupby(windows, key=lambda window: window.target[0].start):
            yield _band(self._engine.levels, image, list(row), scale, steps)

    @property
    def in_bands(self) -> bool:
        """Whether `bands` can be asked for."""
        return self._engine is not None and self.descriptor.context is not None and not self.self_ensemble

    def _ensemble(self, image: np.ndarray, watch: Watch) -> Reconstruction:
        """The mean of both stages over all poses."""
        progress = watch.get("progress")
        coarse, refined, one, tiles = Mean(), Mean(), None, []
        for number, pose in enumerate(POSES):

            def tell(done: int, total: int, before: int = number) -> None:
                if progress is not None:
                    progress(before * total + done, len(POSES) * total)

            one = self._fitting(pose.of(image), {**watch, "progress": tell})
            tiles.append(one.tile or self.tile)
            coarse.add(pose.undo(one.coarse))
            if one.refined is not one.coarse:
                refined.add(pose.undo(one.refined))
        assert one is not None
        first = coarse.picture()
        second = first if one.refined is one.coarse else refined.picture()
        return Reconstruction(first, second, min(tiles), one.precision, one.engine)

    def _fitting(self, image: np.ndarray, watch: Watch) -> Reconstruction:
        """Halve batch and tiles until they fit into memory."""
        tile, batch = self.tile, BATCH[self.device.type] if self.descriptor.context is None else 1
        while True:
            try:
                return self._run(image, tile, batch, watch)
            except (torch.OutOfMemoryError, RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if batch > 1:
                    batch //= 2
                elif tile // 2 >= SMALLEST_TILE:
                    tile //= 2
                else:
                    message = "There is not enough memory to enhance this picture, even in the smallest tiles."
                    raise EnhanceError(message) from error
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            log.warning("out of memory: trying again with tiles of %d, %d at a time", tile, batch)

    def _bicubic(self, image: np.ndarray, watch: Watch) -> Reconstruction:
        steps = Steps(1, watch)
        steps.check()
        enlarged = enlarge_bicubic(image)
        steps.done(1)
        return Reconstruction(enlarged, enlarged)

    def _run(self, image: np.ndarray, tile: int, batch: int, watch: Watch) -> Reconstruction:
        engine, context, scale = self._engine, self.descriptor.context, self.descriptor.scale
        assert engine is not None
        how = tile, engine.precision, engine.name
        height, width = image.shape[:2]
        if context is not None:
            windows = with_context(height, width, tile // 4 * 4, context)
            picture = _in_context(engine.levels, image, windows, scale, Steps(len(windows), watch))
            return Reconstruction(picture, picture, *how)
        plan = Plan.of(height, width, tile, min(self.descriptor.overlap, tile // 4))
        core = REFINE_TILES * tile * scale // 4 * 4
        halo = RefinementNetwork.HALO
        windows = with_context(scale * height, scale * width, core, halo) if self._refines else []
        steps = Steps(len(plan) + len(windows), watch)
        canvas = Canvas(plan, scale)
        for tiles in _batches(image, plan, batch):
            steps.check()
            for result in _unless_flat(engine.first, tiles, scale, np.float32(1)):
                canvas.add(result)
            steps.done(len(tiles))
        coarse = canvas.picture
        refined = coarse
        if self._refines:
            refined = _in_context(lambda tiles: to_levels(engine.refine(tiles)), coarse, windows, 1, steps)
        return Reconstruction(coarse, refined, *how)


Run = Callable[[np.ndarray], np.ndarray]
"""N×h×w×3 uint8 → the same, or a multiple of its size: uint8 levels, or float32 in 0..1."""


def _in_context(run: Run, image: np.ndarray, windows: list[Window], scale: int, steps: Steps) -> np.ndarray:
    """The network's picture of ``scale`` times the size, window by window."""
    picture = np.empty((image.shape[0] * scale, image.shape[1] * scale, 3), np.uint8)
    for window, result in _windows(run, image, windows, scale, steps):
        picture[_scaled(window.target, scale)] = result
    return picture


def _band(run: Run, image: np.ndarray, row: list[Window], scale: int, steps: Steps) -> np.ndarray:
    """One row of windows of `_in_context`'s picture."""
    rows = row[0].target[0]
    band = np.empty(((rows.stop - rows.start) * scale, image.shape[1] * scale, 3), np.uint8)
    try:
        for window, result in _windows(run, image, row, scale, steps):
            band[:, _scaled(window.target, scale)[1]] = result
    except (torch.OutOfMemoryError, RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise EnhanceError("There is not enough memory for a tile of this picture; choose smaller tiles.") from error
    return band


def _windows(
    run: Run, image: np.ndarray, windows: list[Window], scale: int, steps: Steps
) -> Iterator[tuple[Window, np.ndarray]]:
    """Each window with what is kept of its result, in levels."""
    for window in windows:
        steps.check()
        result = _unless_flat(run, image[window.seen][None], scale, np.uint8(255))[0]
        yield window, result[_scaled(window.kept, scale)]
        steps.done(1)


def _unless_flat(run: Run, tiles: np.ndarray, scale: int, white: np.uint8 | np.float32) -> np.ndarray:
    """What ``run`` makes of the tiles; ``white``: 255 or 1, of its kind. A flat tile stays flat: it has no detail to
    restore."""
    corners = tiles[:, :1, :1]
    flat = (tiles == corners).all(axis=(1, 2, 3))
    if not flat.any():
        return run(tiles)
    shape = (len(tiles), tiles.shape[1] * scale, tiles.shape[2] * scale, 3)
    results = np.broadcast_to((corners * (np.float32(white) / 255)).astype(white.dtype), shape).copy()
    if not flat.all():
        results[~flat] = run(tiles[~flat])
    return results


class Steps:
    """Reports progress and checks for cancellation between batches of tiles."""

    def __init__(self, total: int, watch: Watch) -> None:
        self.total, self.count = total, 0
        self._progress, self._cancelled = watch.get("progress"), watch.get("cancelled")

    def check(self) -> None:
        """Raise Cancelled where the caller asks for it."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def done(self, tiles: int) -> None:
        self.count += tiles
        if self._progress is not None:
            self._progress(self.count, self.total)


def _scaled(area: tuple[slice, slice], scale: int) -> tuple[slice, slice]:
    rows, columns = area
    return slice(rows.start * scale, rows.stop * scale), slice(columns.start * scale, columns.stop * scale)


def _batches(image: np.ndarray, plan: Plan, size: int) -> Iterator[np.ndarray]:
    waiting: list[np.ndarray] = []
    for rows, columns in plan:
        waiting.append(image[rows, columns])
        if len(waiting) == size:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)
