"""From a study to its statistics."""

from __future__ import annotations

import json
import re

import pytest

from cf_esrt.survey import results
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.organiser import Organiser
from tests.survey.studies import at_the_items, opened, settings

LIKES = {"original": 5, "bicubic": 2, "esrt": 3}


def study(tmp_path, wrong: int = 0, **changes):
    """Four raters with the same taste, of whom so many vote without looking."""
    survey, codes = opened(tmp_path, settings(replicates=2, **changes), raters=4)
    for number, code in enumerate(codes):
        session = at_the_items(survey, code)
        while (item := session.item()) is not None:
            score = LIKES[survey.plan(number + 1)[item.position].method]
            session.vote(item.token, 3 if number < wrong else score - (item.position == number), 1500)
    return survey


def test_there_is_no_report_before_the_lock(tmp_path):
    survey = study(tmp_path)
    with pytest.raises(StudyError, match="once the study is locked"):
        results.write(survey, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_the_report_has_the_studys_words_and_votes(tmp_path):
    survey = study(tmp_path, gold=[{"image": "p0", "method": "bicubic", "expect": [1, 3]}],
                   recruitment="Three students, paid.", room="A dark room.")  # fmt: skip
    survey.local_organiser().lock()
    files = results.write(survey, tmp_path / "report", "the command")
    report = json.loads(next(path for path in files if path.name == "report.json").read_text("utf-8"))
    assert report["study"]["protocol_sha256"] == survey.protocol.sha256
    assert report["study"]["methods"] == ["original", "bicubic", "esrt"]
    assert report["study"]["reference"] == "original"
    assert report["study"]["command"] == "the command"
    assert "bicubic: the app's bicubic; esrt" in report["study"]["stimuli"]
    assert re.search(
        r"esrt: the app's esrt, checkpoint SHA-256 [0-9a-f]{64}, run by auto in float32", report["study"]["stimuli"]
    )
    assert report["checklist"]["Raters: who, how recruited, vision"] == "Three students, paid."
    assert report["checklist"]["Device, screen and room"].startswith("A dark room. Asked for: zoom")
    question = report["questions"][0]
    assert question["votes"] == 4 * 4 * 3 * 2
    assert {one["rater"]: (one["gold_right"], one["gold"]) for one in question["screening"]["raters"]} == {
        f"R{number:03d}": (1, 1) for number in range(1, 5)
    }


def test_a_study_whose_screening_leaves_nobody_has_its_report(tmp_path):
    survey = study(tmp_path, wrong=4)
    survey.local_organiser().lock()
    results.write(survey, tmp_path / "report")
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["study"]["screening"] == "none"
    assert "leaves no rater of realism" in report["checklist"]["Screening of raters"]


def test_the_live_view_is_masked_until_the_lock(tmp_path):
    survey = study(tmp_path, wrong=1)
    (before,) = results.live(survey)
    assert [one.label for one in before.methods] == ["A", "B", "C"]
    assert [one.mos for one in before.methods] == [None] * 3
    assert [one.looking for one in before.raters] == [False, True, True, True]
    survey.local_organiser().lock()
    (after,) = results.live(survey)
    assert {one.label for one in after.methods} == set(LIKES)
    assert all(one.mos is not None for one in after.methods)


def test_the_live_view_of_a_study_that_is_locked_meanwhile_is_masked_throughout(tmp_path, monkeypatch):
    survey = study(tmp_path, wrong=1)
    read = Organiser.ratings

    def lock_first(self, **options):
        if not self.locked:
            self.lock()
        return read(self, **options)

    monkeypatch.setattr(Organiser, "ratings", lock_first)
    (found,) = results.live(survey)
    assert [one.label for one in found.methods] == ["A", "B", "C"]
    assert [one.mos for one in found.methods] == [None] * 3
    (found,) = results.live(survey)
    assert {one.label for one in found.methods} == set(LIKES)


def test_there_is_no_report_before_the_first_vote(tmp_path):
    survey, _ = opened(tmp_path)
    assert results.live(survey) == []
    survey.local_organiser().lock()
    with pytest.raises(StudyError, match="no test votes"):
        results.write(survey, tmp_path / "report")
