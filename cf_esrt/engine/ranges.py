"""How large Live's activations become, by the digest of its weights: what int8 has to know before it runs.

`ranges.json` is made by ``python -m training.analyses.int8 … --write``. Weights that are not in it have no int8.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

RANGES = Path(__file__).with_name("ranges.json")

Ranges = tuple[float, ...]
"""The largest input of each convolution but the first, above 0; the least is 0, behind a ReLU."""


class RangesError(ValueError):
    """The file holds no ranges; one sentence says so."""


@cache
def known() -> dict[str, Ranges]:
    """The committed ranges by their weights' digest (`checkpoints.digest`), read once."""
    return read_ranges(RANGES)


def read_ranges(path: Path) -> dict[str, Ranges]:
    """As `known`, of any file. RangesError where it holds something else."""
    try:
        entries = dict(json.loads(path.read_text("utf-8")))
        found = {digest: tuple(map(float, entry["largest"])) for digest, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RangesError(f"{path.name} holds no ranges; make it with training.analyses.int8.") from error
    if not all(math.isfinite(one) and one > 0 for largest in found.values() for one in largest):
        raise RangesError(f"{path.name} holds a range that is no number above 0; make it with training.analyses.int8.")
    return found
