"""What a training runs on."""

from __future__ import annotations

from datetime import timedelta

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs

PATIENCE = timedelta(hours=3)
"""How long processes wait for one another: the first alone compares a large data set with its hashes, and validates."""


def has_native_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself (AVX512_BF16 or AMX): elsewhere it is slower than float32."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def make_accelerator(device: str, precision: str = "auto") -> Accelerator:
    """The accelerator of this process on ``cpu`` or ``cuda``; one of several under torchrun or accelerate launch."""
    half = "bf16" if precision == "auto" and device != "cpu" else "no"
    waits = InitProcessGroupKwargs(timeout=PATIENCE)
    return Accelerator(cpu=device == "cpu", mixed_precision=half, kwargs_handlers=[waits])


def hardware(accelerator: Accelerator) -> str:
    """The hardware in words, for the model card."""
    count = accelerator.num_processes
    if accelerator.device.type == "cuda":
        return f"{count} × {torch.cuda.get_device_name(accelerator.device)}"
    return f"CPU, {count * torch.get_num_threads()} threads"
