"""Adversarial losses: SRGAN's (Ledig et al. 2017, equations 2 and 6), and the relativistic average ones that ESRGAN
took up (Jolicoeur-Martineau 2018; Wang et al. 2018, equations 1 and 2). Logits are N×1 or N×1×H×W: how sure the
discriminator is that an image, or a place of it, is a photograph's. They are computed in float32, whatever precision
the networks run in, and means run over all logits, so that a weight means the same for every batch and crop.
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


def relativistic_loss(logits_preferred: Tensor, logits_other: Tensor) -> Tensor:
    """The discriminator's where photographs are preferred, the generator's where its own images are; 2·log 2 where the
    two are alike.

    Mean of −log σ(C(p) − mean C(o)) plus mean of −log(1 − σ(C(o) − mean C(p))): each is judged beside the other's
    mean, which is one over the images that are seen at once (a process's micro-batch).
    """
    preferred, other = logits_preferred.float(), logits_other.float()
    return F.softplus(other.mean() - preferred).mean() + F.softplus(other - preferred.mean()).mean()
