"""How the small network is fitted that guesses a block's error from its measures and those of the blocks about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from cf_esrt.fidelity.trust.scores import LOCAL, SmallNetwork, filled_in
from training.analyses.trust_measurements import Measured

WIDTH, STEPS, BATCH, RATE, DECAY = 16, 300, 32, 3e-3, 1e-4


def fit_network(several: Sequence[Measured], settings: Sequence[float], *, steps: int = STEPS) -> SmallNetwork:
    """The pinball loss of the log error at `SmallNetwork.QUANTILE`, by AdamW from a fixed start.

    Photographs of one size; ValueError for others.
    """
    usual = np.nanmedian(np.array([one.whole for one in several], float), axis=0)
    usual = np.array([float(f"{value:.4g}") for value in usual])
    places = [LOCAL.index(name) for name in SmallNetwork.SEEN]
    inputs, targets = [], []
    for one in several:
        whole = np.log(filled_in(one.whole, usual) + SmallNetwork.OFFSET)
        for setting in map(one.at, settings):
            local = np.log(one.local[setting][places] + SmallNetwork.OFFSET)
            planes = np.broadcast_to(whole[:, None, None], (len(whole), *local.shape[1:]))
            inputs.append(np.concatenate([local, planes]).astype(np.float32))
            targets.append(np.log(one.errors[setting] + SmallNetwork.OFFSET).astype(np.float32))
    x, y = torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(targets))
    mean, spread = x.mean((0, 2, 3)), x.std((0, 2, 3)) + 1e-5
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first = nn.Conv2d(x.shape[1], WIDTH, 1)
        second = nn.Conv2d(WIDTH, WIDTH, 3, padding=1, padding_mode="replicate")
        last = nn.Conv2d(WIDTH, 1, 1)
        with torch.no_grad():
            last.weight.mul_(0.1)
            cast(Tensor, last.bias).fill_(float(np.quantile(y.numpy(), SmallNetwork.QUANTILE)))
        network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last)
        _train(network, (x - mean[:, None, None]) / spread[:, None, None], y, steps)
    scaled = first.weight[..., 0, 0] / spread  # what it was fitted on had mean 0 and spread 1
    first_bias = cast(Tensor, first.bias) - scaled @ mean
    parts = (
        scaled,
        first_bias,
        second.weight,
        cast(Tensor, second.bias),
        last.weight[0, :, 0, 0],
        cast(Tensor, last.bias),
    )
    return SmallNetwork(tuple(part.detach().numpy().copy() for part in parts), tuple(map(float, usual)))


def _train(network: nn.Sequential, x: Tensor, y: Tensor, steps: int) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    random = np.random.default_rng(0)
    for _ in range(steps):
        taken = torch.from_numpy(random.integers(0, len(x), min(BATCH, len(x))))
        rest = y[taken] - network(x[taken])[:, 0]
        loss = torch.maximum(SmallNetwork.QUANTILE * rest, (SmallNetwork.QUANTILE - 1) * rest).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
