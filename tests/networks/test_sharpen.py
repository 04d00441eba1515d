"""The unsharp mask under the refinement's texture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from cf_esrt.networks import CFESRT
from cf_esrt.networks.cf_esrt import Sharpen


def test_it_adds_what_an_unsharp_mask_adds() -> None:
    image = torch.rand(1, 3, 30, 41)
    picture = image[0].permute(1, 2, 0).numpy()
    soft = cv2.GaussianBlur(picture, (11, 11), Sharpen.SIGMA, borderType=cv2.BORDER_REPLICATE)
    added = Sharpen(0.7)(image)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(added, 0.7 * (picture - soft), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (3, 40)])
def test_a_plain_picture_of_any_size_stays(size: tuple[int, int]) -> None:
    assert Sharpen(2.0)(torch.full((2, 3, *size), 0.4)).abs().max() < 1e-6


def test_it_is_added_to_the_texture_and_told_by_the_weights() -> None:
    torch.manual_seed(0)
    plain, sharpened = CFESRT(width=8), CFESRT(width=8, sharpen=1.5)
    sharpened.load_state_dict(plain.state_dict() | {"refine.sharpen.amount": torch.tensor(1.5)})
    image = torch.rand(1, 3, 16, 24)
    expected = plain.refine(image) + Sharpen(1.5)(image)
    torch.testing.assert_close(sharpened.refine(image), expected)
    assert "refine.sharpen.amount" not in plain.state_dict()
