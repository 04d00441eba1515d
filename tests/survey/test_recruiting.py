"""Who comes by the open link, whose code an e-mail changed, and who takes everything back."""

from __future__ import annotations

import json

import pytest

from cf_esrt.survey import export, results
from cf_esrt.survey.contradictions import contradictions
from cf_esrt.survey.crypto import normal_code
from cf_esrt.survey.design import plan
from cf_esrt.survey.errors import Full, NotQualified, Refused, StudyLocked, UnknownCode, Withdrawn
from cf_esrt.survey.flow import flow
from cf_esrt.survey.recruiting import join
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, protocol, settings, vote


def test_the_open_link_lets_in_a_quota_and_knows_who_comes_back(tmp_path):
    given = settings(recruiting={"quota": 2, "back": "https://app.prolific.com/submissions/complete?cc={code}"})
    survey, _ = opened(tmp_path / "s", given)  # one by code, who does not count
    first = join(survey, "5f1a")
    assert join(survey, " 5f1a ") == first
    session = at_the_items(survey, first)
    while session.item() is not None:
        vote(session)
    join(survey, "5f1b")
    with pytest.raises(Full, match="all the raters it needs"):
        join(survey, "5f1c")
    for nobody in ("", "x" * 200, "a\nb"):
        with pytest.raises(Refused, match="names nobody"):
            join(survey, nobody)
    rows = {row.external: row for row in survey.organiser(PASSWORD).raters() if row.external}
    assert set(rows) == {"5f1a", "5f1b"}
    assert rows["5f1a"].completion_code == session.state().completion_code
    assert rows["5f1b"].completion_code == ""
    assert rows["5f1a"].completion_code in export.raters_csv(list(rows.values()))
    survey.organiser(PASSWORD).lock()
    assert join(survey, "5f1a") == first
    with pytest.raises(StudyLocked):
        join(survey, "5f1d")


def test_a_study_without_a_link_lets_nobody_in(tmp_path):
    survey, _ = opened(tmp_path / "s")
    with pytest.raises(Refused, match="no open link"):
        join(survey, "5f1a")


@pytest.mark.parametrize(
    "typed",
    ["K7QM2–XWD9F", "K7QM2—XWD9F", "к7qm2-xwd9f", "К7QМ2‐ХWD9F", "K7QM2\u00a0XWD9F",
     "Ｋ７ＱＭ２－ＸＷＤ９Ｆ", "K7QM2\u200b-XWD9F", "k7qm2 xwd9f"],
)  # fmt: skip
def test_a_code_is_read_however_it_was_sent(typed):
    """En and em dashes, Cyrillic letters, hard spaces, full-width signs, what is not seen at all."""
    assert normal_code(typed) == "K7QM2-XWD9F"


def test_a_withdrawal_leaves_nothing_anywhere(tmp_path):
    survey, (code, other) = opened(tmp_path / "s", raters=2)
    session, stays = at_the_items(survey, code), at_the_items(survey, other)
    for _ in range(3):
        vote(session, 5)
        vote(stays, 1)
    survey.organiser(PASSWORD).withdraw(1)
    with pytest.raises(Withdrawn, match="none of your answers are kept"):
        session.consent()
    assert [row.rater for row in survey.organiser(PASSWORD).ratings()] == ["R002"] * 3
    lines = [json.loads(line) for line in survey.folder.log.read_text("utf-8").splitlines()]
    assert [line["kind"] for line in lines if line["rater"] == 1] == ["withdrawn"]
    survey.close()
    again = Survey.attach(survey.folder)  # and nothing comes back
    row = again.organiser(PASSWORD).raters()[0]
    assert (row.votes, row.consented, row.viewing) == (0, None, {})
    assert row.withdrawn is not None
    again.close()
    for file in survey.folder.path.glob("survey.sqlite*"):
        file.unlink()
    restored = Survey.attach(survey.folder)
    assert [row.votes for row in restored.organiser(PASSWORD).raters()] == [0, 3]
    assert restored.folder.database.stat().st_mode & 0o077 == 0
    with pytest.raises(UnknownCode):
        restored.sign_in("00000-00000")
    restored.close()


def test_a_withdrawal_is_taken_by_the_command_line(tmp_path, capsys):
    from cf_esrt.__main__ import main

    survey, (code,) = opened(tmp_path / "s")
    vote(at_the_items(survey, code))
    assert main(["survey", "withdraw", str(survey.folder.path), "R001"]) == 0
    assert main(["survey", "withdraw", str(survey.folder.path), "R009"]) == 2
    assert "There is no rater R009." in capsys.readouterr().err
    assert main(["survey", "status", str(survey.folder.path)]) == 0
    assert "R001\t0/12 withdrawn" in capsys.readouterr().out


