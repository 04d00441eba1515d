"""Crops of ground truth, cut from the decoded photographs in batches on the training device."""

from __future__ import annotations

import torch
from torch import Tensor

from training.config import ConfigError, Phase
from training.data import ImageStore
from training.degradation import resize, to_eight_bits


class CropSampler:
    """Random ground-truth crops, flipped and turned, N×3×S×S in 0..1 on the device.

    A batch comes from one source: whole photographs at 256×256 with probability ``phase.whole``, else originals,
    shrunk by one random factor within ``phase.zoom``. All randomness is drawn from ``generator`` (saved with the
    training state, so that a resumed run sees the same crops).
    """

    def __init__(
        self, whole: ImageStore, original: ImageStore, device: torch.device, generator: torch.Generator
    ) -> None:
        self.whole, self.original = whole, original
        self.device, self.generator = device, generator

    def draw(self, phase: Phase) -> Tensor:
        if self._uniform() < phase.whole:
            store, side, zoom = self.whole, phase.crop, 1.0
        else:
            low, high = phase.zoom
            zoom = low + (high - low) * self._uniform()
            store, side = self.original, round(phase.crop / zoom)
        crops = torch.stack([self._crop(store, side, phase.crop) for _ in range(phase.batch)])
        batch = crops.to(self.device, non_blocking=True).permute(0, 3, 1, 2).float().div_(255)
        if batch.shape[-1] != phase.crop:
            batch = to_eight_bits(resize(batch, (phase.crop, phase.crop)))
        return self._turn(batch).contiguous(memory_format=torch.channels_last)

    def _crop(self, store: ImageStore, side: int, least: int) -> Tensor:
        index = self._integer(len(store))
        image = store.image(index)
        if min(image.shape[:2]) < side:
            raise ConfigError(
                f"Training image {index} has {image.shape[1]}×{image.shape[0]} pixels, less than a crop of {side} "
                f"(phase crop {least}): leave it out, or make crop smaller."
            )
        top, left = self._integer(image.shape[0] - side + 1), self._integer(image.shape[1] - side + 1)
        return torch.from_numpy(image[top : top + side, left : left + side].copy())

    def _turn(self, batch: Tensor) -> Tensor:
        """One of the square's eight symmetries for each crop."""
        turned = []
        for crop in batch:
            symmetry = self._integer(8)
            crop = torch.rot90(crop, symmetry % 4, (1, 2))
            turned.append(crop.flip(2) if symmetry >= 4 else crop)
        return torch.stack(turned)

    def _uniform(self) -> float:
        return float(torch.rand((), generator=self.generator))

    def _integer(self, below: int) -> int:
        return int(torch.randint(below, (), generator=self.generator))
