"""From a study to its statistics: the votes as tables, the protocol in words, the report, and the masked live view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from cf_esrt import __version__
from cf_esrt.survey import export, flow, registration, washout
from cf_esrt.survey.counted import counted
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.export import RaterRow, Rating
from cf_esrt.survey.manifest import Stimulus
from cf_esrt.survey.organiser import Organiser
from cf_esrt.survey.protocol import LABELS, OPINIONS, ORIGINAL, Question
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
    from cf_esrt.survey.report import kinds, write_report
    from cf_esrt.survey.report.sessions import sessions
    from cf_esrt.survey.statistics.ratings import NobodyLeft, RatingsError

    organiser = survey.local_organiser()
    if not organiser.locked:  # with the scores in sight, a letter would hide nothing
        raise StudyError("The report is written once the study is locked; 'survey status' tells how far it is.")
    ratings, raters, votes = _ratings(survey, organiser), _raters(organiser), organiser.ratings()
    description, digest = _description(survey, organiser, command), export.votes_sha256(votes)
    further = kinds.sections(survey.protocol, votes, raters, description.subgroup_columns)
    if len(ratings) or further:
        further.append(sessions(organiser.raters(), votes))
    try:
        try:
            return write_report(ratings, description, folder, raters, further, digest)
        except NobodyLeft as error:
            explanation = (
                f"The protocol's rule, “{description.screening}”, leaves no rater of {error.question}, so the votes of "
                "all are reported."
            )
            everybody = replace(description, screening="none", screening_text=explanation)
            return write_report(ratings, everybody, folder, raters, further, digest)
    except RatingsError as error:
        raise StudyError(str(error)) from error


def live(survey: Survey) -> list[LiveQuestion]:
    """How wide the intervals are and how consistent the raters, question by question; scores and names after the lock
    alone. Empty before the first vote that counts.
    """
    from cf_esrt.survey.report import live_summary

    organiser, protocol = survey.local_organiser(), survey.protocol
    masked = organiser.locked is None  # asked once: the study may be locked meanwhile
    ratings = _ratings(survey, organiser, masked=masked)
    planned = len(protocol.images) * len(protocol.methods) * protocol.replicates
    voted = {row.rater: planned for row in organiser.raters() if row.votes}
    description = _description(survey, organiser, "", masked=masked)
    return live_summary(ratings, description, planned=voted, masked=masked)


def _ratings(survey: Survey, organiser: Organiser, *, masked: bool = False) -> pd.DataFrame:
    import pandas as pd

    also = {question.kind: [ask.name for ask in question.also or ()] for question in survey.protocol.questions}
    rows = []
    for one in organiser.ratings(masked=masked):
        if one.question not in OPINIONS:  # `kinds` has those
            continue
        expect = survey.plan(number_of(one.rater))[one.position].expect if one.kind == "gold" else None
        row = {**asdict(one), "expected": None if expect is None else sum(expect) / 2}
        further = row.pop("further")
        rows.append(row)
        for name in also[one.question]:
            rows.append(row | {"question": f"{one.question}: {name}", "score": further[name], "expected": None})
    return pd.DataFrame(rows, columns=[*(one.name for one in fields(Rating) if one.name != "further"), "expected"])


def _raters(organiser: Organiser) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([{**row.background, **_device(row), "rater": row.rater} for row in organiser.raters()])


DEVICE = ("device: pointer", "device: window", "device: pixels to a CSS pixel")
"""Columns that the results are also given by: how much they depend on the screens."""


def _device(row: RaterRow) -> dict[str, str | None]:
    """The rater's device, as the page reported it last."""
    seen = row.viewing
    touch, large, ratio = (seen.get(name) for name in ("touch", "large_enough", "device_pixel_ratio"))
    values = (
        None if touch is None else "touched" if touch else "mouse",
        None if large is None else "large enough" if large else "too small",
        f"{float(ratio):.3g}" if isinstance(ratio, (int, float)) else None,
    )
    return dict(zip(DEVICE, values, strict=True))


