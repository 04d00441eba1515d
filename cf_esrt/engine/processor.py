"""Which of OpenVINO's precisions is the fastest on a processor, from what it has (`assets/results/engines.md`)."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

import torch

AMX, AVX512_BF16, AVX2 = "amx_bf16", "avx512_bf16", "avx2"
"""Flags as Linux names them: tiles of bfloat16, products of bfloat16 in AVX-512, integers in 256 bits at once."""
LIMIT = "ONEDNN_MAX_CPU_ISA"
"""Variable by which OpenVINO's oneDNN is kept from using what the processor has."""


def flags(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Those of `AMX`, `AVX512_BF16` and `AVX2` that the processor has and oneDNN may use."""
    allowed = environment.get(LIMIT, "").upper()
    unlimited = allowed in ("", "DEFAULT", "ALL")
    found = {
        AMX: torch.cpu._is_amx_tile_supported() and (unlimited or "AMX" in allowed),
        AVX512_BF16: torch.cpu._is_avx512_bf16_supported()
        and (unlimited or any(one in allowed for one in ("AMX", "BF16", "FP16"))),
        AVX2: torch.cpu._is_avx2_supported()
        and (unlimited or any(one in allowed for one in ("AVX2", "AVX512", "AVX10"))),
    }
    return frozenset(name for name, there in found.items() if there)


def faster(processor: str, has: Collection[str]) -> str:
    """``bfloat16`` where it is computed in tiles, and on AMD's processors that have it; else ``float32``: without tiles
    Intel's multiply in bfloat16 more slowly.

    ``processor``: its name, as OpenVINO gives it; ``has``: its `flags`.
    """
    native = AMX in has or (AVX512_BF16 in has and processor.startswith("AMD"))
    return "bfloat16" if native else "float32"


def has_fast_int8(has: Collection[str]) -> bool:
    """Whether integers are faster than float32: with AVX2 Live takes half of its time, with VNNI less than a third. On
    others, ARM's among them, nobody has measured it.

    ``has``: its `flags`.
    """
    return AVX2 in has
