"""Inputs agree with Pillow and with MATLAB; clinical ones repeat with their generator and stay within their ranges."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from training.degradation import Clinical, ClinicalShrinker, degrade, shrink, shrink_clinical
from training.degradation.camera import photograph
from training.degradation.matlab import imresize

OFF = Clinical(
    clean=0.0,
    blurred=1.0,
    blur=(0.01, 0.01),
    disturbance=1.0,
    scale=(1.0, 1.0),
    noise=(0.0, 0.0),
    photons=(1e12, 1e12),
    quality=(100, 100),
    noisy=0.0,
    sharpened=0.0,
    compressed=0.0,
)
"""A clinical degradation that leaves next to everything as it is."""


def random_levels(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape)).float() / 255


def smooth(side: int, count: int = 1) -> Tensor:
    """A colour gradient, which shrinking alone hardly changes."""
    y, x = torch.meshgrid(torch.linspace(0.2, 0.8, side), torch.linspace(0.3, 0.7, side), indexing="ij")
    return torch.stack([x, y, (x + y) / 2]).expand(count, 3, side, side).clone()


def test_a_width_of_one_pixel_is_refused() -> None:
    with pytest.raises(ValueError, match="width of one"):
        shrink(torch.rand(1, 3, 8, 4))


@settings(max_examples=20)
@given(height=st.integers(1, 20), width=st.integers(2, 20), seed=st.integers(0, 99))
def test_shrinking_agrees_with_pillow_to_one_level(height: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (4 * height, 4 * width, 3), np.uint8)
    if seed % 2:  # black and white, where bicubic overshoots both ends of the range
        image = np.where(random.integers(0, 2, (height, width, 1)).repeat(4, 0).repeat(4, 1) > 0, 255, image % 2)
        image = image.astype(np.uint8)
    ours = degrade(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)[0].permute(1, 2, 0) * 255
    pillow = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)).astype(float)
    assert np.abs(ours.numpy() - pillow).max() <= 1.01


# What MATLAB makes of a matrix of uint8, antialiased bicubic, as published with Octave's image package (imresize.m).
MATLAB_IN = """
    116 227 153  69 146 194  59 130 139 106
      2  47 137 249  90  75  16  24 158  44
    155  68  46  84 166 156  69 204  32 152
     71 221 137 230 210 153 192 115  30 118
    107 143 108  52  51  73 101  21 175  90
     54 158 143  77  26 168 113 229 165 225
      9  47 133 135 130 207 236  43  19  73
    129  60  59 243  64 181 249  56  32  86"""
MATLAB_HALF = "105 140 126 81 109  110 134 153 114 93  108 108 94 127 146  67 126 162 149 62"
MATLAB_THIRD = "115 135 97 101  113 119 124 125  81 157 118 64"


@pytest.mark.parametrize(("scale", "size", "expected"), [(1 / 2, (4, 5), MATLAB_HALF), (1 / 3, (3, 4), MATLAB_THIRD)])
def test_matlab_agrees_with_its_published_results(scale: float, size: tuple[int, int], expected: str) -> None:
    levels = torch.tensor([float(word) for word in MATLAB_IN.split()]).reshape(1, 1, 8, 10)
    found = (imresize(levels / 255, scale)[0, 0] * 255).round().int()
    assert found.tolist() == torch.tensor([int(word) for word in expected.split()]).reshape(size).tolist()


def test_matlab_weighs_an_edge_as_keys_kernel_does_by_hand() -> None:
    """Columns 0 … 7 black, 8 … 15 white: input pixel 1 (centre 5.5 of 0 … 15) sees white from 2.5 pixels away on."""
    truth = torch.zeros(1, 3, 8, 16)
    truth[..., 8:] = 1

    def keys(x: Fraction) -> Fraction:
        x = abs(x)
        if x <= 1:
            return Fraction(3, 2) * x**3 - Fraction(5, 2) * x**2 + 1
        return -Fraction(1, 2) * x**3 + Fraction(5, 2) * x**2 - 4 * x + 2 if x < 2 else Fraction(0)

    white = sum(keys(Fraction(2 * pixel - 11, 8)) for pixel in range(8, 16)) / 4
    level = int(white * 255 + Fraction(1, 2))
    assert 0 < level < 255
    found = (degrade(truth, "matlab") * 255).round()
    assert found.shape == (1, 3, 2, 4)
    assert torch.equal(found[..., 1], torch.full((1, 3, 2), float(level)))
    assert torch.equal(found[..., 1] + found[..., 2], torch.full((1, 3, 2), 255.0))


@settings(max_examples=10)
@given(height=st.integers(1, 12), width=st.integers(2, 12), seed=st.integers(0, 99))
def test_matlab_differs_from_pillow_at_the_border_alone(height: int, width: int, seed: int) -> None:
    truth = random_levels(1, 3, 4 * height, 4 * width, seed=seed)
    inner = (degrade(truth, "matlab") - degrade(truth))[..., 2:-2, 2:-2] * 255
    assert inner.numel() == 0 or inner.abs().max() <= 1.01
    flat = torch.full((1, 3, 4 * height, 4 * width), 77 / 255)
    assert torch.equal(degrade(flat, "matlab"), flat[..., :height, :width])


@pytest.mark.parametrize("shape", [(1, 3, 30, 32), (1, 3, 32, 30), (3, 32, 32), (0, 3, 32, 32)])
def test_ground_truth_that_is_no_multiple_of_four_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="crop it to a multiple"):
        degrade(torch.rand(shape))


def test_clinical_without_a_generator_is_refused() -> None:
    with pytest.raises(ValueError, match="give it a generator"):
        degrade(torch.rand(1, 3, 16, 16), "clinical")


@settings(max_examples=10)
@given(height=st.integers(1, 9), width=st.integers(2, 9), count=st.integers(1, 3), seed=st.integers(0, 2**40))
def test_clinical_repeats_with_its_generator_on_eight_bit_levels(
    height: int, width: int, count: int, seed: int
) -> None:
    truth = random_levels(count, 3, 4 * height, 4 * width)
    first, repeated = (degrade(truth, "clinical", torch.Generator().manual_seed(seed)) for _ in range(2))
    assert torch.equal(first, repeated)
    assert first.shape == (count, 3, height, width)
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(first, torch.round(first * 255) / 255)


def test_clinical_differs_from_draw_to_draw() -> None:
    truth, generator = random_levels(1, 3, 64, 64), torch.Generator().manual_seed(0)
    drawn = [degrade(truth, "clinical", generator, Clinical(clean=0.0)) for _ in range(12)]
    assert len({low.numpy().tobytes() for low in drawn}) == 12


def test_clinical_pictures_depend_on_their_own_seeds_alone() -> None:
    truth = random_levels(3, 3, 32, 32)
    together = shrink_clinical(truth, [5, 6, 7])
    assert torch.equal(together[1:2], shrink_clinical(truth[1:2], [6]))
    assert not torch.equal(together[1:2], shrink_clinical(truth[1:2], [5]))


def test_clinical_in_processes_is_clinical_in_threads() -> None:
    truth = random_levels(3, 3, 32, 32)
    assert torch.equal(ClinicalShrinker(2)(truth, [5, 6, 7]), ClinicalShrinker(0)(truth, [5, 6, 7]))


def test_clinical_with_everything_off_is_the_bicubic() -> None:
    truth = smooth(64, 4)
    off = (shrink_clinical(truth, range(4), OFF) - degrade(truth)).abs()
    assert off.max() * 255 <= 2.01  # JPEG at quality 100 rounds too
    assert off.mean() * 255 <= 0.7


@pytest.mark.parametrize("change", [{"noise": (60.0, 60.0)}, {"photons": (50.0, 50.0)}, {"quality": (2, 2)}])
def test_each_clinical_disturbance_shows(change: dict[str, tuple[float, float]]) -> None:
    truth = smooth(64, 4)
    plain = shrink_clinical(truth, range(4), OFF)
    changed = shrink_clinical(truth, range(4), dataclasses.replace(OFF, **change))
    assert float((changed - plain).std()) * 255 > 2


@pytest.mark.parametrize("change", [{"blur": (8.0, 8.0)}, {"scale": (0.1, 0.1)}])
def test_blur_and_resizing_take_detail_away(change: dict[str, tuple[float, float]]) -> None:
    truth = random_levels(4, 3, 64, 64)
    plain = shrink_clinical(truth, range(4), OFF)
    changed = shrink_clinical(truth, range(4), dataclasses.replace(OFF, **change))
    kept, same = (np.corrcoef(plain.ravel(), other.ravel())[0, 1] for other in (changed, degrade(truth)))
    assert kept < 0.6
    assert same > 0.9  # JPEG halves the colour's resolution at any quality


def test_grey_noise_is_the_same_in_all_channels() -> None:
    truth = torch.full((1, 3, 64, 64), 0.5)
    noisy = dataclasses.replace(OFF, noise=(30.0, 30.0))
    grey = shrink_clinical(truth, [1], dataclasses.replace(noisy, grey=1.0))
    colour = shrink_clinical(truth, [1], dataclasses.replace(noisy, grey=0.0))
    assert grey.std(1).max() * 255 < 3
    assert colour.std(1).max() * 255 > 10


def test_the_order_is_drawn_for_every_picture() -> None:
    """Noise before a strong blur is gone, noise after it stays: among some pictures there must be both."""
    truth = torch.full((12, 3, 64, 64), 0.5)
    rough = dataclasses.replace(OFF, blur=(4.0, 4.0), noise=(40.0, 40.0))
    spread = shrink_clinical(truth, range(12), rough).std((1, 2, 3)) * 255
    assert spread.min() < 4
    assert spread.max() > 6


def blocks(low: Tensor, top: int = 0, left: int = 0) -> float:
    """By how much steps across the 8×8 grid that begins at (top, left) exceed the other steps, in grey levels."""
    steps = (low[..., 1:] - low[..., :-1]).abs().mean((0, 1, 2)) * 255
    grid = torch.arange(len(steps)) % 8 == (left + 7) % 8
    return float(steps[grid].mean() - steps[~grid].mean())


def test_inputs_show_the_grid_of_their_own_jpeg() -> None:
    """The fault that every upload has: blocks of 8 at the input's own size, from the corner or from anywhere."""
    truth = smooth(256, 16) + 0.1 * random_levels(16, 3, 256, 256)
    coarse = dataclasses.replace(OFF, compressed=1.0, final_quality=(12, 12), twice=0.0)
    stored = shrink_clinical(truth, range(16), coarse)
    plain = shrink_clinical(truth, range(16), OFF)
    moved = [max(range(8), key=lambda left: blocks(one[None], left=left)) for one in stored]
    assert 4 <= moved.count(0) < 16
    assert blocks(plain) < 0.5 < max(blocks(one[None], left=left) for one, left in zip(stored, moved, strict=True))


