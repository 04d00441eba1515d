"""Muon: momentum whose matrices are orthogonalised, so that every direction of a layer learns at one pace.

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks" (Nesterov momentum, quintic
Newton–Schulz iteration); the step's size is matched to Adam's as in Liu et al. 2025, "Muon is scalable for LLM
training", section 2.2. `torch.optim.Muon` refuses convolutions and came with torch 2.9; this project admits 2.8.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

#: Of the quintic iteration: they drive singular values near 1 fast, not exactly to it (Jordan et al.).
_A, _B, _C = 3.4445, -4.7750, 2.0315
#: The root mean square of an Adam step in units of the learning rate, as Liu et al. measured it.
_ADAM_RMS = 0.2


def orthogonalise(matrix: Tensor, iterations: int = 5) -> Tensor:
    """Nearly U·Vᵀ of a matrix's singular value decomposition U·S·Vᵀ, by multiplications alone.

    Singular values land between about 0.7 and 1.2; a matrix of zeros stays one.
    """
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(iterations):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Muon for convolutions (as outputs × the rest) and linear layers, Adam for everything else, at one rate.

    Everything else: biases, norms, scalars, and matrices with a side of ``THIN`` or less (RGB).
    """

    THIN = 3

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        *,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        every = list(parameters)
        matrices = [p for p in every if p.ndim >= 2 and min(len(p), p[0].numel()) > self.THIN]
        known = {id(p) for p in matrices}
        groups = [
            {"params": matrices, "orthogonal": True},
            {"params": [p for p in every if id(p) not in known], "orthogonal": False},
        ]
        super().__init__(groups, {"lr": lr, "momentum": momentum, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step; parameters without a gradient are left alone."""
        for group in self.param_groups:
            update = self._orthogonal if group["orthogonal"] else self._adam
            for parameter in group["params"]:
                if parameter.grad is not None:
                    update(parameter, parameter.grad, self.state[parameter], group)

    @staticmethod
    def _orthogonal(parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        mean = state.setdefault("mean", torch.zeros_like(parameter))
        mean.lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(mean, group["momentum"])
        turned = orthogonalise(ahead.reshape(len(ahead), -1))
        size = _ADAM_RMS * max(turned.shape) ** 0.5
        parameter.add_(turned.reshape(parameter.shape), alpha=-group["lr"] * size)

    @staticmethod
    def _adam(parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        first, second = group["betas"]
        mean = state.setdefault("mean", torch.zeros_like(parameter))
        square = state.setdefault("square", torch.zeros_like(parameter))
        state["steps"] = steps = state.get("steps", 0) + 1
        mean.lerp_(gradient, 1 - first)
        square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        deviation = (square / (1 - second**steps)).sqrt_().add_(group["eps"])
        parameter.addcdiv_(mean, deviation, value=-group["lr"] / (1 - first**steps))
