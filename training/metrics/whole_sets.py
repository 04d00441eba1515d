"""Measures that a set of photographs has as a whole, and what each photograph contributes to them.

A ratio of sums over all photographs (dots that are true over dots shown) is no mean of one number a photograph. Each
photograph's sums are kept instead, so that leaving one out, or drawing them anew, costs an addition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Values = Mapping[str, np.ndarray]
"""name → the measure, one for each row of sums."""


def influence_values(sums: np.ndarray, values: Callable[[np.ndarray], Values]) -> dict[str, np.ndarray]:
    """name → one number a photograph, whose mean is the set's measure and whose spread is each photograph's influence.

    ``sums``: N×K, a row a photograph; ``values``: rows of sums (…×K) to measures (…). The numbers are the measure plus
    the photograph's jackknife influence (Davison and Hinkley 1997, *Bootstrap Methods*, 2.7.3): resampling their mean
    is the bootstrap of the measure to first order, and a difference of two methods keeps its pairs.
    """
    total = sums.sum(0)
    whole = values(total)
    if len(sums) < 2:
        return {name: np.full(len(sums), float(value)) for name, value in whole.items()}
    without = values(total - sums)
    return {name: from_left_out(float(whole[name]), without[name]) for name in whole}


def from_left_out(whole: float, without: np.ndarray) -> np.ndarray:
    """As `influence_values`, of a measure and what it is without each photograph (N)."""
    return whole + (len(without) - 1) * (without.mean() - without)
