"""The project's own enlargement."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt.networks.bicubic import enlarge, enlarge_unshuffled


@settings(max_examples=30)
@given(height=st.integers(1, 24), width=st.integers(1, 24), seed=st.integers(0, 99), hard=st.booleans())
@example(height=5, width=1, seed=0, hard=True)
@example(height=1, width=5, seed=0, hard=True)
def test_enlarging_is_pillows_to_one_level(height: int, width: int, seed: int, hard: bool) -> None:
    """Also of edges from black to white, where interpolation overshoots, and of sides of one pixel."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    pixels = np.where(pixels > 127, 255, 0).astype(np.uint8) if hard else pixels
    expected = np.array(Image.fromarray(pixels).resize((4 * width, 4 * height), Image.Resampling.BICUBIC))
    enlarged = enlarge(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255)[0].permute(1, 2, 0) * 255
    assert np.abs(enlarged.round().numpy() - expected).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (2, 3), (9, 17)])
def test_as_convolutions_it_is_the_same(size: tuple[int, int]) -> None:
    """On black and white, where interpolation overshoots, and on borders, where taps are left out."""
    torch.manual_seed(0)
    for image in (torch.rand(2, 3, *size), (torch.rand(2, 3, *size) > 0.5).float()):
        found = F.pixel_shuffle(enlarge_unshuffled(image), 4)
        torch.testing.assert_close(found, enlarge(image), atol=1e-6, rtol=0)
