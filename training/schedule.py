"""The learning rate over a phase."""

from __future__ import annotations

import math

from training.config import Phase

HALVED_EVERY = 20
"""Epochs of the schedule ``halving``."""


def rate_at(phase: Phase, step: int, images: int) -> float:
    """The learning rate at a step (from 0) of the phase; an epoch has as many crops as there are photographs."""
    rate = phase.learning_rate * (min(1.0, (step + 1) / phase.warmup) if phase.warmup else 1.0)
    if phase.schedule == "halving":
        return rate * 0.5 ** (step * phase.batch // images // HALVED_EVERY)
    if phase.schedule == "cosine":
        return rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / phase.steps)))
    return rate
