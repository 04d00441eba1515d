"""A fixed set of crops whose VGG16 features are computed once: on CPU a good part of a perceptual step's cost."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from training.config import Phase
from training.losses import PerceptualLoss
from training.sampler import CropSampler


class CropBank:
    """``phase.bank`` ground-truth crops, drawn with a generator of their own, so that a resumed run draws the same.

    Crops are drawn at once and kept in 8 bits; features are computed the first time that a crop is used, each crop
    alone, so that they do not depend on the batch it first stood in.
    """

    def __init__(self, sampler: CropSampler, phase: Phase, perceptual: PerceptualLoss | None, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        own = CropSampler(sampler.whole, sampler.original, torch.device("cpu"), generator)
        single = dataclasses.replace(phase, batch=1)
        crops = [(own.draw(single) * 255).round().byte() for _ in range(phase.bank)]
        self.crops = torch.cat(crops).to(sampler.device)
        self.sampler, self.perceptual = sampler, perceptual
        self.features: dict[int, Tensor] = {}

    def draw(self, batch: int) -> tuple[Tensor, Tensor | None]:
        """This process's share of a step's random crops (N×3×S×S in 0..1) and ϕ of them (None without a perceptual
        loss)."""
        all_chosen = torch.randint(len(self.crops), (batch,), generator=self.sampler.generator).tolist()
        chosen = all_chosen[self.sampler.share.of(batch)]
        truth = self.crops[chosen].float().div_(255).contiguous(memory_format=torch.channels_last)
        if self.perceptual is None:
            return truth, None
        for position, index in enumerate(chosen):
            if index not in self.features:
                self.features[index] = self.perceptual.target(truth[position : position + 1])
        return truth, torch.cat([self.features[index] for index in chosen])
