"""What can be said of a result without ground truth."""

from __future__ import annotations

from cf_esrt.fidelity.consistency import low_resolution_consistency, shrink

__all__ = ["low_resolution_consistency", "shrink"]
