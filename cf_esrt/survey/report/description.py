"""What a report says about a study beside its votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cf_esrt.survey.statistics.screening import Rule


@dataclass(frozen=True)
class PrimaryComparison:
    """What the protocol names."""

    question: str
    first: str
    second: str
    margin: float
    """0: a difference is asked for; more: that ``first`` is not worse by this much."""


@dataclass(frozen=True)
class StudyDescription:
    """Facts of the study, mostly the protocol's own; an empty text is reported as not stated."""

    title: str
    questions: Mapping[str, str]
    """name in the votes' ``question`` column → the words that raters read"""
    methods: tuple[str, ...] = ()
    """their order in tables; empty: as in the votes, sorted. Include the hidden reference"""
    reference: str | None = None
    """the hidden reference among the methods"""
    instructions: str = ""
    scale: str = "Absolute category rating: 5 Excellent, 4 Good, 3 Fair, 2 Poor, 1 Bad"
    order: str = ""
    """how each rater's order is drawn, with the seed"""
    training: str = ""
    stimuli: str = ""
    """where the images come from, their size, how each method was run"""
    presentation: str = ""
    """how a picture is shown: grey surround, 1:1, minimum viewing time, breaks"""
    viewing: str = ""
    """device, screen, room, distance: what was asked for and what was checked"""
    recruitment: str = ""
    """who the raters are, how they were found and paid, what vision tests they had"""
    ethics: str = ""
    """consent, ethics approval, what is stored of a person"""
    screening: Rule = "looking"
    screening_text: str = ""
    """what the protocol says of screening, where that is more than the rule"""
    tests: str = ""
    """the analysis that was laid down before the first vote"""
    chosen: tuple[str, ...] = ("friedman", "wilcoxon-holm", "mixed-model")
    """the tests that are computed"""
    comparisons: tuple[tuple[str, str], ...] | None = None
    """pairs of methods that are tested; None: every pair"""
    primary: PrimaryComparison | None = None
    flow: tuple[tuple[str, int], ...] = ()
    """how many raters came how far"""
    registered_sha256: str = ""
    order_secret: str = ""
    half_width: float = 0.25
    """the ± that the study aims at, in votes"""
    subgroup_columns: tuple[str, ...] = ()
    raters_invited: int | None = None
    raters_finished: int | None = None
    opened: str = ""
    locked: str = ""
    protocol_sha256: str = ""
    command: str = ""
    """the command that wrote the report"""
    versions: Mapping[str, str] = field(default_factory=dict)
    """programs and packages → version"""
