"""SRGAN's discriminator beside a network that is trained against it (Ledig et al. 2017, section 2)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from cf_esrt.networks import Discriminator
from training.losses import discriminator_loss
from training.processes import accumulating


class Judge(nn.Module):
    """The discriminator: N×3×H×W in 0..1, unclamped predictions too → N×1 logits in float32. ``dtype``: its
    convolutions' on a CPU."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network, self.dtype = Discriminator(), dtype

    def forward(self, image: Tensor) -> Tensor:
        with convolving_in(self.dtype, image.device):
            return self.network(image).float()


class _Objective(nn.Module):
    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, real: Tensor, fake: Tensor) -> Tensor:
        return discriminator_loss(self.judge(real), self.judge(fake))


class Adversary:
    """A discriminator with its optimiser; one step of it follows each step of the network it judges."""

    def __init__(self, accelerator: Accelerator, dtype: torch.dtype = torch.float32) -> None:
        self.accelerator = accelerator
        self.judge = Judge(dtype).to(accelerator.device)
        self.network = self.judge.network
        self.objective = accelerator.prepare_model(_Objective(self.judge))
        self.optimizer = torch.optim.Adam(self.network.parameters())
        self.network.requires_grad_(False)

    def step(self, parts: list[tuple[Tensor, Tensor, float]], rate: float) -> Tensor:
        """One step on (ground truth, generated images, share of the step's crops) of each micro-batch; the loss.
        ``rate`` is the learning rate."""
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


def convolving_in(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Autocast to ``dtype`` on the device; nothing for float32, so that an autocast around it stays."""
    return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype)
