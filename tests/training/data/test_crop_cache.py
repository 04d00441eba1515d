"""The cache keeps coarse pictures in 8 bits where that loses nothing, and as they are where it would."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from cf_esrt.networks.cf_esrt import round_to_levels
from tests.training.helpers import write_photographs
from training.config import Phase
from training.data import ImageStore, shrink_whole
from training.data.crops import CropCache, CropSampler, Frozen
from training.degradation import shrink


def cache_of(folder: Path, coarse: Frozen) -> CropCache:
    files = write_photographs(folder / "photos", [(60, 70), (64, 80)])
    original = ImageStore.open(files, folder / "cache", "original", lambda image: image)
    whole = ImageStore.open(files, folder / "cache", "whole256", shrink_whole)
    sampler = CropSampler(whole, original, torch.device("cpu"), torch.Generator().manual_seed(0))
    phase = Phase("tiny", 1, whole=0.0, crop=32, batch=6, cached_crops=4)
    return CropCache(sampler, phase, 0, lambda truth, _: shrink(truth), coarse=coarse)


def enlarged(low: Tensor) -> Tensor:
    """Beyond 0..1 here and there, as a network's pictures are."""
    return 1.4 * torch.nn.functional.interpolate(low, scale_factor=4, mode="bicubic") - 0.2


def drawn(cache: CropCache) -> tuple[Tensor, set[torch.dtype]]:
    coarse = cache.draw(6).coarse
    assert coarse is not None
    return coarse, {kept.dtype for kept in cache.known["coarse"].values()}


def test_pictures_on_levels_are_kept_in_8_bits_and_come_back_bit_for_bit(tmp_path: Path) -> None:
    made: list[Tensor] = []

    def rounded(low: Tensor) -> Tensor:
        made.append(round_to_levels(enlarged(low)))
        return made[-1]

    coarse, kinds = drawn(cache_of(tmp_path, rounded))
    assert kinds == {torch.uint8}
    assert all(any(torch.equal(one, original[0]) for original in made) for one in coarse)


def test_other_pictures_are_kept_as_they_are(tmp_path: Path) -> None:
    """One of them by chance on levels: it comes back beside the others as bright as it was."""

    calls: list[int] = []

    def smooth(low: Tensor) -> Tensor:
        calls.append(0)
        return torch.full((1, 3, 32, 32), 128 / 255) if len(calls) == 1 else enlarged(low)

    coarse, kinds = drawn(cache_of(tmp_path, smooth))
    assert kinds == {torch.uint8, torch.float32}
    assert -0.3 < coarse.min() < coarse.max() < 1.3
