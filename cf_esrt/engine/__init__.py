"""Inference engines: torch, the reference and the one for CUDA, and OpenVINO, which is faster on a CPU.

Both run a network in two parts: the first picture, and CF-ESRT's refinement. `choice.choose` picks one. This file
imports neither.
"""

NAMES = ("auto", "torch", "openvino")
AGREEMENT_DB = 55
"""Least PSNR in dB between any engine's coarse or only picture and torch's in float32 (tests/engine)."""
REFINED_AGREEMENT_DB = 49
"""The same of a refined picture. In bfloat16 a pixel of the coarse picture in fifteen or so rounds to the neighbouring
level, and the refinement, which makes texture of what rounding leaves, answers each with more than it. Of 20
photographs the least is 53.3 dB (bicubic degradation) and 50.1 dB (camera degradation), where the refinement
by itself, given the same picture, agrees to 62 and 55 dB."""


class EngineError(ValueError):
    """The requested engine is not available here; one sentence says why."""
