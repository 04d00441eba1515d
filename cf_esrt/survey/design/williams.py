"""Williams squares (Williams 1949, "Experimental designs balanced for the estimation of residual effects")."""

from __future__ import annotations


def williams(count: int) -> tuple[tuple[int, ...], ...]:
    """A Williams square of ``count`` treatments: ``count`` rows, twice as many where it is odd.

    In every column each treatment occurs equally often, and in the rows each ordered pair of neighbours does.
    """
    first = [0]
    for step in range(1, count):
        first.append((first[-1] + (step if step % 2 else -step)) % count)
    rows = [tuple((treatment + shift) % count for treatment in first) for shift in range(count)]
    if count % 2:
        rows += [tuple(reversed(row)) for row in rows]
    return tuple(rows)
