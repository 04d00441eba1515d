"""Statistics of opinion scores: from a tidy table of votes to means, intervals, screening, agreement and tests.

The table has a vote a row (`check_ratings`); everything else takes `Votes`, its array.
"""

from __future__ import annotations

from cf_esrt.survey.statistics.agreement import Icc, icc, ordinal_alpha
from cf_esrt.survey.statistics.bt500 import Bt500, bt500
from cf_esrt.survey.statistics.comparison import Comparison, Pair, compare
from cf_esrt.survey.statistics.intervals import Interval
from cf_esrt.survey.statistics.mixed import MixedModel, mixed_model
from cf_esrt.survey.statistics.opinion import (
    Opinion,
    StimulusOpinion,
    differential_opinions,
    opinions,
    stimulus_opinions,
)
from cf_esrt.survey.statistics.power import RatersNeeded, raters_needed
from cf_esrt.survey.statistics.ratings import COLUMNS, KINDS, RatingsError, Votes, check_ratings, votes_of
from cf_esrt.survey.statistics.screening import RULES, Rule, Screening, gold_of, screen
from cf_esrt.survey.statistics.subgroups import Subgroup, subgroups
from cf_esrt.survey.statistics.subjects import SubjectModel, rater_bias, subject_model, without_bias

__all__ = [
    "COLUMNS",
    "KINDS",
    "RULES",
    "Bt500",
    "Comparison",
    "Icc",
    "Interval",
    "MixedModel",
    "Opinion",
    "Pair",
    "RatersNeeded",
    "RatingsError",
    "Rule",
    "Screening",
    "StimulusOpinion",
    "Subgroup",
    "SubjectModel",
    "Votes",
    "bt500",
    "check_ratings",
    "compare",
    "differential_opinions",
    "gold_of",
    "icc",
    "mixed_model",
    "opinions",
    "ordinal_alpha",
    "rater_bias",
    "raters_needed",
    "screen",
    "stimulus_opinions",
    "subgroups",
    "subject_model",
    "votes_of",
    "without_bias",
]
