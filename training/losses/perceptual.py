"""Losses on VGG16's features: the paper's perceptual loss, and SRGAN's."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.losses.features import VGG16Features


class _FeatureLoss(nn.Module):
    """A loss on VGG16's features, those of the ground truth computed apart."""

    def __init__(self, features: VGG16Features) -> None:
        super().__init__()
        self.features = features

    def target(self, image: Tensor) -> Tensor:
        """ϕ of the ground truth: computed once where two predictions are compared with it."""
        with torch.no_grad():
            return self.features(image)


class PerceptualLoss(_FeatureLoss):
    """‖ϕ(prediction) − ϕ(target)‖, the second term of equations 1 and 2, as a mean absolute error."""

    def forward(self, prediction: Tensor, target_features: Tensor) -> Tensor:
        return F.l1_loss(self.features(prediction).float(), target_features.float())


class ContentLoss(_FeatureLoss):
    """SRGAN's VGG loss (Ledig et al. 2017, equation 5): squared Euclidean distance of features, each divided by 12.75.

    As there, the sum over the 512 channels is divided by the features' width and height alone, so that a ``content``
    weight of 1 is the published one (section 3.2: losses times 1/12.75² ≈ 0.006). A departure: the features are VGG16's
    conv5_3 after ReLU, where the paper has VGG19's conv5_4 after ReLU ("VGG54"), since the same network then serves
    this loss and ϕ. Features may be given on either side of the ReLU.
    """

    DIVISOR = 12.75

    def forward(self, prediction: Tensor, target_features: Tensor) -> Tensor:
        own, wanted = torch.relu(self.features(prediction).float()), torch.relu(target_features.float())
        return own.shape[1] * F.mse_loss(own / self.DIVISOR, wanted / self.DIVISOR)
