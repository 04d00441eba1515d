"""Each kind of question, from the protocol to its part of the report."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from cf_esrt.survey import export, results
from cf_esrt.survey import session as session_module
from cf_esrt.survey.errors import AlreadyVoted, BadVote, Washout
from cf_esrt.survey.protocol_file import ProtocolError, read
from cf_esrt.survey.statistics.reader import from_imrmc
from cf_esrt.survey.store import store as store_module
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, folder, opened, settings

WORTH = {"original": 3.0, "esrt": 1.5, "bicubic": 0.0}


def lock_and_report(survey: Survey) -> dict:
    survey.organiser(PASSWORD).lock()
    written = results.write(survey, survey.folder.report)
    assert all(path.exists() for path in written)
    page = (survey.folder.report / "report.html").read_text("utf-8")
    assert "<table" in page
    report = json.loads((survey.folder.report / "report.json").read_text("utf-8"))
    table = export.BOM + export.ratings_csv(survey.local_organiser().ratings())
    assert report["votes_sha256"] == hashlib.sha256(table.encode()).hexdigest()  # of every question's votes
    return report


def section(report: dict, kind: str) -> dict:
    return next(one for one in report["sections"] if one["question"] == kind)


def test_pairs_from_protocol_to_report(tmp_path):
    given = settings(5, questions=[{"kind": "pair", "ties": True}])
    survey, codes = opened(tmp_path / "s", given, raters=8)
    sides: Counter[tuple[str, str]] = Counter()
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        generator = np.random.default_rng(number)
        while (item := session.item()) is not None:
            planned = survey.plan(number)[item.position]
            assert item.other is not None
            assert planned.other is not None
            assert survey.picture(item.token) != survey.picture(item.other)
            sides[planned.method, planned.other] += 1
            latent = WORTH[planned.method] - WORTH[planned.other] + generator.logistic()
            session.vote(item.token, 3 if abs(latent) < 0.3 else 1 if latent > 0 else 2, 1500)
    assert sum(sides.values()) == 8 * 5 * 3
    assert set(sides.values()) == {20}  # each side equally often: swapped from rater to rater
    found = section(lock_and_report(survey), "pair")
    worths, preferences, groups = found["tables"]
    assert {(row[0], row[1], row[2]) for row in groups["rows"]} == {(name, "not stated", 8) for name in results.DEVICE}
    assert [row[3:5] for row in groups["rows"][:3]] == [row[1:3] for row in worths["rows"][:3]]  # one group is all
    order = [row[1] for row in worths["rows"] if row[0] == "Bradley–Terry" and row[1] in WORTH]
    scale = {row[1]: row[2] for row in worths["rows"] if row[0] == "Bradley–Terry"}
    assert sorted(order, key=lambda name: -scale[name]) == ["original", "esrt", "bicubic"]
    assert {row[0] for row in worths["rows"]} == {"Bradley–Terry", "Thurstone, case V"}
    assert sum(row[2] + row[3] + row[4] for row in preferences["rows"]) == 120
    assert "the left was chosen in" in found["summary"]


def test_pairs_against_one_method_and_answers_that_are_none(tmp_path):
    given = settings(4, questions=[{"kind": "pair", "against": "original"}])
    survey, (code,) = opened(tmp_path / "s", given)
    assert all("original" in (item.method, item.other) for item in survey.plan(1))
    assert len(survey.plan(1)) == 8
    session = at_the_items(survey, code)
    item = session.item()
    assert item is not None
    for score in (0, 3):  # no tie is allowed
        with pytest.raises(BadVote, match=r"from 1 \(Left\) to 2 \(Right\)"):
            session.vote(item.token, score, 1500)


def test_real_or_synthetic(tmp_path):
    given = settings(4, questions=[{"kind": "real", "confidence": True}])
    survey, codes = opened(tmp_path / "s", given, raters=3)
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        while (item := session.item()) is not None:
            method = survey.plan(number)[item.position].method
            with pytest.raises(BadVote, match="answer every question"):
                session.vote(item.token, 1, 1500)
            said = 2 if method == "original" or (method == "esrt" and number == 1) else 1
            session.vote(item.token, said, 1500, {"confidence": 4})
    found = section(lock_and_report(survey), "real")
    rows = {row[0]: row[2:5] for row in found["tables"][0]["rows"]}
    assert rows == {"original": [12, 0, 1.0], "bicubic": [0, 12, 1.0], "esrt": [4, 8, pytest.approx(2 / 3)]}
    assert "Balanced accuracy 0.92" in found["summary"]


def test_a_pair_beside_the_reference(tmp_path):
    given = settings(6, questions=[{"kind": "pair", "reference": True, "against": "bicubic"}])
    survey, codes = opened(tmp_path / "s", given, raters=2)
    sides = Counter()
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        while (item := session.item()) is not None:
            planned = survey.plan(number)[item.position]
            assert item.reference is not None
            assert item.other is not None
            shown = [survey.picture(token).name for token in (item.reference, item.token, item.other)]
            wanted = ["original", planned.method, planned.other]
            assert shown == [survey._manifest.find(planned.image, method).file for method in wanted]
            sides[item.reference_first] += 1
            session.vote(item.token, 1, 1500)
    assert min(sides.values()) >= 4  # of 24 on a drawn side: fewer come once in 3,800 studies
    survey.close()


def test_which_of_two_is_the_photograph(tmp_path):
    given = settings(4, questions=[{"kind": "real", "as_pair": True}])
    survey, codes = opened(tmp_path / "s", given, raters=3)
    left = 0  # the study's secret draws the sides: rater 1's wrong answers fall on either
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        assert session.state().total == 8
        while (item := session.item()) is not None:
            planned = survey.plan(number)[item.position]
            assert "original" in (planned.method, planned.other)
            assert item.text == "Which of the two is the photograph?"
            fooled = number == 1 and "esrt" in (planned.method, planned.other)
            right = 1 if planned.method == "original" else 2
            answer = 3 - right if fooled else right
            left += answer == 1
            session.vote(item.token, answer, 1500)
    found = section(lock_and_report(survey), "real")
    rows = {row[0]: row[1:4] for row in found["tables"][0]["rows"]}
    assert rows == {"bicubic": [12, 0, 1.0], "esrt": [8, 4, pytest.approx(2 / 3)]}
    assert "The photograph was found in 0.83" in found["summary"]
    assert f"the left was chosen in {left / 24:.0%}" in found["summary"]


def diagnosis() -> dict:
    given = settings(
        6,
        questions=[{"kind": "diagnosis", "choices": ["benign", "malignant"], "positive": "malignant"}],
        washout_days=7,
    )
    given["images"] = [
        {"file": f"images/p{k}.png", "truth": ("benign", "malignant")[k % 2], "patient": f"P{k}"} for k in range(6)
    ]
    return given


class Clock(datetime):
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)

    @classmethod
    def now(cls, tz=None):
        return cls.moment


def test_a_reader_study_in_sittings(tmp_path, monkeypatch):
    at_a_time(monkeypatch)
    survey, codes = opened(tmp_path / "s", diagnosis(), raters=4)
    generator = np.random.default_rng(0)
    for number, code in enumerate(codes, 1):
        plan = survey.plan(number)
        for sitting in (1, 2, 3):
            own = [item for item in plan if item.sitting == sitting]
            assert len({item.image for item in own}) == len(own) == 6  # no patient twice in one sitting
        assert len({(item.image, item.method) for item in plan}) == 18
        session = at_the_items(survey, code)
        waits = 0
        while (state := session.state()).stage != "finished":
            if state.stage == "washout":
                assert session.item() is None
                assert state.next_sitting is not None
                waits += 1
                Clock.moment += timedelta(days=7)
                continue
            item = session.item()
            assert item is not None
            planned = plan[item.position]
            ill = int(planned.image[1:]) % 2
            right = generator.random() < {"original": 0.95, "esrt": 0.8, "bicubic": 0.6}[planned.method]
            said = ill if right else 1 - ill
            session.vote(item.token, said + 1, 1500, {"confidence": int(generator.integers(1, 6))})
        assert waits == 2
    report = lock_and_report(survey)
    found = section(report, "diagnosis")
    assert [table["key"] for table in found["tables"]] == ["accuracy", "areas", "areas-pairs", "groups"]
    assert {row[2] for row in found["tables"][3]["rows"]} == {None}  # four readers could be told by name
    times = section(report, "Raters' sessions")["tables"][0]["rows"]
    assert [row[:2] for row in times] == [[f"R{number:03d}", 18] for number in range(1, 5)]
    readings = from_imrmc((survey.folder.report / "readings.imrmc").read_text("utf-8"))
    assert readings.scores.shape == (3, 4, 6)
    assert set(np.unique(np.abs(readings.scores))) <= {1, 2, 3, 4, 5}


def test_what_a_diagnosis_needs_is_told_all_at_once(tmp_path):
    given = diagnosis()
    given["images"][0]["truth"] = "perhaps"
    given["images"][3]["patient"] = "P2"
    given["sittings"] = 3
    given["training"] = [{"image": "p5", "method": "esrt"}]
    with pytest.raises(ProtocolError) as error:
        read(folder(tmp_path / "s", given).protocol)
    text = str(error.value)
    assert "needs the 'truth' of 'p0'" in text
    assert "'sittings' has to be a multiple of 3, the number of methods, from 6 to 18" in text
    assert "The patient of 'p5' would come twice in one sitting; show another patient first." in text


def test_sittings_are_a_diagnosis_own(tmp_path):
    with pytest.raises(ProtocolError, match="'sittings' is for the question 'diagnosis'"):
        read(folder(tmp_path / "s", settings(4, sittings=2)).protocol)


def at_a_time(monkeypatch) -> None:
    monkeypatch.setattr(store_module, "datetime", Clock)
    monkeypatch.setattr(session_module, "datetime", Clock)
    monkeypatch.setattr(Clock, "moment", Clock.moment)


def two_pictures_of_a_patient(**changes) -> dict:
    """Six pictures of four patients: two have two each."""
    given = diagnosis() | changes
    for number, patient in enumerate(("P0", "P0", "P2", "P2", "P4", "P5")):
        given["images"][number]["patient"] = patient
    return given


def test_two_pictures_of_a_patient_come_in_sittings_of_their_own(tmp_path, monkeypatch):
    at_a_time(monkeypatch)
    survey, codes = opened(tmp_path / "s", two_pictures_of_a_patient(), raters=6)
    whose = {image.name: image.whose for image in survey.protocol.images}
    met: Counter[tuple[int, str, str]] = Counter()
    for number in range(1, 7):
        plan = survey.plan(number)
        assert {item.sitting for item in plan} == set(range(1, 7))
        for sitting in range(1, 7):
            own = [item for item in plan if item.sitting == sitting]
            assert len({whose[item.image] for item in own}) == len(own) == 3
            assert len({item.method for item in own}) == 3
            met.update((sitting, item.image, item.method) for item in own)
        assert len({(item.image, item.method) for item in plan}) == 18
    assert set(met.values()) == {1}  # over methods × groups of raters, every picture by every method in every sitting
    session, plan = at_the_items(survey, codes[0]), survey.plan(1)
    first = session.item()
    assert first is not None
    assert first.sitting == session_module.Sitting(1, 6, 0, 3)
    assert len(session.upcoming(2)) == 2
    for place in range(3):
        item = session.item()
        assert item is not None
        ahead = session.upcoming(4)
        assert len(ahead) == 3 - place  # nothing of the next sitting is told
        session.vote(item.token, 1, 1500, {"confidence": 3})
    assert session.state().stage == "washout"
    assert session.upcoming(2) == []
    due = survey.token(1, 3, "picture")
    with pytest.raises(Washout, match="The next sitting is not open yet; your code brings you back to it"):
        session.vote(due, 1, 1500, {"confidence": 3})
    with pytest.raises(AlreadyVoted):
        session.vote(item.token, 1, 1500, {"confidence": 3})
    (row, *_) = survey.local_organiser().raters()
    assert row.next_sitting == "2026-01-08T00:00+00:00"
    Clock.moment += timedelta(days=6, hours=23)
    assert session.state().next_sitting == "2026-01-08T00:00:00+00:00"
    Clock.moment += timedelta(hours=1)
    state = session.state()
    assert (state.stage, state.next_sitting) == ("items", None)
    assert state.suggest_break
    session.vote(due, 1, 1500, {"confidence": 3})
    assert [one.sitting for one in survey.local_organiser().ratings()] == [1, 1, 1, 2]
    survey.close()


def test_a_sitting_of_other_patients_waits_for_nothing(tmp_path, monkeypatch):
    """More sittings than the patients ask for: a rater may go on at once where no patient comes again."""
    at_a_time(monkeypatch)
    survey, (code,) = opened(tmp_path / "s", diagnosis() | {"sittings": 6})
    session = at_the_items(survey, code)
    stages = []
    while (state := session.state()).stage != "finished":
        stages.append(state.stage)
        if state.stage == "washout":
            Clock.moment += timedelta(days=7)
            continue
        item = session.item()
        assert item is not None
        session.vote(item.token, 1, 1500, {"confidence": 3})
        Clock.moment += timedelta(hours=1)
    # a round is two sittings of three patients; the next waits for those of the first, and by then the others are due
    assert [place for place, stage in enumerate(stages) if stage == "washout"] == [6, 13]
    survey.close()


def test_a_patient_seen_in_another_question_is_washed_out_too(tmp_path, monkeypatch):
    at_a_time(monkeypatch)
    given = diagnosis()
    given["questions"].insert(0, "realism")
    survey, (code,) = opened(tmp_path / "s", given)
    session = at_the_items(survey, code)
    while (item := session.item()) is not None:
        session.vote(item.token, 3, 1500)
    assert session.state().stage == "washout"
    assert session.state().done == 18
    survey.close()


def test_the_report_tells_how_far_apart_readings_were(tmp_path, monkeypatch):
    at_a_time(monkeypatch)
    survey, codes = opened(tmp_path / "s", two_pictures_of_a_patient(washout_days=2), raters=3)
    generator = np.random.default_rng(0)
    for code in codes:
        session = at_the_items(survey, code)
        while (state := session.state()).stage != "finished":
            if state.stage == "washout":
                Clock.moment += timedelta(days=3)
                continue
            item = session.item()
            assert item is not None
            session.vote(item.token, int(generator.integers(1, 3)), 1500, {"confidence": int(generator.integers(1, 6))})
    report = lock_and_report(survey)
    said = section(report, "diagnosis")["summary"]
    assert "Read in 6 sittings, no patient twice in one; a reader's two readings of one patient were 3.0 days" in said
    assert "(2 asked for)" in said
    assert "which takes pictures of one patient for those of several" in said
    order = report["checklist"]["Order of presentation"]
    assert "Diagnoses in 6 sittings, no patient twice in one, methods turned from rater to rater" in order
    assert "Williams" not in order
    areas = next(table for table in section(report, "diagnosis")["tables"] if table["key"] == "areas-pairs")
    assert "A patient's pictures are left out together by the jackknife." in areas["note"]


def test_several_questions_on_one_picture_with_labels_of_their_own(tmp_path):
    labels = ["No", "Little", "Some", "Much", "Full"]
    also = [{"name": "sharpness", "text": "How sharp is it?", "labels": labels}]
    survey, codes = opened(tmp_path / "s", settings(questions=[{"kind": "realism", "labels": labels, "also": also}]), 3)
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        while (item := session.item()) is not None:
            method = survey.plan(number)[item.position].method
            session.vote(item.token, 2, 1500, {"sharpness": {"original": 5, "esrt": 4, "bicubic": 1}[method]})
    report = lock_and_report(survey)
    assert [one["question"] for one in report["questions"]] == ["realism", "realism: sharpness"]
    means = {one["method"]: one["student"]["value"] for one in report["questions"][1]["opinions"]}
    assert means == {"original": 5, "esrt": 4, "bicubic": 1}
    assert report["questions"][1]["wording"] == "How sharp is it?"


def test_a_block_of_items_a_rater(tmp_path):
    survey, codes = opened(tmp_path / "s", settings(8, items_per_rater=12), raters=8)
    seen: Counter[tuple[str, str]] = Counter()
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        generator = np.random.default_rng(number)
        assert session.state().total == 12
        while (item := session.item()) is not None:
            planned = survey.plan(number)[item.position]
            seen[planned.image, planned.method] += 1
            score = round(WORTH[planned.method] + 1 + generator.random())
            session.vote(item.token, score, 1500)
    assert set(seen.values()) == {4}
    means = {one["method"]: one["student"]["value"] for one in lock_and_report(survey)["questions"][0]["opinions"]}
    assert means["original"] > means["esrt"] > means["bicubic"]


@pytest.mark.parametrize(
    ("question", "measure"),
    [({"kind": "pair"}, "of the answers"), ({"kind": "real"}, "taken for photographs")],
)
def test_the_primary_comparison_is_made_by_the_questions_own_measure(tmp_path, question, measure):
    primary = {"question": question["kind"], "first": "esrt", "second": "bicubic"}
    given = settings(4, questions=[question], primary=primary, comparisons=[["esrt", "bicubic"]])
    survey, codes = opened(tmp_path / "s", given, raters=4)
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        while (item := session.item()) is not None:
            planned = survey.plan(number)[item.position]
            if question["kind"] == "pair":
                said = 1 if WORTH[planned.method] > WORTH[planned.other or ""] else 2
            else:
                said = 1 if planned.method == "bicubic" or (planned.image, number) == ("p0", 1) else 2
            session.vote(item.token, said, 1500)
    report = lock_and_report(survey)
    page = (survey.folder.report / "report.html").read_text("utf-8")
    said = page.partition('id="primary">')[2].partition("</p>")[0]
    assert f"esrt against bicubic: {'0.50' if question['kind'] == 'pair' else '0.94'}" in said
    assert measure in said
    assert "a difference is shown" in said
    if question["kind"] == "pair":
        assert [row[:2] for row in section(report, "pair")["tables"][1]["rows"]] == [["bicubic", "esrt"]]
