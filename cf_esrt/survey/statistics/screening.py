"""Who votes without looking: the rule that leaves random clickers out and honest raters in.

BT.500's count finds observers far from the others, and seldom a random clicker, whose votes on a five-point scale are
seldom two standard deviations off. P.913 correlates each rater with the others' means instead; its fixed threshold
turns honest raters away where methods differ little. The rule here asks the same as a test: could these votes come from
somebody who does not look at the pictures? A rater stays who shows that they look, in either way:

- **agreement**: their votes go with the mean vote of the other raters (and, on gold items, with the expected vote);
- **retest**: their votes go with their own on the replicates, so that a taste of one's own is no reason to leave.

Each is Pearson's correlation, one-sided, at `ALPHA`; someone who gives every picture the same vote shows nothing. A
rater who misses most of the gold items by more than one step leaves in any case. As in P.913, the worst rater leaves
first and the means of the others are taken again. Where fewer than two others are left to compare with, and gold items
are few, votes can show nothing: who did not give the same vote throughout stays, and the report says who is unchecked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from cf_esrt.survey.statistics.bt500 import bt500
from cf_esrt.survey.statistics.opinion import nanmean
from cf_esrt.survey.statistics.ratings import RatingsError, Votes, check_ratings, rows_where, votes_of

ALPHA = 0.02
"""Of each of the two tests, so that a random clicker stays in four of a hundred cases at most."""
GOLD_STEPS = 1
"""A gold vote is right within so many steps of the expected one, as in the P.910 crowd toolkit."""
GOLD_SHARE = 0.5
"""Fewer right gold votes than this share, and a rater leaves."""
FEWEST_ITEMS = 5
"""Correlations over fewer items show nothing."""
FEWEST_OTHERS = 2
DOUBTFUL_SHARE = 0.25

Rule = Literal["looking", "bt500", "none"]
RULES: tuple[Rule, ...] = ("looking", "bt500", "none")


@dataclass(frozen=True)
class RaterCheck:
    """One rater's figures; NaN where there is nothing to take them from."""

    rater: str
    votes: int
    mean: float
    correlation: float
    """with the mean of the other raters who stay, and with the expected votes of gold items"""
    agreement_p: float
    """that somebody who does not look agrees as much"""
    retest: float
    """correlation of the first and the second vote on replicates"""
    retest_p: float
    gold_right: int
    gold: int
    bt500: bool
    """BT.500's count rejects them; always reported"""
    kept: bool
    reason: str = ""
    """why they left, a sentence for the report"""


@dataclass(frozen=True)
class Screening:
    rule: Rule
    raters: tuple[RaterCheck, ...]
    gold: bool
    """whether there were gold items"""
    unchecked: int = 0
    """raters who stay because nobody is left to compare them with"""

    @property
    def kept(self) -> list[str]:
        return [one.rater for one in self.raters if one.kept]

    @property
    def left_out(self) -> list[RaterCheck]:
        return [one for one in self.raters if not one.kept]

    @property
    def remark(self) -> str:
        """A warning where the rule itself is in doubt, else empty."""
        if self.unchecked:
            return (
                f"Raters who stay unchecked: {self.unchecked} of {len(self.raters)}. A comparison needs "
                f"{FEWEST_OTHERS} others who stay, or votes on {FEWEST_ITEMS} gold items."
            )
        if self.rule == "looking" and not self.gold and len(self.left_out) > DOUBTFUL_SHARE * len(self.raters):
            return (
                f"Raters left out: {len(self.left_out)} of {len(self.raters)}, without gold items to tell them by. "
                "Where the methods look alike, careful raters cannot be told from careless ones. Look at the results "
                'with the rule "none" beside these.'
            )
        return ""


@dataclass(frozen=True)
class Gold:
    """Gold items: votes (raters × items, NaN where there is none) and what was expected (items)."""

    scores: np.ndarray
    expected: np.ndarray


def screen(votes: Votes, gold: Gold | None = None, rule: Rule = "looking") -> Screening:
    """Every rater's figures, and who stays by ``rule``; RatingsError of an unknown rule or gold of other raters.

    "looking" is the module's rule, "bt500" the Recommendation's, "none" keeps everybody and tells the figures.
    """
    if rule not in RULES:
        raise RatingsError(f"The screening rule {rule!r} is unknown; known are {', '.join(RULES)}.")
    if gold is not None and len(gold.scores) != len(votes.raters):
        raise RatingsError(f"The gold votes are of {len(gold.scores)} raters, the others of {len(votes.raters)}.")
    stimuli = votes.stimuli
    own = nanmean(stimuli, 2)
    retest, retest_p = _retest(stimuli)
    right, asked = _gold_counts(gold, len(own))
    failed_gold = (asked > 0) & (right < GOLD_SHARE * asked)
    by_bt500 = np.array([one.rejected for one in bt500(votes)])
    kept = np.ones(len(own), dtype=bool)
    unchecked = np.zeros(len(own), dtype=bool)
    differs = np.nan_to_num(own - nanmean(own, 1)[:, None]).any(1) & (np.isfinite(own).sum(1) >= FEWEST_ITEMS)
    incomparable = differs & np.isnan(retest_p) & (asked < FEWEST_ITEMS)
    if rule == "looking":
        kept &= ~failed_gold
    correlation, agreement_p = _agreement(own, kept, gold)
    if rule == "bt500":
        kept &= ~by_bt500
    while rule == "looking":
        doubtful = kept & ~(agreement_p <= ALPHA) & ~(retest_p <= ALPHA)  # an unknown p shows nothing
        unchecked = doubtful & incomparable & (kept.sum() <= FEWEST_OTHERS)
        doubtful &= ~unchecked
        if not doubtful.any():
            break
        # the least correlated leaves first; a rater without a correlation (all votes equal) before all others
        worst = np.where(doubtful, np.nan_to_num(correlation, nan=-2.0), np.inf).argmin()
        kept[worst] = False
        correlation, agreement_p = _agreement(own, kept, gold)
    checks = []
    for k, rater in enumerate(votes.raters):
        reason = ""
        if not kept[k]:
            reason = _reason(rule, bool(failed_gold[k]), int(right[k]), int(asked[k]))
        checks.append(
            RaterCheck(
                rater,
                votes=int(np.isfinite(stimuli[k]).sum()),
                mean=float(nanmean(stimuli[k], (0, 1))),
                correlation=float(correlation[k]),
                agreement_p=float(agreement_p[k]),
                retest=float(retest[k]),
                retest_p=float(retest_p[k]),
                gold_right=int(right[k]),
                gold=int(asked[k]),
                bt500=bool(by_bt500[k]),
                kept=bool(kept[k]),
                reason=reason,
            )
        )
    return Screening(rule, tuple(checks), gold is not None, int(unchecked.sum()))


