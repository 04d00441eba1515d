"""How a network is run: torch, the reference and what CUDA takes, or OpenVINO, which gets more out of a CPU.

Both run the same two parts of a network: what makes the first picture, and CF-ESRT's refinement. `choice.choose` gives
the one that is to be used. This file imports neither, for those who only want the names.
"""

NAMES = ("auto", "torch", "openvino")
AGREEMENT_DB = 55
"""What every engine's picture agrees with torch's in float32 to, at the least (tests/engine)."""


class EngineError(ValueError):
    """An engine that was asked for cannot be had here; one sentence says why."""
