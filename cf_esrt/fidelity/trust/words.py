"""A share in words and figures that never say that there is more, or less: only all is 100%, and only none is 0%."""

from __future__ import annotations

from cf_esrt.sentences import capitalised


def percent(share: float) -> str:
    """A share (0 to 1) in whole per cent, such as "98%", or "over 99%" and "under 1%" where rounding would say all or
    none."""
    rounded = f"{four_digits(share):.0%}"  # as a label says it, which is made of its record
    if rounded == "100%" and share < 1:
        return "over 99%"
    return "under 1%" if rounded == "0%" and share > 0 else rounded


def four_digits(share: float) -> float:
    """A share (0 to 1) as records hold it; sentences are made of it too."""
    rounded = round(share, 4)
    return rounded if share in (0, 1) else min(max(rounded, 0.0001), 0.9999)


def unveiled(share: float) -> str:
    """One sentence: how much of a result is unveiled."""
    return capitalised(f"{percent(share)} is unveiled.")