def test_another_password_holds_for_pages_that_are_open(tmp_path, monkeypatch):
    survey, _ = opened(tmp_path / "s")
    organiser = survey.organiser(PASSWORD)
    other = Survey.attach(survey.folder)
    other.local_organiser().set_password("another horse's battery")
    assert survey.organiser("another horse's battery").status().votes == organiser.status().votes
    with pytest.raises(Refused):
        survey.organiser(PASSWORD)
    other.close()


def test_marks_tell_constant_and_hasty_raters(tmp_path):
    from cf_esrt.survey.marks import marks

    assert marks([[3] * 6], [5.0] * 6, (0, 6), 1) == ["always 3", "0 of 6 gold items met"]
    assert marks([[3, 4, 3, 5, 1]], [1.0] * 5, (5, 6), 1) == ["hasty: 1.0 s a vote"]
    assert marks([[3, 4, 3, 5, 1]], [4.0] * 5, (5, 6), 1) == []
    assert marks([[3] * 4], [1.0] * 4, (0, 4), 1) == []
    assert marks([["left"] * 5, ["a", "b"] * 3], [4.0] * 5, (0, 0), 1) == ["always left"]


QUALIFICATION = {
    "right": 2,
    "items": [
        {"image": "p0", "method": "anchor", "expect": [1, 2]},
        {"image": "p1", "method": "original", "expect": [4, 5]},
        {"image": "p2", "method": "anchor", "expect": [1, 2]},
    ],
}


def test_who_does_not_qualify_sees_no_test_item_and_takes_no_place(tmp_path):
    recruiting = {"quota": 1, "unqualified": "https://app.prolific.com/submissions/complete?cc=NO"}
    survey, _ = opened(tmp_path / "s", settings(qualification=QUALIFICATION, recruiting=recruiting), raters=1)
    session = at_the_items(survey, join(survey, "5f1a"))
    assert session.state().total == 3 + 12
    for score in (5, 5, 5):  # one of three right
        item = session.item()
        assert item is not None
        assert item.qualification
        assert not vote(session, score).can_undo  # what decides on taking part is decided once
    state = session.state()
    assert (state.stage, state.completion_code, session.item()) == ("unqualified", None, None)
    with pytest.raises(NotQualified, match="needs other raters"):
        session.vote(survey.token(2, 3, "picture"), 3, 1500)
    other = at_the_items(survey, join(survey, "5f1b"))  # the place is still free
    for score in (1, 4, 5):
        vote(other, score)
    while (item := other.item()) is not None:
        assert not item.qualification
        vote(other)
    rows = {row.external: row for row in survey.organiser(PASSWORD).raters() if row.external}
    assert [(row.qualified, bool(row.finished)) for row in rows.values()] == [(False, False), (True, True)]
    told = dict(flow(list(rows.values())))
    assert told["did not qualify, and saw no test item"] == 1
    assert told["dropped out: began and did not finish"] == 0
    kinds = [one.kind for one in survey.organiser(PASSWORD).ratings()]
    assert (kinds.count("qualification"), kinds.count("test")) == (6, 12)
    survey.organiser(PASSWORD).lock()
    results.write(survey, tmp_path / "report")
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["questions"][0]["votes"] == 12  # qualification items are in no score
    survey.close()
    for file in survey.folder.path.glob("survey.sqlite*"):
        file.unlink()
    again = Survey.attach(survey.folder)
    assert [row.qualified for row in again.organiser(PASSWORD).raters()] == [None, False, True]
    again.close()


@pytest.mark.parametrize(
    ("question", "item", "answer"),
    [
        ({"kind": "pair"}, {"image": "p0", "method": "original", "against": "anchor"}, "original"),
        ({"kind": "real", "as_pair": True}, {"image": "p0", "method": "bicubic"}, "original"),
        ({"kind": "real"}, {"image": "p0", "method": "bicubic"}, 1),
        ({"kind": "real"}, {"image": "p0", "method": "original"}, 2),
    ],
)
def test_other_questions_know_their_right_answer(question, item, answer):
    given = protocol(questions=[question], qualification={"right": 1, "items": [item]})
    assert list(contradictions(given)) == []
    for rater in range(1, 6):
        first = plan(given, rater, "0" * 64)[0]
        assert first.kind == "qualification"
        expected = 1 + (first.method, first.other).index(answer) if isinstance(answer, str) else answer
        assert first.expect == (expected, expected)


def test_a_qualification_that_cannot_be_is_told_whole():
    items = [{"image": "p0", "method": "original"}, {"image": "p0", "method": "original", "against": "bicubic"}]
    said = " ".join(sentence for _, sentence in contradictions(protocol(qualification={"right": 3, "items": items})))
    for part in ("no more can be right", "twice in a row", "'expect' is for", "'against' is the worse"):
        assert part in said
