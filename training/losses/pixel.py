"""Losses on the pixels themselves."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def pixel_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error: the first term of equations 1 and 2."""
    return F.l1_loss(prediction, target)


def squared_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error, with which SRCNN (its equation 4) and SRResNet (SRGAN's equation 4) are trained."""
    return F.mse_loss(prediction, target)


def gradient_loss(prediction: Tensor, target: Tensor) -> Tensor:
    """L_∇, equation 3: half of the mean squared forward difference of the error along x plus that along y."""
    error = prediction - target
    along_x = error[..., :, 1:] - error[..., :, :-1]
    along_y = error[..., 1:, :] - error[..., :-1, :]
    return 0.5 * (along_x.square().mean() + along_y.square().mean())
