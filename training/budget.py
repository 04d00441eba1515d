"""As many steps as fit into the minutes that there are: a lent GPU comes by the minute, its speed known only then."""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable

from training.train import Run

WINDOW = 20.0
"""Seconds over which the speed is taken: other processes on the same machine come and go."""
FIRST_STEPS = 10
"""Steps before the first fit: they are slow, since libraries are loaded and kernels chosen in them."""
EVERY = 2.0
"""Seconds between two fits."""


class Budget:
    """Ends the run's phase after ``minutes`` from now; its learning rate's schedule spans the steps that fit.

    The fit is made anew every other second, so that a speed that changes moves the end of the schedule, not the end of
    the time. Validations count as time. Not repeatable to the bit: how many steps were made is in the state.
    """

    def __init__(self, minutes: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.ends = clock() + 60 * minutes
        self._seen: deque[tuple[float, int]] = deque()

    def fit(self, run: Run) -> None:
        """To be called after each step."""
        now = self.clock()
        if now >= self.ends:
            set_steps(run, run.step)
        elif run.step >= FIRST_STEPS and (not self._seen or now - self._seen[-1][0] >= EVERY):
            self._seen.append((now, run.step))
            while now - self._seen[0][0] > WINDOW and len(self._seen) > 2:
                self._seen.popleft()
            began, step = self._seen[0]
            if now > began:
                left = (run.step - step) / (now - began) * (self.ends - now)
                set_steps(run, run.step + max(1, round(left)))
        if now < self.ends and run.phase.steps <= run.step:
            set_steps(run, run.step + 1)


def set_steps(run: Run, steps: int) -> None:
    """Make the run's phase end after ``steps``, with the schedule of its learning rate."""
    changed = dataclasses.replace(run.phase, steps=steps)
    phases = tuple(changed if i == run.phase_index else phase for i, phase in enumerate(run.config.phases))
    run.config = dataclasses.replace(run.config, phases=phases)