def test_a_clean_share_is_only_shrunk() -> None:
    truth = random_levels(40, 3, 64, 64)
    degraded = shrink_clinical(truth, range(40), Clinical(clean=0.5))
    same = [torch.equal(one, other) for one, other in zip(degraded, degrade(truth), strict=True)]
    assert 10 <= sum(same) <= 30


def test_sharpening_raises_contrast_of_fine_detail() -> None:
    truth = torch.nn.functional.interpolate(0.3 + 0.4 * random_levels(4, 3, 16, 16), scale_factor=8, mode="nearest")
    plain = shrink_clinical(truth, range(4), OFF)
    sharp = shrink_clinical(truth, range(4), dataclasses.replace(OFF, sharpened=1.0, sharpening=(0.8, 0.8)))
    assert float(sharp.std()) > 1.05 * float(plain.std())


def test_a_camera_photograph_depends_on_its_name_alone() -> None:
    truth = (random_levels(1, 128, 96, 3)[0] * 255).round().byte().numpy()
    first, repeated, other = (photograph(truth, name) for name in ("ISIC_1", "ISIC_1", "ISIC_2"))
    assert first.shape == (32, 24, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, repeated)
    assert not np.array_equal(first, other)


def test_camera_photographs_are_worse_than_shrunk_ones_and_still_the_same_picture() -> None:
    y, x = np.mgrid[:256, :256]
    lesion = 180 - 90 * np.exp(-((x - 128) ** 2 + (y - 128) ** 2) / 4000) + 12 * np.sin(x / 5) * np.sin(y / 7)
    truth = np.repeat(lesion[..., None], 3, 2).round().astype(np.uint8)
    plain = degrade(torch.from_numpy(truth).permute(2, 0, 1)[None].float() / 255)[0].permute(1, 2, 0).numpy() * 255
    errors = [float(np.abs(photograph(truth, str(number)) - plain).mean()) for number in range(12)]
    assert min(errors) > 0.3
    assert max(errors) < 12
