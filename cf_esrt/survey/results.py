"""From a study to its statistics: the votes as tables, the protocol in words, the report, and the masked live view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from cf_esrt import __version__
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.export import Rating
from cf_esrt.survey.manifest import Stimulus
from cf_esrt.survey.organiser import Organiser
from cf_esrt.survey.protocol import ORIGINAL
from cf_esrt.survey.session import number_of
from cf_esrt.survey.survey import Survey

if TYPE_CHECKING:  # pandas and scipy: a page that takes votes does without
    import pandas as pd

    from cf_esrt.survey.report import LiveQuestion, StudyDescription


def write(survey: Survey, folder: Path, command: str = "") -> list[Path]:
    """Write the report of a locked study; gives its files. StudyError before the lock or without a vote. ``command``
    is what somebody can type to get the same.

    Where the protocol's screening leaves nobody of a question, as it can in a small study, nobody is left out, and the
    report says so.
    """
    from cf_esrt.survey.report import write_report
    from cf_esrt.survey.statistics.ratings import NobodyLeft, RatingsError

    organiser = survey.organiser_on_the_spot()
    if not organiser.locked:  # with the scores in sight, a letter would hide nothing
        raise StudyError("The report is written once the study is locked; 'survey status' tells how far it is.")
    ratings, raters = _ratings(survey, organiser), _raters(organiser)
    description = _description(survey, organiser, command)
    try:
        try:
            return write_report(ratings, description, folder, raters)
        except NobodyLeft as error:
            explanation = (
                f"The protocol's rule, “{description.screening}”, leaves no rater of {error.question}, so the votes of "
                "all are reported."
            )
            everybody = replace(description, screening="none", screening_text=explanation)
            return write_report(ratings, everybody, folder, raters)
    except RatingsError as error:
        raise StudyError(str(error)) from error


def live(survey: Survey) -> list[LiveQuestion]:
    """How wide the intervals are and how consistent the raters, question by question; scores and names after the lock
    alone. Empty before the first vote that counts.
    """
    from cf_esrt.survey.report import live_summary

    organiser, protocol = survey.organiser_on_the_spot(), survey.protocol
    ratings = _ratings(survey, organiser)
    planned = len(protocol.images) * len(protocol.methods) * protocol.replicates
    voted = {row.rater: planned for row in organiser.raters() if row.votes}
    masked = organiser.locked is None
    return live_summary(ratings, _description(survey, organiser, ""), planned=voted, masked=masked)


def _ratings(survey: Survey, organiser: Organiser) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for one in organiser.ratings():
        expect = survey.plan(number_of(one.rater))[one.position].expect
        rows.append({**asdict(one), "expected": None if expect is None else sum(expect) / 2})
    return pd.DataFrame(rows, columns=[*(field.name for field in fields(Rating)), "expected"])


def _raters(organiser: Organiser) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([{**row.background, "rater": row.rater} for row in organiser.raters()])


def _description(survey: Survey, organiser: Organiser, command: str) -> StudyDescription:
    from cf_esrt.survey.report import StudyDescription

    protocol, status = survey.protocol, organiser.status()
    names = [method.name for method in protocol.methods]
    return StudyDescription(
        title=protocol.title,
        questions={question.kind: question.text for question in protocol.questions},
        methods=organiser.methods(),
        reference=ORIGINAL if ORIGINAL in names and status.locked else None,
        instructions=protocol.instructions,
        order=f"Methods in the rows of a Williams square, the next row for the next rater; no image twice in a row; "
        f"gold items spread. Seed {protocol.seed}; each rater's order is printed by 'survey plan'.",
        training=f"{len(protocol.training)} before each question, not counted." if protocol.training else "None.",
        stimuli=_stimuli(survey) if status.locked else "",
        presentation=_presentation(survey),
        recruitment=protocol.recruitment or "",
        viewing=_viewing(survey, organiser),
        ethics=protocol.consent,
        screening=protocol.screening,
        tests=", ".join(protocol.tests),
        subgroup_columns=tuple(question.name for question in protocol.background),
        raters_invited=status.codes,
        raters_finished=status.finished,
        opened=_moment(status.opened),
        locked=_moment(status.locked) if status.locked else "",
        protocol_sha256=protocol.sha256,
        command=command,
        versions={"cf-esrt": __version__},
    )


def _moment(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def _stimuli(survey: Survey) -> str:
    protocol, (width, height) = survey.protocol, survey.largest
    inputs = "shrunk to a quarter first" if protocol.images_are == "ground-truth" else "enlarged as they are"
    tested = {method.name for method in protocol.methods}
    ready = {method.name for method in protocol.methods if method.folder is not None}
    origins = {one.method: _origin(one, one.method in ready) for one in survey.stimuli if one.method in tested}
    how = "; ".join(f"{name}: {words}" for name, words in origins.items())
    return (
        f"{len(protocol.images)} images ({', '.join(image.name for image in protocol.images)}), {inputs}; pictures "
        f"of at most {width} × {height} pixels, lossless. {how}."
    )


def _origin(one: Stimulus, ready: bool) -> str:
    if ready:
        return "ready-made pictures"
    if one.method == ORIGINAL:
        return "the photographs themselves"
    model, _, sha256 = one.made_with.partition(" ")
    weights = f", checkpoint SHA-256 {sha256}" if sha256 else ""
    ran = f", run by {one.engine} in {one.precision}" if one.engine else ""
    return f"the app's {model}{weights}{ran}"


def _presentation(survey: Survey) -> str:
    protocol = survey.protocol
    shown = "one at a time"
    if any(question.kind == "fidelity" for question in protocol.questions):
        shown += ", beside the reference where fidelity is asked"
    return (
        f"On mid-grey (sRGB 128), {shown}, one pixel of the picture on one of the screen, after at least 0.4 s of "
        f"grey. A vote is taken after {protocol.minimum_seconds:g} s and has no time limit; the last one may "
        f"{'be taken back' if protocol.undo else 'not be taken back'}. A break is suggested after "
        f"{protocol.breaks.after_items} items or {protocol.breaks.after_minutes} minutes."
    )


def _viewing(survey: Survey, organiser: Organiser) -> str:
    """The room as the protocol tells it, what was asked for, and what was logged; no rater is left out for it."""
    room = survey.protocol.room or "Room, light and viewing distance are not stated."
    asked = ", ".join(survey.protocol.viewing)
    seen = [row.viewing for row in organiser.raters() if row.votes and row.viewing]
    if not seen:
        return f"{room} {f'Asked for: {asked}' if asked else 'Nothing was asked for'}."
    parts = []
    ratios = Counter(_numbers(seen, "device_pixel_ratio"))
    if ratios:
        parts.append("device pixel ratio " + ", ".join(f"{k:g} ({n})" for k, n in sorted(ratios.items())))
    small = sum(one.get("large_enough") is False for one in seen)
    parts.append(f"window smaller than the largest picture needs: {small}")
    zooms = _numbers(seen, "zoom_percent")
    if zooms:
        parts.append(f"zoom away from 100%: {sum(not 95 <= zoom <= 105 for zoom in zooms)} of {len(zooms)} known")
    for name, words in (("dark_steps", "on black"), ("light_steps", "on white")):
        steps = _numbers(seen, name)
        if steps:
            parts.append(f"grey squares seen {words}: median {median(steps):g} of 8")
    axes = ("control", "protan", "deutan", "tritan")
    plates = [one for one in seen if "plate_control_shown" in one]
    if plates:
        read = sum(all(one[f"plate_{axis}_seen"] == one[f"plate_{axis}_shown"] for axis in axes) for one in plates)
        parts.append(f"all colour plates read by {read} of {len(plates)} (no medical test)")
    logged = "; ".join(parts)
    return f"{room} Asked for: {asked or 'nothing'}. Logged of {len(seen)} raters, none left out for it: {logged}."


def _numbers(seen: Sequence[Mapping[str, object]], name: str) -> list[float]:
    """What was logged under a name, where it is a number."""
    return [value for one in seen if isinstance(value := one.get(name), (int, float)) and not isinstance(value, bool)]
