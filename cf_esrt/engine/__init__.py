"""How a network is run: torch, the reference and what CUDA takes, or OpenVINO, which gets more out of a CPU.

Both run the same two parts of a network: what makes the first picture, and CF-ESRT's refinement. `choose` gives the one
that is to be used; nothing here imports OpenVINO before it is.
"""

from cf_esrt.engine.base import AGREEMENT_DB, NAMES, Engine, EngineError, is_out_of_memory
from cf_esrt.engine.choice import choose, outlook

__all__ = ["AGREEMENT_DB", "NAMES", "Engine", "EngineError", "choose", "is_out_of_memory", "outlook"]