def gold_of(ratings: pd.DataFrame, question: str, raters: Sequence[str]) -> Gold | None:
    """The gold votes of these raters, None where the table has none.

    A column ``expected`` (1 to 5) says what a careful rater votes; where it is missing or empty, the median of all
    raters' votes on the item stands for it.
    """
    table = rows_where(rows_where(check_ratings(ratings), "kind", ["gold"]), "question", [question])
    if table.empty:
        return None
    votes = votes_of(table, question, kind="gold")
    places = {rater: k for k, rater in enumerate(votes.raters)}
    stimuli = votes.stimuli.reshape(len(votes.raters), -1)
    asked = np.isfinite(stimuli).sum(0) > 0
    scores = np.full((len(raters), int(asked.sum())), np.nan)
    for k, rater in enumerate(raters):
        if rater in places:
            scores[k] = stimuli[places[rater], asked]
    expected = np.nanmedian(stimuli[:, asked], 0)
    if "expected" in table.columns:
        rated = table.assign(score=pd.to_numeric(table["expected"], errors="coerce")).dropna(subset="score")
        if not rated.empty:
            values = rated.groupby(["image", "method", "replicate"])["score"].first()
            names = [
                (image, method, replicate)
                for image in votes.images
                for method in votes.methods
                for replicate in sorted(set(table["replicate"]))
            ]
            kept_names = [names[place] for place in np.flatnonzero(asked)]
            expected = np.array(
                [values.get(name, default) for name, default in zip(kept_names, expected, strict=True)], dtype=float
            )
    return Gold(scores, expected)


def _agreement(own: np.ndarray, kept: np.ndarray, gold: Gold | None) -> tuple[np.ndarray, np.ndarray]:
    """Each rater's correlation with the kept others' means, and its one-sided p → raters, raters."""
    among = np.where(kept[:, None], own, np.nan)
    total = np.nansum(among, 0)[None] - np.nan_to_num(among)
    count = np.isfinite(among).sum(0)[None] - np.isfinite(among)
    reference = np.where(count >= FEWEST_OTHERS, total / np.maximum(count, 1), np.nan)
    scores = own
    if gold is not None:
        scores = np.concatenate([own, gold.scores], 1)
        reference = np.concatenate([reference, np.broadcast_to(gold.expected, gold.scores.shape)], 1)
    return _correlation(scores, reference)


def _retest(stimuli: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each rater's correlation of their first two votes on the same stimulus, and its p → raters, raters."""
    if stimuli.shape[2] < 2:
        unknown = np.full(len(stimuli), np.nan)
        return unknown, unknown
    return _correlation(stimuli[:, :, 0], stimuli[:, :, 1])


def _correlation(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pearson's r of each row, and the one-sided p of Student's t for it; NaN of few or equal numbers."""
    both = np.isfinite(first) & np.isfinite(second)
    count = both.sum(1)
    a, b = (np.where(both, values, np.nan) for values in (first, second))
    a, b = (np.nan_to_num(values - nanmean(values, 1)[:, None]) for values in (a, b))
    spread = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    usable = (count >= FEWEST_ITEMS) & (spread > 1e-12)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(usable, np.clip((a * b).sum(1) / spread, -1.0, 1.0), np.nan)
        statistic = r * np.sqrt((count - 2) / np.maximum(1 - r**2, 1e-15))
    return r, np.where(usable, stats.t.sf(statistic, np.maximum(count - 2, 1)), np.nan)


def _gold_counts(gold: Gold | None, raters: int) -> tuple[np.ndarray, np.ndarray]:
    if gold is None:
        return np.zeros(raters, dtype=int), np.zeros(raters, dtype=int)
    right = np.abs(gold.scores - gold.expected) <= GOLD_STEPS
    return right.sum(1), np.isfinite(gold.scores).sum(1)


def _reason(rule: Rule, failed_gold: bool, right: int, asked: int) -> str:
    if rule == "bt500":
        return "Too many votes far from the others' on both sides (BT.500)."
    if failed_gold:
        return f"{right} of {asked} gold items within {GOLD_STEPS} of the expected vote."
    return "The votes go neither with the others' means nor with the rater's own replicates."
