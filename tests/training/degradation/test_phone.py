"""A phone's photographs: colours stay, what an image holds goes, and every choice comes from the generator."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from training.degradation import Clinical, shrink_clinical
from training.degradation.phone import Phone, _tone, _untone, photograph

STILL = Phone(
    sharp=1.0, moved=0.0, zoomed=0.0, shrunk=0.0, photons=(1e9, 1e9), read_noise=(0.0, 0.0), denoising=(0.0, 0.0),
    sharpening=(0.0, 0.0), quality=(100, 100), sent=0.0,
)  # fmt: skip
"""A phone that does nothing but mosaic and demosaic."""


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def plain(level: tuple[float, float, float], side: int = 128) -> np.ndarray:
    return np.broadcast_to(np.array(level, np.float32), (side, side, 3)).copy()


def test_a_plain_colour_comes_back() -> None:
    colour = (0.8, 0.5, 0.35)
    low = photograph(plain(colour), generator(), STILL)
    assert low.shape == (32, 32, 3)
    assert np.abs(low[4:-4, 4:-4] - np.array(colour, np.float32)).max() < 3 / 255


def test_the_tone_curve_and_its_inverse_agree() -> None:
    levels = np.linspace(0, 1, 101, dtype=np.float32)
    assert _untone(_tone(levels)) == pytest.approx(levels, abs=1e-4)


def test_fewer_photons_make_more_noise() -> None:
    few, many = (dataclasses.replace(STILL, photons=(count, count)) for count in (1e2, 1e6))
    noise = [photograph(plain((0.6, 0.5, 0.4)), generator(), one)[4:-4, 4:-4].std((0, 1)).mean() for one in (few, many)]
    assert noise[0] > 3 * noise[1]


def test_a_lens_out_of_focus_takes_fine_detail() -> None:
    stripes = plain((0.5, 0.5, 0.5))
    stripes[:, np.arange(128) % 16 < 4] = 0.2
    soft = dataclasses.replace(STILL, sharp=0.0, defocus=(2.0, 2.0))
    contrast = [photograph(stripes, generator(), one)[4:-4, 4:-4].std() for one in (STILL, soft)]
    assert contrast[0] > 2 * contrast[1]


def test_every_choice_comes_from_the_generator() -> None:
    truth = np.random.default_rng(0).random((64, 96, 3), np.float32)
    first, again, other = (photograph(truth, generator(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.shape == (16, 24, 3)
    assert np.array_equal(np.round(first * 255) / np.float32(255), first)


def test_clinical_inputs_take_their_share_from_phones() -> None:
    truth, seeds = torch.rand(8, 3, 64, 64), list(range(8))
    kinds = {share: shrink_clinical(truth, seeds, Clinical(clean=0.0, phones=share)) for share in (0.0, 0.5, 1.0)}
    phones = {share: [torch.equal(a, b) for a, b in zip(low, kinds[1.0], strict=True)] for share, low in kinds.items()}
    assert not any(phones[0.0])
    assert 0 < sum(phones[0.5]) < 8
