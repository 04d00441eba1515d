"""bfloat16 on CPUs: where the processor has it natively, and what of a training runs in it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from training.config import Config, PartPrecision


def is_native() -> bool:
    """Whether this processor multiplies bfloat16 itself (AVX512_BF16 or AMX): elsewhere it is slower than float32."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def part_dtype(part: PartPrecision, config: Config, device: torch.device) -> torch.dtype:
    """What a part of the training computes in on ``device``: bfloat16 or float32. On CUDA autocast decides instead."""
    if device.type != "cpu" or part == "float32" or (part == "auto" and config.precision != "auto"):
        return torch.float32
    return torch.bfloat16 if part == "bfloat16" or is_native() else torch.float32


def convolving_in(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Autocast to ``dtype`` on the device; nothing for float32, so that an autocast around it stays."""
    return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype)
