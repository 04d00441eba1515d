"""What a subjective test has to report, filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cf_esrt.survey.report.analysis import Analysis
from cf_esrt.survey.report.description import StudyDescription

NOT_STATED = "Not stated."
SOURCE = (
    "The items follow a summary of ITU-T P.910 (10/2023), clause 14: device, room, raters, instructions, order,"
    " screening, statistics. The clause's own text was not at hand when this list was made: compare them before"
    " claiming that a study conforms."
)
"""What the list was made from, said under it."""


@dataclass(frozen=True)
class Item:
    topic: str
    answer: str

    @property
    def stated(self) -> bool:
        return self.answer != NOT_STATED


def checklist(description: StudyDescription, analyses: Sequence[Analysis]) -> list[Item]:
    """In the order a methods section has: test, stimuli, viewing, raters, session, screening, statistics."""
    design = _design(description, analyses)
    counts = [
        f"{description.raters_invited} invited" if description.raters_invited is not None else "",
        f"{description.raters_finished} finished" if description.raters_finished is not None else "",
        *(
            f"{one.question}: {len(one.screening.raters)} with votes, {len(one.screening.left_out)} screened out"
            for one in analyses
        ),
    ]
    asked = " ".join(f"{name}: {wording}" for name, wording in description.questions.items())
    dates = " ".join(
        part
        for part in (
            f"Opened {description.opened}." if description.opened else "",
            f"Locked {description.locked}." if description.locked else "",
        )
        if part
    )
    rules = {
        "looking": "Agreement, replicates and gold items; the rule stands at the table of raters.",
        "bt500": "ITU-R BT.500-15, once.",
        "none": "Nobody was screened out.",
    }
    rule = rules[description.screening] if analyses else "Nobody was screened out: the rules are for scores on a scale."
    answers = [
        ("Test method and scale", description.scale),
        ("Question", asked),
        ("Instructions to raters", description.instructions),
        ("Source images and processing", description.stimuli),
        ("Design", design),
        ("Methods compared", ", ".join(description.methods or (analyses[0].votes.methods if analyses else ()))),
        ("Device, screen and room", description.viewing),
        ("Presentation", description.presentation),
        ("Raters: who, how recruited, vision", description.recruitment),
        ("Number of raters", "; ".join(part for part in counts if part)),
        ("Consent and ethics", description.ethics),
        ("Training", description.training),
        ("Order of presentation", description.order),
        ("Screening of raters", " ".join(part for part in (description.screening_text, rule) if part)),
        ("Analysis laid down beforehand", description.tests),
        (
            "Statistics",
            ("MOS with SD and 95% intervals, all raters' figures" if analyses else "Estimates with 95% intervals")
            + " and all tests: in the tables of this report.",
        ),
        ("Dates", dates),
        ("Protocol, SHA-256", description.protocol_sha256),
        ("Command", description.command),
    ]
    return [Item(topic, " ".join(answer.split()) or NOT_STATED) for topic, answer in answers]


def _design(description: StudyDescription, analyses: Sequence[Analysis]) -> str:
    hidden = f", hidden reference {description.reference}" if description.reference else ", no hidden reference"
    if not analyses:
        return f"{len(description.methods)} methods{hidden}"
    votes = analyses[0].votes
    replicates = votes.scores.shape[3]
    each = f", up to {replicates} votes each by one rater" if replicates > 1 else ", one vote each by one rater"
    return f"{len(votes.images)} images × {len(votes.methods)} methods{each}{hidden}"
