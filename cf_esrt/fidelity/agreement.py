"""How far a result may differ from its input, shrunk again, before it is noticed: less than good results do.

The networks for photographs from a camera remove faults of the input, so that their good results agree with it less
than those of the networks for shrunk photographs: each family has its own limit, measured on results that are closer
to the ground truth than bicubic interpolation (`python -m training.analyses.agreement`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cf_esrt.fidelity.notices import ThresholdsError

if TYPE_CHECKING:
    from cf_esrt.models import Family

AGREEMENT = Path(__file__).with_name("agreement.json")
SENTENCE = (
    "{title} agrees with the crop to {value:.1f} dB only; of good results of its kind, {share:.1%} are below "
    "{least:.1f} dB."
)


@cache
def limits() -> dict[Family, float]:
    """The committed limits in dB, read once; a family that was not measured is not there."""
    return read_limits(AGREEMENT)


def read_limits(path: Path) -> dict[Family, float]:
    """Low-resolution consistency in dB under which a family's results are noticed; ThresholdsError for other files."""
    try:
        families = dict(json.loads(path.read_text("utf-8")))
        found = {name: float(families[name]["least_db"]) for name in ("clean", "camera") if name in families}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThresholdsError(f"{path.name} holds no limits; make it with training.analyses.agreement.") from error
    return found  # type: ignore[return-value]  # the two names are the families'


SHARE = 0.005
"""Of good results that lie below the limit."""


def disagreement(
    title: str, consistency: float, family: Family, known: dict[Family, float] | None = None
) -> str | None:
    """The sentence on a result that agrees with its input less than good ones do; None where it agrees enough.

    ``consistency`` in dB (`low_resolution_consistency`), ``title`` the result's. ``known``: limits other than the
    committed ones.
    """
    least = (limits() if known is None else known).get(family)
    if least is None or consistency >= least:
        return None
    return SENTENCE.format(title=title, value=consistency, least=least, share=SHARE)
