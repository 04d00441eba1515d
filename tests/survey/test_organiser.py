"""The organiser's view: masked until the lock; the password; the tables."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import pytest

from cf_esrt.survey import crypto, export
from cf_esrt.survey.errors import Refused, StudyError, WrongPassword
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, prepared, settings, vote

GOLD = [{"image": "p1", "method": "original", "expect": [4, 5]}, {"image": "p2", "method": "esrt", "expect": [1, 2]}]


def test_methods_are_masked_until_the_lock(tmp_path):
    survey, codes = opened(tmp_path / "s", settings(gold=GOLD), raters=2)
    for code in codes:
        session = at_the_items(survey, code)
        while session.item() is not None:
            vote(session)
    organiser = survey.organiser(PASSWORD)
    masked = organiser.ratings()
    assert organiser.methods() == ("A", "B", "C")
    assert {row.method for row in masked} == {"A", "B", "C"}
    organiser.lock()
    named = organiser.ratings()
    assert organiser.methods() == ("original", "bicubic", "esrt")
    mask = {(before.method, after.method) for before, after in zip(masked, named, strict=True)}
    assert len(mask) == 3
    assert [item.method for item in survey.plan(1)] == [row.method for row in named if row.rater == "R001"]
    with pytest.raises(Refused, match=r"was locked on \d{4}-\d\d-\d\dT\d\d:\d\d UTC already"):
        organiser.lock()


def test_the_masks_are_the_studys_own_and_not_the_protocols():
    methods = ["original", "bicubic", "esrt", "cf-esrt"]
    orders = {tuple(crypto.masked_names(f"{number:064x}", methods).items()) for number in range(40)}
    assert len(orders) > 10
    many = crypto.masked_names("00" * 32, [str(number) for number in range(30)])
    assert len(set(many.values())) == 30
    assert {"A", "Z", "AA", "AD"} <= set(many.values())


def test_the_password(tmp_path):
    folder = prepared(tmp_path / "s", settings())
    with pytest.raises(Refused, match="at least 10 characters"):
        Survey.open(folder, "short")
    with pytest.raises(Refused, match="at least 10 characters"):
        Survey.open(folder, "")
    with pytest.raises(StudyError, match="not open yet"):
        Survey.attach(folder)
    survey = Survey.open(folder, PASSWORD)
    for wrong in ("", "admin", PASSWORD + " ", PASSWORD[:-1]):
        with pytest.raises(WrongPassword, match="not the study's password"):
            survey.organiser(wrong)
    assert survey.organiser(PASSWORD).status().codes == 0
    assert PASSWORD.encode() not in folder.log.read_bytes() + folder.database.read_bytes()
    with pytest.raises(StudyError, match=r"was opened on .* already"):
        Survey.open(folder, "another password")
    assert Survey.attach(folder).organiser(PASSWORD)


def test_an_open_study_refuses_another_protocol_and_other_stimuli(tmp_path):
    survey, _ = opened(tmp_path / "s")
    folder = survey.folder
    text, listed = folder.protocol.read_text("utf-8"), folder.manifest.read_text("utf-8")
    folder.protocol.write_text("# only a remark\n" + text, "utf-8")
    assert Survey.attach(folder).protocol == survey.protocol
    folder.protocol.write_text(text.replace("A test", "Another test"), "utf-8")
    with pytest.raises(StudyError, match="The protocol was edited after the study was opened on"):
        Survey.attach(folder)
    folder.protocol.write_text(text, "utf-8")
    changed = json.loads(listed)
    changed["stimuli"][0]["pixels"] = "0" * 64
    folder.manifest.write_text(json.dumps(changed), "utf-8")
    with pytest.raises(StudyError, match="not those that the study was opened with"):
        Survey.attach(folder)


def test_status_and_raters(tmp_path):
    survey, (first, second, _) = opened(tmp_path / "s", settings(gold=GOLD, viewing=["zoom"]), raters=3)
    session = at_the_items(survey, first)
    while session.item() is not None:
        vote(session, 5)
    vote(at_the_items(survey, second))
    organiser = survey.organiser(PASSWORD)
    status = organiser.status()
    assert (status.planned, status.codes, status.started, status.finished) == (15, 3, 2, 1)
    assert (status.votes, status.items, status.locked, status.log_behind) == (15, 14, None, 0)
    rows = organiser.raters()
    assert [(row.rater, row.votes, row.items) for row in rows] == [("R001", 14, 14), ("R002", 1, 14), ("R003", 0, 14)]
    assert (rows[0].gold_items, rows[0].gold_misses) == (2, 1)
    assert rows[0].finished is not None
    assert rows[0].viewing == {"zoom": 1.0}
    assert rows[2].consented is None


def test_more_raters_later(tmp_path):
    survey, codes = opened(tmp_path / "s", raters=2)
    organiser = survey.organiser(PASSWORD)
    more = organiser.add_raters(3)
    assert [label for label, _ in more] == ["R003", "R004", "R005"]
    assert [code for _, code in organiser.codes()] == codes + [code for _, code in more]
    assert len({code for _, code in organiser.codes()}) == 5
    for count in (0, -1, 10_000):
        with pytest.raises(Refused, match="from 1; a study has at most 10,000"):
            organiser.add_raters(count)


def test_the_tables(tmp_path):
    background = [{"name": "role", "text": "What are you?", "choices": ["=physician", "other"]}]
    survey, (code, _) = opened(tmp_path / "s", settings(background=background), raters=2)
    vote(at_the_items(survey, code), 4, 1234)
    organiser = survey.organiser(PASSWORD)
    rows = list(csv.DictReader(io.StringIO(export.ratings_csv(organiser.ratings()))))
    columns = "rater image method question replicate score seconds position at kind server_seconds other sitting"
    assert " ".join(rows[0]) == columns
    assert (rows[0]["rater"], rows[0]["score"], rows[0]["seconds"], rows[0]["kind"]) == ("R001", "4", "1.234", "test")
    raters = list(csv.DictReader(io.StringIO(export.raters_csv(organiser.raters()))))
    assert raters[0]["background:role"] == "'=physician"  # no formula for a spreadsheet to run
    assert raters[0]["viewing:zoom"] == "1.0"
    assert raters[1]["background:role"] == ""
    assert code not in export.raters_csv(organiser.raters())


def test_nothing_of_a_person_is_stored(tmp_path):
    """The columns of the store, so that an address or a name cannot slip in unseen."""
    survey, _ = opened(tmp_path / "s")
    with sqlite3.connect(survey.folder.database) as connection:
        columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in ("rater", "vote")
        }
    assert columns == {
        "rater": [
            "study",
            "number",
            "code",
            "turns",
            "consented",
            "background",
            "viewing",
            "finished",
            "withdrawn",
            "external",
            "qualified",
            "pairs",
        ],  # the recruiting service's own name for who comes by the open link
        "vote": ["study", "rater", "position", "score", "shown_ms", "at", "waited_ms", "further"],
    }
