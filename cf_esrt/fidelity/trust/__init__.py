"""The error map: where a result can be believed, with promises that are tested.

`believe` gives a `Belief`, whose mask keeps a promise of conformal risk control (`control` has the theorem), or one
sentence on why nothing is promised. The thresholds are calibrated for each network, kind of photograph and detail
setting (`calibrated`).
"""

from __future__ import annotations

from cf_esrt.fidelity.trust.calibrated import Calibration, Calibrations, Promise, calibrations
from cf_esrt.fidelity.trust.mask import LEVEL, Belief, Unknown, believe, trust_text
from cf_esrt.fidelity.trust.veil import mask_picture, veiled
from cf_esrt.fidelity.trust.words import four_digits, percent, unveiled

__all__ = [
    "LEVEL",
    "Belief",
    "Calibration",
    "Calibrations",
    "Promise",
    "Unknown",
    "believe",
    "calibrations",
    "four_digits",
    "mask_picture",
    "percent",
    "trust_text",
    "unveiled",
    "veiled",
]
