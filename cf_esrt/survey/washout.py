"""Between the sittings of a diagnosis: nobody reads a patient again before the memory of the last reading is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations

from cf_esrt.survey.design import Planned
from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import Protocol

DAYS = 28
"""Where the protocol says nothing: as reader studies have it."""


def days(protocol: Protocol) -> int:
    return DAYS if protocol.washout_days is None else protocol.washout_days


def begins(plan: Sequence[Planned], place: int) -> bool:
    """Whether a sitting of a diagnosis begins with that item, and another one, or another question, went before."""
    if not 0 < place < len(plan) or plan[place].question != "diagnosis":
        return False
    before = plan[place - 1]
    return (before.question, before.sitting) != (plan[place].question, plan[place].sitting)


def opens(protocol: Protocol, plan: Sequence[Planned], times: Sequence[str]) -> datetime | None:
    """When the sitting of the next item opens: so many days after the last look at any of its patients, whatever was
    asked then. ``times``: of the rater's votes, ISO 8601, in the plan's order. None where no sitting begins there, or
    none of its patients was seen.
    """
    place = len(times)
    if not begins(plan, place):
        return None
    whose = {image.name: image.whose for image in protocol.all_images()}
    sitting = {whose[item.image] for item in plan
               if (item.question, item.sitting) == (plan[place].question, plan[place].sitting)}  # fmt: skip
    seen = [time for item, time in zip(plan, times, strict=False) if whose[item.image] in sitting]
    return datetime.fromisoformat(max(seen)) + timedelta(days=days(protocol)) if seen else None


def shortest(protocol: Protocol, readings: Sequence[Rating]) -> float | None:
    """Days between a rater's two readings of one patient, the fewest of all; None where nobody read one twice."""
    whose = {image.name: image.whose for image in protocol.images}
    times: dict[tuple[str, str], list[datetime]] = {}
    for one in readings:
        times.setdefault((one.rater, whose[one.image]), []).append(datetime.fromisoformat(one.at))
    gaps = [abs(b - a) for own in times.values() for a, b in combinations(own, 2)]
    return min(gaps) / timedelta(days=1) if gaps else None
