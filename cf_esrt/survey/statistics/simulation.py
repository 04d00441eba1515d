"""Studies whose truth is known: what the statistics are checked on, and what shows how much a study can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize, stats

from cf_esrt.survey.statistics.ratings import HIGHEST, LOWEST, Votes

THRESHOLDS = np.arange(LOWEST, HIGHEST) + 0.5
"""A latent opinion becomes the nearest vote; beyond the ends, the end."""


@dataclass(frozen=True)
class Population:
    """Latent opinion = method + rater + image + rater × method + image × method + noise, all normal."""

    methods: tuple[float, ...]
    """latent means"""
    noise: tuple[tuple[float, ...], ...] | tuple[float, ...] = (0.8,)
    """standard deviations of a vote's noise: a rater has any of these with equal chance, an inconsistent one a great
    one; or one such tuple a method, of equal lengths"""
    rater: float = 0.4
    """bias of raters"""
    image: float = 0.3
    rater_method: float = 0.2
    image_method: float = 0.2

    @property
    def levels(self) -> np.ndarray:
        """noise as methods × levels"""
        array = np.asarray(self.noise, dtype=float)
        return np.broadcast_to(array, (len(self.methods), array.shape[-1]))


def expected_vote(latent: np.ndarray | float, sd: np.ndarray | float) -> np.ndarray:
    """The mean vote of a normal opinion; shapes broadcast."""
    latent, sd = np.asarray(latent, dtype=float)[..., None], np.asarray(sd, dtype=float)[..., None]
    return LOWEST + stats.norm.sf(THRESHOLDS, latent, sd).sum(-1)


def vote_sd(latent: np.ndarray | float, sd: np.ndarray | float) -> np.ndarray:
    """The standard deviation of such votes."""
    latent, sd = np.asarray(latent, dtype=float)[..., None], np.asarray(sd, dtype=float)[..., None]
    above = stats.norm.sf(THRESHOLDS, latent, sd)
    weights = 2 * np.arange(len(THRESHOLDS)) + 1  # (v − 1)² as a sum over thresholds passed
    return np.sqrt((weights * above).sum(-1) - above.sum(-1) ** 2)


def latent_of(mos: float, sd: float) -> tuple[float, float]:
    """The mean and standard deviation of the normal opinion whose votes have these; ValueError where there is none."""

    def distance(latent: np.ndarray) -> list[float]:
        centre, spread = latent[0], np.exp(latent[1])
        return [float(expected_vote(centre, spread)) - mos, float(vote_sd(centre, spread)) - sd]

    # `optimize.root` is this solver among ten, whose types take the type checker a seventh of its time.
    solution, _, found, _ = optimize.fsolve(distance, [mos, np.log(sd)], full_output=True)
    if found != 1:
        raise ValueError(f"No normal opinion gives votes of {mos} ± {sd}.")
    return float(solution[0]), float(np.exp(solution[1]))


@dataclass(frozen=True)
class Studies:
    """Simulated studies and their truth."""

    votes: np.ndarray
    """float, studies × raters × images × methods × replicates"""
    mos: np.ndarray
    """studies × methods: the mean vote of all raters there could be, on the study's images"""
    everywhere: np.ndarray
    """methods: the mean vote of all raters on all images there could be"""

    def study(self, number: int) -> Votes:
        scores = self.votes[number]
        raters, images, methods, _ = scores.shape
        return Votes(numbered("rater", raters), numbered("image", images), numbered("method", methods), scores)


def simulate(
    population: Population,
    *,
    studies: int,
    raters: int,
    images: int,
    replicates: int = 1,
    generator: np.random.Generator,
) -> Studies:
    """Draw studies: raters and images anew in each."""
    methods = len(population.methods)
    normal = generator.standard_normal
    stimulus = (
        np.asarray(population.methods)
        + population.image * normal((studies, images, 1))
        + population.image_method * normal((studies, images, methods))
    )
    own = population.rater * normal((studies, raters, 1)) + population.rater_method * normal((studies, raters, methods))
    levels = population.levels
    drawn = generator.integers(levels.shape[1], size=(studies, raters))
    noise = np.moveaxis(levels[:, drawn], 0, -1)  # studies × raters × methods
    latent = (stimulus[:, None] + own[:, :, None])[..., None] + noise[:, :, None, :, None] * normal(
        (studies, raters, images, methods, replicates)
    )
    between = population.rater**2 + population.rater_method**2
    spread = np.sqrt(between + levels**2)  # methods × levels
    mos = expected_vote(stimulus[..., None], spread).mean((1, 3))
    spread = np.sqrt(between + population.image**2 + population.image_method**2 + levels**2)
    everywhere = expected_vote(np.asarray(population.methods)[:, None], spread).mean(1)
    return Studies(np.clip(np.round(latent), LOWEST, HIGHEST), mos, everywhere)


CLICKS = ("uniform", "central", "constant")


def clicks(kind: str, shape: Sequence[int], generator: np.random.Generator) -> np.ndarray:
    """Votes of raters who do not look; raters on the first axis.

    "uniform": each vote alike; "central": 3 most often, the ends seldom; "constant": always the same vote.
    """
    if kind == "constant":
        own = generator.integers(LOWEST, HIGHEST + 1, size=shape[0])
        return np.broadcast_to(own.reshape(-1, *[1] * (len(shape) - 1)), shape).astype(float)
    chances = {"uniform": [0.2] * 5, "central": [0.05, 0.25, 0.4, 0.25, 0.05]}[kind]
    return generator.choice(np.arange(LOWEST, HIGHEST + 1), size=tuple(shape), p=chances).astype(float)


def with_clickers(votes: Votes, kinds: Sequence[str], generator: np.random.Generator) -> Votes:
    """The study with further raters who do not look, one a kind, named after it."""
    _, *shape = votes.scores.shape
    added = [clicks(kind, (1, *shape), generator) for kind in kinds]
    names = tuple(f"{kind} clicker {k + 1}" for k, kind in enumerate(kinds))
    return replace(votes, raters=votes.raters + names, scores=np.concatenate([votes.scores, *added]))


def table_of(votes: Votes, question: str = "realism", kind: str = "test") -> pd.DataFrame:
    """The votes as the tidy table that the store exports."""
    places = np.argwhere(np.isfinite(votes.scores))
    names = (votes.raters, votes.images, votes.methods)
    columns = {
        name: [values[k] for k in places[:, axis]]
        for axis, (name, values) in enumerate(zip(("rater", "image", "method"), names, strict=True))
    }
    scores = votes.scores[tuple(places.T)].astype(int)
    return pd.DataFrame({**columns, "replicate": places[:, 3] + 1, "question": question, "score": scores, "kind": kind})


def numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name} {k + 1:02d}" for k in range(count))
