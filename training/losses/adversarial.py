"""SRGAN's adversarial losses (Ledig et al. 2017, equations 2 and 6). Logits are N×1: how sure the discriminator is that
an image is a photograph. They are computed in float32, whatever precision the networks run in.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def adversarial_loss(logits_fake: Tensor) -> Tensor:
    """The generator's: mean of −log D(G(x)), the form that does not saturate; log 2 for an undecided discriminator.

    The paper sums over a batch; the mean makes a weight (10⁻³ there) mean the same at every batch size.
    """
    return F.softplus(-logits_fake.float()).mean()


def discriminator_loss(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """The discriminator's: mean of −log D(y) plus mean of −log(1 − D(G(x))); 2·log 2 where it is undecided."""
    return F.softplus(-logits_real.float()).mean() + F.softplus(logits_fake.float()).mean()
