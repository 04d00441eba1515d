"""The discriminator beside a network that is trained adversarially (SRGAN; Ledig et al. 2017, section 2)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from cf_esrt.networks import Discriminator
from training.losses import discriminator_loss


class _Objective(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, real: Tensor, fake: Tensor) -> Tensor:
        return discriminator_loss(self.network(real), self.network(fake))


class Adversary:
    """A discriminator with its optimiser; one step of it follows each step of the network it judges."""

    def __init__(self, accelerator: Accelerator, learning_rate: float) -> None:
        self.accelerator = accelerator
        self.network = Discriminator().to(accelerator.device)
        self.objective = accelerator.prepare_model(_Objective(self.network))
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=learning_rate)
        self.network.requires_grad_(False)

    def step(self, parts: list[tuple[Tensor, Tensor, float]], rate: float) -> Tensor:
        """One step on (ground truth, generated images, share of the step's crops) of each micro-batch; the loss."""
        self.network.requires_grad_(True)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self.accelerator.device)
        for number, (real, fake, weight) in enumerate(parts):
            with accumulating(self.accelerator, self.objective, last=number == len(parts) - 1):
                loss = weight * self.objective(real, fake)
                self.accelerator.backward(loss)
            total += loss.detach()
        self.optimizer.step()
        self.network.requires_grad_(False)  # what the generator's gradient passes through is not trained by it
        return total

    def state_dict(self) -> dict[str, Any]:
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])


def accumulating(accelerator: Accelerator, module: nn.Module, *, last: bool) -> AbstractContextManager[None]:
    """A context in which gradients stay on this process, unless this is the last micro-batch of the step."""
    return nullcontext() if last else accelerator.no_sync(module)