def _description(survey: Survey, organiser: Organiser, command: str, *, masked: bool = False) -> StudyDescription:
    from cf_esrt.survey.report import StudyDescription
    from cf_esrt.survey.report.description import PrimaryComparison

    protocol, status, rows = survey.protocol, organiser.status(), organiser.raters()
    names = [method.name for method in protocol.methods]
    return StudyDescription(
        title=protocol.title,
        questions={
            **{question.kind: question.text for question in protocol.questions},
            **{f"{one.kind}: {ask.name}": ask.text for one in protocol.questions for ask in one.also or ()},
        },
        methods=organiser.methods(masked=masked),
        reference=ORIGINAL if ORIGINAL in names and not masked else None,
        instructions=protocol.instructions,
        scale="; ".join(dict.fromkeys(_scale(question) for question in protocol.questions)),
        order=_order(survey),
        training=f"{len(protocol.training)} before each question, not counted." if protocol.training else "None.",
        stimuli="" if masked else _stimuli(survey),
        presentation=_presentation(survey) + _duration(organiser),
        recruitment=protocol.recruitment or "",
        viewing=_viewing(survey, organiser),
        ethics=f"{protocol.ethics or 'Approval is not stated.'} Raters agreed to: {protocol.consent}",
        screening=protocol.screening,
        tests="; ".join(dict.fromkeys(_tests(question, protocol.tests) for question in protocol.questions)),
        chosen=protocol.tests,
        comparisons=protocol.comparisons,
        primary=None if protocol.primary is None else PrimaryComparison(**protocol.primary.model_dump()),
        flow=tuple(flow.flow(rows)),
        registered_sha256=registration.digest(survey.registration) if survey.registration else "",
        order_secret="" if masked else survey.order_secret or "",
        subgroup_columns=(*(question.name for question in protocol.background), *(DEVICE if rows else ())),
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
    inputs = "enlarged as they are"
    if protocol.images_are == "ground-truth":
        inputs = "each shrunk to a quarter for the methods to enlarge"
    if protocol.longest_side is not None:
        inputs = f"those longer than {protocol.longest_side} pixels shrunk to that first (bicubic), {inputs}"
    tested = {method.name for method in protocol.methods}
    ready = {method.name for method in protocol.methods if method.folder is not None}
    origins = {one.method: _origin(one, one.method in ready) for one in survey.stimuli if one.method in tested}
    how = "; ".join(f"{name}: {words}" for name, words in origins.items())
    changed = survey.changed_stimuli()
    touched = (
        f" {len(changed)} picture files are not those that the study was opened with: {', '.join(changed)}. A picture "
        "is compared each time it is shown and refused where it differs, so no vote was given on another."
        if changed
        else ""
    )
    return (
        f"{len(protocol.images)} images ({', '.join(image.name for image in protocol.images)}), {inputs}; pictures "
        f"of at most {width} × {height} pixels, lossless. {how}.{touched}"
    )


def _origin(one: Stimulus, ready: bool) -> str:
    if ready:
        return "ready-made pictures"
    if one.method == ORIGINAL:
        return "the photographs, at the size that the raters saw"
    model, _, sha256 = one.made_with.partition(" ")
    weights = f", checkpoint SHA-256 {sha256}" if sha256 else ""
    ran = f", run by {one.engine} in {one.precision}" if one.engine else ""
    return f"the app's {model}{weights}{ran}"


def _presentation(survey: Survey) -> str:
    protocol = survey.protocol
    shown = "one at a time"
    if any(question.kind == "fidelity" for question in protocol.questions):
        shown += ", beside the reference where fidelity is asked"
    if any(question.shows_two for question in protocol.questions):
        shown += ", two of one image side by side where a pair is asked"
    if any(question.reference for question in protocol.questions):
        shown += ", the reference at an end of the row that is drawn"
    display = protocol.display
    size = "one pixel of the picture on one of the screen"
    if display is not None and display.pixel_mm is not None:
        size = f"one pixel of the picture on about {display.pixel_mm:g} mm, measured by a bank card"
    elif display is not None and display.scale > 1:
        size = f"one pixel of the picture on {display.scale} × {display.scale} of the screen"
    if display is not None and display.loupe:
        size += ", a loupe of twice the size at hand"
    return (
        f"On mid-grey (sRGB 128), {shown}, {size}, after at least 0.4 s of "
        f"grey. A vote is taken after {protocol.minimum_seconds:g} s and has no time limit; the last one may "
        f"{'be taken back' if protocol.undo else 'not be taken back'}. A break is suggested after "
        f"{protocol.breaks.after_items} items or {protocol.breaks.after_minutes} minutes."
    )


def _scale(question: Question) -> str:
    """How a question is answered, as a report names it."""
    if question.kind == "pair":
        return f"Paired comparison, {'ties allowed' if question.ties else 'forced choice'}"
    if question.kind == "real":
        return "Two-alternative forced choice of the photograph" if question.as_pair else "Photograph or synthetic"
    if question.kind == "diagnosis":
        return f"One of {', '.join(question.choices or ())}; confidence 1 to 5"
    labels = LABELS if question.labels is None else dict(enumerate(question.labels, 1))
    return (
        f"Absolute category rating: {', '.join(f'{score} {labels[score]}' for score in sorted(labels, reverse=True))}"
    )


def _tests(question: Question, chosen: Sequence[str]) -> str:
    """What is worked out of a question's answers."""
    return {
        "pair": "Bradley–Terry and Thurstone's case V, raters as clusters, Holm over the pairs",
        "real": "shares that are right, over readers and over images",
        "diagnosis": "sensitivity and specificity; areas under the ROC curve by Obuchowski and Rockette",
    }.get(question.kind, ", ".join(chosen))


def _order(survey: Survey) -> str:
    secret = ", mixed with a secret that was told at the lock" if survey.order_secret else ""
    protocol = survey.protocol
    kinds = {question.kind for question in protocol.questions}
    parts = []
    if protocol.adaptive:
        parts.append("Pairs chosen for each rater by expected information after the answers so far, which the log has")
    elif kinds - {"diagnosis"}:
        parts.append("Methods (or pairs of them) in the rows of a Williams square, the next row for the next rater")
    if kinds - {"diagnosis"}:
        parts.append("no image twice in a row")
    if protocol.gold:
        parts.append("gold items spread")
    if "diagnosis" in kinds:
        parts.append(
            f"{'diagnoses' if parts else 'Diagnoses'} in {protocol.sitting_count} sittings, no patient twice in one, "
            f"methods turned from rater to rater; a patient is shown again after {washout.days(protocol)} days or more"
        )
    return f"{'; '.join(parts)}. Seed {protocol.seed}{secret}; each rater's order is printed by 'survey plan'."


def _duration(organiser: Organiser) -> str:
    times: dict[str, list[str]] = {}
    for one in organiser.ratings():
        times.setdefault(one.rater, []).append(one.at)
    minutes = flow.session_minutes(times)
    if minutes is None:
        return ""
    return f" A rater voted for {minutes:.{0 if minutes >= 10 else 1}f} minutes in the median, breaks left out."


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
        read = sum(all(one.get(f"plate_{axis}_seen") == one.get(f"plate_{axis}_shown") for axis in axes)
                   for one in plates)  # fmt: skip
        parts.append(f"all colour plates read by {read} of {len(plates)} (no medical test)")
    logged = "; ".join(parts)
    of = counted(len(seen), "rater")
    return f"{room} Asked for: {asked or 'nothing'}. Logged of {of}, none left out for it: {logged}."


def _numbers(seen: Sequence[Mapping[str, object]], name: str) -> list[float]:
    """What was logged under a name, where it is a number."""
    return [value for one in seen if isinstance(value := one.get(name), (int, float)) and not isinstance(value, bool)]
