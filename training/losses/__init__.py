"""The paper's losses (section 2.3, equations 1 to 3), SRGAN's, and what the paper does not have. Images are N×3×H×W,
RGB in 0..1, unclamped predictions too.

‖·‖ in the paper is the mean absolute error here, ‖·‖² the mean squared error, so that a weight means the same at
every crop size.
"""

from training.losses.adversarial import adversarial_loss, discriminator_loss
from training.losses.features import CONV5_3, IMAGENET_MEAN, IMAGENET_STD, VGG16_LAYOUT, VGG16Features
from training.losses.grid_artifact import grid_artifact_loss, grid_artifacts
from training.losses.lattice import lattice_loss
from training.losses.perceptual import ContentLoss, PerceptualLoss
from training.losses.pixel import gradient_loss, pixel_loss, squared_loss
from training.losses.ring_correlation import ring_correlation, ring_correlation_loss
from training.losses.structure import structure_loss

__all__ = [
    "CONV5_3",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "VGG16_LAYOUT",
    "ContentLoss",
    "PerceptualLoss",
    "VGG16Features",
    "adversarial_loss",
    "discriminator_loss",
    "gradient_loss",
    "grid_artifact_loss",
    "grid_artifacts",
    "lattice_loss",
    "pixel_loss",
    "ring_correlation",
    "ring_correlation_loss",
    "squared_loss",
    "structure_loss",
]
