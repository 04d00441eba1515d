"""One process or many that train together: what they tell one another after each step."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from training.data.crops import Batch
from training.state import save_atomically


def accumulating(accelerator: Accelerator, module: nn.Module, *, last: bool) -> AbstractContextManager[None]:
    """A context in which gradients stay on this process, unless this is the last micro-batch of the step."""
    return nullcontext() if last else accelerator.no_sync(module)


def mean_over_processes(
    totals: dict[str, Tensor], stop_signalled: bool, accelerator: Accelerator
) -> tuple[dict[str, float], bool]:
    """A step's terms as numbers, averaged over all processes, and whether one of them was told to stop."""
    stop = torch.tensor(float(stop_signalled), device=accelerator.device)
    values = torch.stack([value.float() for value in (*totals.values(), stop)])
    *means, stops = accelerator.reduce(values, "mean").tolist()  # type: ignore[union-attr]
    return dict(zip(totals, means, strict=True)), stops > 0


def end_together(accelerator: Accelerator) -> None:
    """Wait for the others, then leave the group: torchrun stops all as soon as one is gone with an error, and a process
    that still belongs to a group may end with one, while the first is still saving."""
    if accelerator.num_processes > 1:
        accelerator.wait_for_everyone()
        accelerator.end_training()


def require_finite(loss: Tensor, norm: Tensor, batch: Batch, step: int, folder: Path, accelerator: Accelerator) -> None:
    """FloatingPointError on every process before a step that would ruin the weights; the batch of a bad loss is saved.

    ``norm`` is the gradient's, the same on all processes; each saves its own share of the batch.
    """
    if torch.isfinite(norm) and torch.isfinite(loss):
        return
    number = accelerator.process_index
    name = "bad-batch.pt" if accelerator.num_processes == 1 else f"bad-batch-{number}.pt"
    if not torch.isfinite(loss) or accelerator.is_main_process:
        save_atomically(batch._asdict(), folder / name)
    raise FloatingPointError(
        f"At step {step} the loss is {float(loss)} and the gradient's norm {float(norm)}: "
        f"the batch is in {folder / name}, and last.pt holds the weights before it."
    )
