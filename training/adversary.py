"""The discriminator beside a network that is trained adversarially (SRGAN; Ledig et al. 2017, section 2)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from training.config import Discriminator
from training.discriminators import Judge
from training.losses import discriminator_loss, relativistic_loss


class _Objective(nn.Module):
    def __init__(self, judge: Judge, *, relativistic: bool) -> None:
        super().__init__()
        self.judge, self.relativistic = judge, relativistic

    def forward(self, real: Tensor, fake: Tensor) -> Tensor:
        logits_real, logits_fake = self.judge(real), self.judge(fake)
        if self.relativistic:
            return relativistic_loss(logits_real, logits_fake)
        return discriminator_loss(logits_real, logits_fake)


class Adversary:
    """A discriminator with its optimiser; one step of it follows each step of the network it judges."""

    def __init__(
        self,
        accelerator: Accelerator,
        learning_rate: float,
        settings: Discriminator,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.accelerator, self.settings = accelerator, settings
        self.judge = Judge(settings, dtype).to(accelerator.device)
        self.network = self.judge.network
        objective = _Objective(self.judge, relativistic=settings.relativistic)
        self.objective = accelerator.prepare_model(objective)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=learning_rate)
        self.network.requires_grad_(False)

    def step(self, parts: list[tuple[Tensor, Tensor, float]], rate: float) -> Tensor:
        """One step on (ground truth, generated images, share of the step's crops) of each micro-batch; the loss.
        ``rate`` is the learning rate of the network that is judged."""
        self.network.requires_grad_(True)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * self.settings.rate
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
