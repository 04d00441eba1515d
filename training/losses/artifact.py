"""LDL's loss on artefacts: errors weigh where they scatter, and only where the averaged network errs less.

Source: Liang, Zeng and Zhang, "Details or Artifacts: A Locally Discriminative Learning Approach to Realistic Image
Super-Resolution", CVPR 2022, section 3.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

#: Side of the window of local variances, in pixels (n = 7 in the paper).
WINDOW = 7
#: Root that is taken of the whole picture's variance (a = 5 in the paper).
ROOT = 5


@torch.no_grad()
def artifact_map(prediction: Tensor, averaged: Tensor, truth: Tensor) -> Tensor:
    """M_refine, N×1×H×W ≥ 0, of pictures N×3×H×W with sides of at least 4 pixels; no gradient passes.

    The residual is the absolute error, summed over channels. Its variance in the 7×7 pixels around (borders mirrored),
    times the fifth root of its variance over the picture, tells false detail from an even error. Where the prediction
    is nearer to the truth than ``averaged``, the picture of the averaged weights, it is 0: those hold less to what one
    step invents, so the rest is taken for artefact.
    """
    residual, steady = ((truth - image).abs().sum(1, keepdim=True) for image in (prediction, averaged))
    reach = WINDOW // 2
    windows = F.pad(residual, (reach,) * 4, mode="reflect").unfold(2, WINDOW, 1).unfold(3, WINDOW, 1)
    whole = residual.var((1, 2, 3), keepdim=True) ** (1 / ROOT)
    return whole * windows.var((-2, -1)) * (residual >= steady)


def artifact_loss(prediction: Tensor, averaged: Tensor, truth: Tensor) -> Tensor:
    """Mean of |truth − prediction|, each pixel weighed by `artifact_map`."""
    return (artifact_map(prediction, averaged, truth) * (truth - prediction).abs()).mean()
