"""Crops of ground truth, drawn for the whole step and cut, turned and resized for this process's share of it; and a
fixed set of crops for which frozen networks run once.

Every process draws the same random numbers and cuts only its own crops: so N processes see together exactly what one
process would, and a run can be resumed on any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from training.config import Config, Phase
from training.data.images import shrink_whole
from training.data.sources import resolve
from training.data.store import ImageStore
from training.degradation import resize, to_eight_bits
from training.preflight import largest_crop, too_small

#: Share of the free GPU memory that decoded photographs may take.
GPU_SHARE = 0.5


class Crop(NamedTuple):
    """One square of a photograph and how it is turned (one of the square's eight symmetries)."""

    image: int
    top: int
    left: int
    side: int
    symmetry: int


@dataclass(frozen=True)
class CropBatch:
    """What one step trains on: crops of one source, and the side that they are resized to."""

    whole: bool
    crops: list[Crop]
    side: int


@dataclass(frozen=True)
class Share:
    """The part of a step's crops that one of ``processes`` cuts."""

    process: int = 0
    processes: int = 1

    def of(self, count: int) -> slice:
        """Even parts of ``count`` items, in order; each at most one longer than another."""
        return slice(count * self.process // self.processes, count * (self.process + 1) // self.processes)


class CropSampler:
    """Random ground-truth crops, flipped and turned, N×3×S×S in 0..1 on the device.

    A step's crops come from one source: whole photographs at 256×256 with probability ``phase.whole``, else originals,
    shrunk by one random factor within ``phase.zoom``. All randomness is drawn from ``generator`` (saved with the
    training state, so that a resumed run sees the same crops). Where the decoded photographs fit into half of the
    GPU's free memory they are kept and cut there; otherwise they are cut on the CPU.
    """

    def __init__(
        self,
        whole: ImageStore,
        original: ImageStore,
        device: torch.device,
        generator: torch.Generator,
        share: Share | None = None,
    ) -> None:
        self.whole, self.original = whole, original
        self.device, self.generator, self.share = device, generator, share or Share()
        self.resident = _upload([whole, original], device)

    def draw(self, phase: Phase) -> Tensor:
        """This process's share of a step's crops."""
        batch = self.sample(phase)
        return self.cut(batch, batch.crops[self.share.of(len(batch.crops))])

    def sample(self, phase: Phase) -> CropBatch:
        """The random choices of one step, the same on every process."""
        source, zoom_at = torch.rand(2, generator=self.generator).tolist()
        whole = source < phase.whole
        low, high = phase.zoom
        store = self.whole if whole else self.original
        side = phase.crop if whole else round(phase.crop / (low + (high - low) * zoom_at))
        chosen = torch.rand(phase.batch, 4, generator=self.generator, dtype=torch.float64).tolist()
        return CropBatch(whole, [_crop(store.shapes, side, numbers) for numbers in chosen], phase.crop)

    def cut(self, batch: CropBatch, crops: list[Crop]) -> Tensor:
        """The pixels of ``crops``, which ``batch`` holds, at its side."""
        which = 0 if batch.whole else 1
        if self.resident is not None:
            pixels = gather(self.resident[which], (self.whole, self.original)[which], crops)
        else:
            pixels = slice_out((self.whole, self.original)[which], crops).to(self.device, non_blocking=True)
        images = pixels.permute(0, 3, 1, 2).float().div_(255)
        if images.shape[-1] != batch.side:
            images = to_eight_bits(resize(images, (batch.side, batch.side)))
        return images.contiguous(memory_format=torch.channels_last)


def _crop(shapes: list[tuple[int, int]], side: int, numbers: list[float]) -> Crop:
    index = int(numbers[0] * len(shapes))
    height, width = shapes[index]
    if min(height, width) < side:
        raise ValueError(f"Training image {index} has {width}×{height} pixels, less than a crop of {side}.")
    top, left = int(numbers[1] * (height - side + 1)), int(numbers[2] * (width - side + 1))
    return Crop(index, top, left, side, int(numbers[3] * 8))


def slice_out(store: ImageStore, crops: list[Crop]) -> Tensor:
    """N×S×S×3 uint8 of the crops, all of one side, on the CPU."""
    side = crops[0].side
    store.prefetch([crop.image for crop in crops])
    out = np.empty((len(crops), side, side, 3), np.uint8)
    for target, crop in zip(out, crops, strict=True):
        square = store.image(crop.image)[crop.top : crop.top + side, crop.left : crop.left + side]
        square = square.transpose(1, 0, 2) if crop.symmetry & 1 else square
        square = square[::-1] if crop.symmetry & 2 else square
        target[:] = square[:, ::-1] if crop.symmetry & 4 else square
    return torch.from_numpy(out)


def gather(pixels: Tensor, store: ImageStore, crops: list[Crop]) -> Tensor:
    """The same as `slice_out`, from the store's flat pixels (uint8) on any device, in one indexing operation."""
    side, device = crops[0].side, pixels.device
    rows = [(store.offsets[c.image], store.shapes[c.image][1], c.top, c.left, c.symmetry) for c in crops]
    start, width, top, left, symmetry = torch.tensor(rows, device=device).T[:, :, None, None]
    first = torch.arange(side, device=device)[None, :, None].expand(len(crops), side, side)
    second = first.transpose(1, 2)
    second = torch.where(symmetry & 4 > 0, side - 1 - second, second)
    first = torch.where(symmetry & 2 > 0, side - 1 - first, first)
    first, second = torch.where(symmetry & 1 > 0, second, first), torch.where(symmetry & 1 > 0, first, second)
    place = start + ((top + first) * width + left + second) * 3
    return pixels[place[..., None] + torch.arange(3, device=device)]


def _upload(stores: list[ImageStore], device: torch.device) -> list[Tensor] | None:
    flat = [getattr(store, "pixels", None) for store in stores]
    if device.type != "cuda" or any(pixels is None for pixels in flat):
        return None
    if sum(pixels.nbytes for pixels in flat if pixels is not None) > GPU_SHARE * torch.cuda.mem_get_info(device)[0]:
        return None
    return [torch.from_numpy(np.array(pixels)).to(device) for pixels in flat]


class Batch(NamedTuple):
    """The tensors of a step, or of a part of it."""

    truth: Tensor
    """N×3×4H×4W in 0..1."""
    low: Tensor | None = None
    """Inputs, N×3×H×W in 0..1; None where ``coarse`` is known."""
    features: Tensor | None = None
    """ϕ of the truth where it is known already."""
    coarse: Tensor | None = None
    """The frozen coarse network's pictures as the refinement network reads them, where they are known already: the
    coarse network is then not run, and has no loss."""

    def part(self, which: slice) -> Batch:
        return Batch(*(None if tensor is None else tensor[which] for tensor in self))  # type: ignore[arg-type]


Degrade = Callable[[Tensor, list[int]], Tensor]
"""Ground truth N×3×4H×4W and a seed for each → inputs N×3×H×W."""
Frozen = Callable[[Tensor], Tensor]


class CropCache:
    """The phase's ``cached_crops``, drawn with a generator of their own, so that a resumed run draws the same.

    Crops are drawn at once and kept in 8 bits, and so are coarse pictures on 8-bit levels, which loses nothing
    (`_packed`). ``features`` (ϕ of the truth) and ``coarse`` (the coarse picture of the
    input, as the refinement network reads it) are computed the first time that a crop is used, each crop alone, so
    that they do not depend on the batch it first stood in. With ``coarse`` a crop has one input for good, made with a
    seed of its own; without, each use has another.
    """

    def __init__(
        self,
        sampler: CropSampler,
        phase: Phase,
        seed: int,
        degrade: Degrade,
        *,
        features: Frozen | None = None,
        coarse: Frozen | None = None,
        inputs: bool = False,
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        own = CropSampler(sampler.whole, sampler.original, torch.device("cpu"), generator)
        single = replace(phase, batch=1)
        crops = [(own.draw(single) * 255).round().byte() for _ in range(phase.cached_crops)]
        self.crops = torch.cat(crops).to(sampler.device)
        self.seeds = torch.randint(2**31, (phase.cached_crops,), generator=generator).tolist()
        self.sampler, self.degrade, self.perceptual_crops = sampler, degrade, phase.perceptual_crops
        self.inputs = inputs
        self._compute = {"features": features, "coarse": coarse}
        self.known: dict[str, dict[int, Tensor]] = {"features": {}, "coarse": {}}

    def draw(self, batch: int) -> Batch:
        """This process's share of a step's random crops."""
        all_chosen = torch.randint(len(self.crops), (batch,), generator=self.sampler.generator)
        all_seeds = torch.randint(2**31, (batch,), generator=self.sampler.generator)
        share = self.sampler.share.of(batch)
        chosen = all_chosen[share].tolist()
        truth = self.crops[chosen].float().div_(255).contiguous(memory_format=torch.channels_last)
        seen = chosen[: self.perceptual_crops or None]
        features = self._frozen("features", seen, lambda crop, _: crop, truth)
        coarse = self._frozen("coarse", chosen, lambda crop, index: self.degrade(crop, [self.seeds[index]]), truth)
        seeds = all_seeds[share].tolist() if coarse is None else [self.seeds[index] for index in chosen]
        low = self.degrade(truth, seeds) if coarse is None or self.inputs else None
        return Batch(truth, low, features, coarse)

    def _frozen(
        self, name: str, chosen: list[int], make: Callable[[Tensor, int], Tensor], truth: Tensor
    ) -> Tensor | None:
        compute, known = self._compute[name], self.known[name]
        if compute is None:
            return None
        for position, index in enumerate(chosen):
            if index not in known:
                with torch.no_grad():
                    made = compute(make(truth[position : position + 1], index))
                known[index] = _packed(made) if name == "coarse" else made
        kept = [known[index] for index in chosen]
        kept = [_unpacked(one) if one.dtype == torch.uint8 else one for one in kept]
        return torch.cat(kept).contiguous(memory_format=torch.channels_last)


def _packed(picture: Tensor) -> Tensor:
    """The picture in 8 bits, a quarter of its size, where `_unpacked` gives back every bit of it; else as it is."""
    levels = (picture * 255).round().clamp(0, 255).byte()
    return levels if torch.equal(_unpacked(levels).to(picture.dtype), picture) else picture


def _unpacked(levels: Tensor) -> Tensor:
    """As `cf_esrt.networks.cf_esrt.round_to_levels` makes them."""
    return levels.float() / 255


def open_sampler(
    config: Config, device: torch.device, generator: torch.Generator, share: Share, *, verify: bool
) -> CropSampler:
    """Of the recipe's photographs, decoded into the cache by the process that comes first: others wait for its lock.
    ConfigError where one is too small."""
    files = resolve(config.data.train, verify=verify)
    originals = ImageStore.open(files, config.data.cache, "original", lambda image: image)
    whole = ImageStore.open(files, config.data.cache, "whole256", shrink_whole)
    small = originals.smaller_than(largest_crop(config)[1])
    if small:
        raise too_small(config, small)
    return CropSampler(whole, originals, device, generator, share)
