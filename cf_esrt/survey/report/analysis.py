"""Every statistic of one question, worked out once; tables, plots and JSON only show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from cf_esrt.survey.report.description import StudyDescription
from cf_esrt.survey.statistics.agreement import Icc, icc, ordinal_alpha
from cf_esrt.survey.statistics.comparison import Comparison, Pair, compare, holm
from cf_esrt.survey.statistics.mixed import Contrast, MixedModel, mixed_model
from cf_esrt.survey.statistics.opinion import (
    Opinion,
    StimulusOpinion,
    differential_opinions,
    opinions,
    sos_of,
    stimulus_opinions,
)
from cf_esrt.survey.statistics.power import Detectable, RatersNeeded, detectable, raters_needed
from cf_esrt.survey.statistics.ratings import NobodyLeft, RatingsError, Votes, votes_of
from cf_esrt.survey.statistics.screening import Screening, gold_of, screen
from cf_esrt.survey.statistics.subgroups import Subgroup, subgroups
from cf_esrt.survey.statistics.subjects import SubjectModel, rater_bias, subject_model, without_bias

P = TypeVar("P", Pair, Contrast)


@dataclass(frozen=True)
class Analysis:
    """One question's results. All but ``screening``, ``everybody`` and ``subjects`` are of the raters who stay."""

    question: str
    wording: str
    votes: Votes
    screening: Screening
    opinions: tuple[Opinion, ...]
    everybody: tuple[Opinion, ...]
    """without screening"""
    unbiased: tuple[Opinion, ...]
    """after P.913's bias removal"""
    weighed: SubjectModel
    """the scores with each rater weighed by their consistency"""
    subjects: SubjectModel
    """of everybody, for the bias and inconsistency of those who leave as well"""
    subject_raters: tuple[str, ...]
    bias: np.ndarray
    """P.913's, of the raters who stay"""
    stimuli: tuple[StimulusOpinion, ...]
    sos: float
    dmos: tuple[Opinion, ...]
    icc: Icc
    alpha: float
    by_rater: Comparison
    by_image: Comparison
    mixed: MixedModel | None
    mixed_missing: str
    """why there is no mixed model, else empty"""
    needed: tuple[RatersNeeded, ...]
    detectable: Detectable | None
    subgroups: tuple[Subgroup, ...]


def analyse(
    ratings: pd.DataFrame, question: str, description: StudyDescription, raters: pd.DataFrame | None = None
) -> Analysis:
    """``raters`` has a row a rater, with the description's subgroup columns. RatingsError where none suffice."""
    everybody = votes_of(ratings, question, methods=description.methods or None)
    screening = screen(everybody, gold_of(ratings, question, everybody.raters), description.screening)
    votes = everybody.of_raters(screening.kept)
    if not votes.raters:
        raise NobodyLeft(question)
    mixed, missing = None, ""
    if "mixed-model" in description.chosen:
        try:
            mixed = _named_contrasts(mixed_model(votes), description.comparisons)
        except RatingsError as error:
            missing = str(error)
    has_reference = description.reference is not None and description.reference in votes.methods
    aims = sorted({description.half_width, 0.5, 0.25, 0.1}, reverse=True)
    needed = [one for one in (raters_needed(votes, aim) for aim in aims) if one is not None]
    groups: list[Subgroup] = []
    if raters is not None and description.subgroup_columns:
        groups = subgroups(votes, raters, description.subgroup_columns)
    return Analysis(
        question,
        description.questions.get(question, ""),
        votes,
        screening,
        opinions=tuple(opinions(votes)),
        everybody=tuple(opinions(everybody)),
        unbiased=tuple(opinions(without_bias(votes))),
        weighed=subject_model(votes),
        subjects=subject_model(everybody),
        subject_raters=everybody.raters,
        bias=rater_bias(votes),
        stimuli=tuple(stimulus_opinions(votes)),
        sos=sos_of(votes),
        dmos=tuple(differential_opinions(votes, description.reference or "")) if has_reference else (),
        icc=icc(votes),
        alpha=ordinal_alpha(votes),
        by_rater=_chosen(compare(votes, "rater"), description),
        by_image=_chosen(compare(votes, "image"), description),
        mixed=mixed,
        mixed_missing=missing,
        needed=tuple(needed),
        detectable=detectable(votes),
        subgroups=tuple(groups),
    )


def _chosen(comparison: Comparison, description: StudyDescription) -> Comparison:
    """Without what the protocol does not ask for: Friedman's test, pairs, or pairs that it does not name."""
    if "friedman" not in description.chosen:
        nothing = float("nan")
        comparison = replace(comparison, friedman=nothing, friedman_p=nothing, kendall_w=nothing)
    if "wilcoxon-holm" not in description.chosen:
        return replace(comparison, pairs=())
    named = _named(comparison.pairs, description.comparisons)
    corrected = holm([pair.p for pair in named])
    return replace(comparison, pairs=tuple(replace(a, p_holm=p) for a, p in zip(named, corrected, strict=True)))


def _named_contrasts(model: MixedModel, comparisons: tuple[tuple[str, str], ...] | None) -> MixedModel:
    named = _named(model.contrasts, comparisons)
    corrected = holm([one.p for one in named])
    return replace(model, contrasts=tuple(replace(a, p_holm=p) for a, p in zip(named, corrected, strict=True)))


def _named(pairs: Sequence[P], comparisons: tuple[tuple[str, str], ...] | None) -> list[P]:
    wanted = None if comparisons is None else {frozenset(pair) for pair in comparisons}
    return [pair for pair in pairs if wanted is None or frozenset((pair.first, pair.second)) in wanted]
