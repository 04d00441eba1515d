"""How far a result may differ from its input, shrunk again, before it is noticed: less than good results do.

The networks for photographs from a camera remove faults of the input, so that their good results agree with it less
than those of the networks for shrunk photographs. Each degradation has a limit of its own, measured on results that are
closer to the ground truth than bicubic interpolation (`python -m training.analyses.agreement`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cf_esrt.fidelity.notices import ThresholdsError

if TYPE_CHECKING:
    from cf_esrt.models import Degradation

AGREEMENT = Path(__file__).with_name("agreement.json")
SENTENCE = (
    "{title} agrees less with the photograph than good results do: {value:.1f} dB, where {share:.1%} of good results "
    "of its kind are below {least:.1f} dB."
)


@cache
def limits() -> dict[Degradation, float]:
    """The committed limits in dB, read once; a degradation that was not measured is not there."""
    return read_limits(AGREEMENT)


def read_limits(path: Path) -> dict[Degradation, float]:
    """By degradation: the low-resolution consistency in dB under which a result is noticed. ThresholdsError for other
    files."""
    try:
        degradations = dict(json.loads(path.read_text("utf-8")))
        found = {name: float(degradations[name]["least_db"]) for name in ("bicubic", "camera") if name in degradations}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThresholdsError(f"{path.name} holds no limits; make it with training.analyses.agreement.") from error
    return found  # type: ignore[return-value]  # the keys are the names of the degradations


SHARE = 0.005
"""Of good results that lie below the limit."""


def disagreement(
    title: str, consistency: float, degradation: Degradation, known: dict[Degradation, float] | None = None
) -> str | None:
    """The sentence on a result that agrees with its input less than good ones do; None where it agrees enough.

    ``consistency`` in dB (`low_resolution_consistency`), ``title`` the result's. ``known``: limits other than the
    committed ones.
    """
    least = (limits() if known is None else known).get(degradation)
    if least is None or consistency >= least:
        return None
    return SENTENCE.format(title=title, value=consistency, least=least, share=SHARE)
