"""Muon: momentum whose matrices are orthogonalised, so that every direction of a layer learns at one pace.

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks" (Nesterov momentum, quintic
Newton–Schulz iteration); the step's size is matched to Adam's as in Liu et al. 2025, "Muon is scalable for LLM
training", section 2.2. `torch.optim.Muon` refuses convolutions and came with torch 2.9; this project admits 2.8.
"""

# torch's own optimisers are made of torch._foreach_*, whose names begin so all the same:
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from training.cuda_graph import CudaGraph

#: Of the quintic iteration: they drive singular values near 1 fast, not exactly to it (Jordan et al.).
_A, _B, _C = 3.4445, -4.7750, 2.0315
#: The root mean square of an Adam step in units of the learning rate, as Liu et al. measured it.
_ADAM_RMS = 0.2


def orthogonalise(matrix: Tensor, iterations: int = 5) -> Tensor:
    """Nearly U·Vᵀ of the singular value decomposition U·S·Vᵀ of …×R×C matrices, by multiplications alone.

    Singular values land between about 0.7 and 1.2; a matrix of zeros stays one.
    """
    x = matrix / (torch.linalg.matrix_norm(matrix, keepdim=True) + 1e-7)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    for _ in range(iterations):
        gram = x @ x.mT
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Muon for convolutions (as outputs × the rest) and linear layers, Adam for everything else, at one rate.

    Everything else: biases, norms, scalars, and matrices with a side of ``THIN`` or less (RGB). ``recorded``: the
    iteration as a CUDA graph (see `training.cuda_graph`), for parameters on a GPU.
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
        recorded: bool = False,
    ) -> None:
        every = list(parameters)
        matrices = [p for p in every if p.ndim >= 2 and min(len(p), p[0].numel()) > self.THIN]
        known = {id(p) for p in matrices}
        groups = [
            {"params": matrices, "orthogonal": True},
            {"params": [p for p in every if id(p) not in known], "orthogonal": False},
        ]
        super().__init__(groups, {"lr": lr, "momentum": momentum, "betas": betas, "eps": eps})
        self._turn = CudaGraph(_orthogonalise_all) if recorded else _orthogonalise_all

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step; parameters without a gradient are left alone."""
        for group in self.param_groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            if group["orthogonal"]:
                self._orthogonal(moved, group)
            elif moved:
                self._adam(moved, group)

    def _orthogonal(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        """Matrices of one shape go through the iteration together: on a GPU it costs more to launch it for each."""
        alike: dict[tuple[int, int], list[Tensor]] = {}
        for parameter in parameters:
            alike.setdefault((len(parameter), parameter[0].numel()), []).append(parameter)
        stacks = []
        for shape, members in alike.items():
            gradients, means = _gradients(members), self._kept("mean", members)
            torch._foreach_lerp_(means, gradients, 1 - group["momentum"])
            ahead = torch._foreach_lerp(gradients, means, group["momentum"])
            stacks.append(torch.stack([each.reshape(shape) for each in ahead]))
        for (shape, members), stack in zip(alike.items(), self._turn(stacks), strict=True):
            moves = [move.reshape(parameter.shape) for move, parameter in zip(stack, members, strict=True)]
            torch._foreach_add_(members, moves, alpha=-group["lr"] * _ADAM_RMS * max(shape) ** 0.5)

    def _adam(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        first, second = group["betas"]
        gradients = _gradients(parameters)
        means, squares = self._kept("mean", parameters), self._kept("square", parameters)
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - second)
        steps = [self._next_step(parameter) for parameter in parameters]
        deviations = torch._foreach_div(squares, [1 - second**step for step in steps])
        torch._foreach_sqrt_(deviations)
        torch._foreach_add_(deviations, group["eps"])
        torch._foreach_addcdiv_(parameters, means, deviations, [-group["lr"] / (1 - first**step) for step in steps])

    def _kept(self, name: str, parameters: list[Tensor]) -> list[Tensor]:
        """The running mean of that name of each parameter; zeros at first."""
        for parameter in parameters:
            if name not in self.state[parameter]:
                self.state[parameter][name] = torch.zeros_like(parameter)
        return [self.state[parameter][name] for parameter in parameters]

    def _next_step(self, parameter: Tensor) -> int:
        self.state[parameter]["steps"] = step = self.state[parameter].get("steps", 0) + 1
        return step


def _orthogonalise_all(stacks: list[Tensor]) -> list[Tensor]:
    return [orthogonalise(stack) for stack in stacks]


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.grad for parameter in parameters if parameter.grad is not None]
