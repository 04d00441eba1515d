"""How long raters took, and what an organiser was to look at, rater by rater, in the report."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from cf_esrt.survey.export import RaterRow, Rating
from cf_esrt.survey.flow import session_minutes
from cf_esrt.survey.report.section import Columns, Section
from cf_esrt.survey.report.tables import Table


def sessions(raters: Sequence[RaterRow], ratings: Sequence[Rating]) -> Section:
    """Times by the server's clock; a rater without a vote has no row."""
    columns: Columns = (
        ("rater", "text"), ("votes", "count"), ("minutes, breaks left out", "score"),
        ("seconds a vote, median", "score"), ("shortest", "score"), ("finished", "text"), ("marks", "text"),
    )  # fmt: skip
    rows = []
    for row in raters:
        own = [one for one in ratings if one.rater == row.rater]
        waited = [one.server_seconds for one in own if one.server_seconds is not None]
        if not own:
            continue
        minutes = session_minutes({row.rater: [one.at for one in own]})
        middle, least = (median(waited), min(waited)) if waited else (None, None)
        done = "yes" if row.finished else "no"
        rows.append((row.rater, len(own), minutes, middle, least, done, "; ".join(row.marks)))
    note = (
        "Seconds from an item's turn to its vote, the picture's way and the grey before it included. A mark (always "
        "the same answer, gold items missed, haste) is no verdict: screening alone leaves raters out."
    )
    table = Table("times", "Sessions", columns, tuple(rows), note)
    return Section("Raters' sessions", "", "Times and marks of every rater with a vote.", (table,))
