"""Inference engines: torch, the reference and the one for CUDA, and OpenVINO, which is faster on a CPU.

Both run a network in two parts: the first picture, and CF-ESRT's refinement. `choice.choose` picks one. This file
imports neither.
"""

NAMES = ("auto", "torch", "openvino")
AGREEMENT_DB = 55
"""Least PSNR in dB between any engine's picture and torch's in float32 (tests/engine)."""


class EngineError(ValueError):
    """The requested engine is not available here; one sentence says why."""
