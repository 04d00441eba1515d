"""A fixed set of crops for which frozen networks run once: on a CPU that is a good part of a perceptual step's cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from training.config import Phase
from training.phases import Batch
from training.sampler import CropSampler

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
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        own = CropSampler(sampler.whole, sampler.original, torch.device("cpu"), generator)
        single = dataclasses.replace(phase, batch=1)
        crops = [(own.draw(single) * 255).round().byte() for _ in range(phase.cached_crops)]
        self.crops = torch.cat(crops).to(sampler.device)
        self.seeds = torch.randint(2**31, (phase.cached_crops,), generator=generator).tolist()
        self.sampler, self.degrade, self.perceptual_crops = sampler, degrade, phase.losses.perceptual_crops
        self._compute = {"features": features, "coarse": coarse}
        self._known: dict[str, dict[int, Tensor]] = {"features": {}, "coarse": {}}

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
        low = self.degrade(truth, all_seeds[share].tolist()) if coarse is None else None
        return Batch(truth, low, features, coarse)

    def _frozen(
        self, name: str, chosen: list[int], make: Callable[[Tensor, int], Tensor], truth: Tensor
    ) -> Tensor | None:
        compute, known = self._compute[name], self._known[name]
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
