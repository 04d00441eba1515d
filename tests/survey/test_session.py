"""A rater's walk, and every vote that is refused."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, timezone

import pytest

from cf_esrt.survey import errors
from cf_esrt.survey.errors import Refused
from cf_esrt.survey.store import store as store_module
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, settings, vote

BACKGROUND = [{"name": "role", "text": "What are you?", "choices": ["physician", "other"]}]


def test_a_whole_session(tmp_path):
    given = settings(
        background=BACKGROUND,
        questions=["realism", "fidelity"],
        training=[{"image": "p0", "method": "bicubic"}],
        gold=[{"image": "p1", "method": "original", "expect": [4, 5]}],
    )
    survey, (code,) = opened(tmp_path / "s", given)
    session = survey.sign_in(f" {code.lower().replace('-', ' ')} ")
    assert session.label == "R001"
    state = session.state()
    assert (state.stage, state.done, state.total, state.completion_code) == ("consent", 0, 28, None)
    assert session.item() is None
    session.consent()
    assert session.state().stage == "background"
    session.answer_background({"role": "physician"})
    assert session.state().stage == "viewing"
    session.log_viewing({"zoom": 1.25, "screen": "1920×1080", "colour plates": None})
    assert session.state().stage == "items"
    seen = []
    while (item := session.item()) is not None:
        seen.append(item)
        state = session.vote(item.token, 1 + item.position % 5, 1000 + item.position)
        assert state.done == item.position + 1
    plan = survey.plan(1)
    assert [item.position for item in seen] == list(range(28))
    assert [item.question for item in seen] == [planned.question for planned in plan]
    assert [item.training for item in seen] == [planned.kind == "training" for planned in plan]
    assert [item.reference is not None for item in seen] == [False] * 14 + [True] * 14
    assert state.stage == "finished"
    assert len(state.completion_code or "") == 8
    assert survey.sign_in(code).state().completion_code == state.completion_code  # and again tomorrow
    ratings = survey.organiser(PASSWORD).ratings()
    assert [row.score for row in ratings] == [1 + position % 5 for position in range(28)]
    assert [row.seconds for row in ratings] == [(1000 + position) / 1000 for position in range(28)]


def test_an_item_tells_nothing_of_its_method(tmp_path):
    survey, codes = opened(tmp_path / "s", raters=2)
    by_method: dict[str, set] = {}
    tokens = set()
    for number, code in enumerate(codes, 1):
        session = at_the_items(survey, code)
        for planned in survey.plan(number):
            item = session.item()
            assert item is not None
            assert planned.image not in item.token
            assert planned.method not in str(asdict(item))
            tokens.add(item.token)
            fields = {key: value for key, value in asdict(item).items() if key not in ("token", "position")}
            by_method.setdefault(planned.method, set()).add(tuple(fields.items()))
            vote(session)
    assert len(tokens) == 2 * 12  # a picture that two raters see has two names
    assert len(by_method) == 3
    assert len({frozenset(fields) for fields in by_method.values()}) == 1


def test_pictures_are_found_by_token_alone(tmp_path):
    survey, (code,) = opened(tmp_path / "s", settings(questions=["fidelity"]))
    session = at_the_items(survey, code)
    item, planned = session.item(), survey.plan(1)[0]
    assert item is not None
    assert item.reference is not None
    manifest = survey._manifest
    assert survey.picture(item.token).name == manifest.find(planned.image, planned.method).file
    assert survey.picture(item.reference).name == manifest.find(planned.image, "original").file
    assert survey.picture(item.token).is_file()
    for token in ("", "x", "1.0.p", item.token[:-1], item.token + "0", "1.1" + item.token[3:], "9" + item.token[1:],
                  item.token.replace(".p.", ".r."), "../../manifest.json", "é", "1.0.p." + "0" * 24):  # fmt: skip
        with pytest.raises(Refused, match="no such picture"):
            survey.picture(token)


def test_coming_back_goes_on_at_the_same_item(tmp_path):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)
    for _ in range(5):
        vote(session)
    due = session.item()
    survey.close()
    resumed = Survey.attach(survey.folder).sign_in(code)
    assert resumed.item() == due
    assert resumed.upcoming(100)[0] == due
    assert len(resumed.upcoming(100)) == 7
    assert len(resumed.upcoming()) == 2
    assert resumed.state().done == 5


def test_refused_votes_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "datetime", Clock)
    monkeypatch.setattr(Clock, "moment", Clock.moment)
    survey, (code, other) = opened(tmp_path / "s", settings(minimum_seconds=1.5), raters=2)
    session = at_the_items(survey, code)
    first = session.item()
    assert first is not None
    second = session.upcoming()[1]
    foreign = at_the_items(survey, other).item()
    assert foreign is not None
    Clock.moment += timedelta(seconds=2)
    log = survey.folder.log.read_bytes()
    for token, score, shown, error in [
        (second.token, 3, 2000, errors.OutOfOrder),
        (foreign.token, 3, 2000, errors.OutOfOrder),
        ("", 3, 2000, errors.OutOfOrder),
        (first.token, 0, 2000, errors.BadVote),
        (first.token, 6, 2000, errors.BadVote),
        (first.token, 3.0, 2000, errors.BadVote),
        (first.token, True, 2000, errors.BadVote),
        (first.token, "3", 2000, errors.BadVote),
        (first.token, 3, -1, errors.BadVote),
        (first.token, 3, 10**12, errors.BadVote),
        (first.token, 3, float("nan"), errors.BadVote),
        (first.token, 3, 1499, errors.TooSoon),
    ]:
        with pytest.raises(error, match=r"^[A-Z].*\.$"):
            session.vote(token, score, shown)
    assert session.item() == first
    assert survey.folder.log.read_bytes() == log
    session.vote(first.token, 3, 1500)
    with pytest.raises(errors.AlreadyVoted, match="already voted on this picture"):
        session.vote(first.token, 4, 1500)
    assert [row.score for row in survey.organiser(PASSWORD).ratings()] == [3]


def test_codes_that_are_none(tmp_path):
    survey, (code,) = opened(tmp_path / "s")
    for wrong in ("", "x", code[:-1], code + "0", "00000-00000", "R001", "' OR 1=1 --", "é" * 10, "\x00"):
        with pytest.raises(errors.UnknownCode, match=r"^This code is not one of this study's"):
            survey.sign_in(wrong)
    assert survey.sign_in(code.replace("0", "o").replace("1", "l")).label == "R001"  # read off paper


def test_nothing_before_consent_and_the_questions(tmp_path):
    survey, (code,) = opened(tmp_path / "s", settings(background=BACKGROUND))
    session = survey.sign_in(code)
    token = survey.token(1, 0, "picture")
    for refused in (
        lambda: session.answer_background({"role": "other"}),
        lambda: session.log_viewing({}),
        lambda: session.vote(token, 3, 2000),
    ):
        with pytest.raises(errors.NotYet, match="agree to take part first"):
            refused()
    session.consent()
    session.consent()
    with pytest.raises(errors.NotYet, match="questions about yourself"):
        session.vote(token, 3, 2000)
    for answers in ({}, {"role": "physician", "age": "7"}, {"age": "7"}):
        with pytest.raises(Refused, match="answer every question"):
            session.answer_background(answers)
    with pytest.raises(Refused, match="choose one of the answers to “What are you"):
        session.answer_background({"role": "dentist"})
    session.answer_background({"role": "other"})
    with pytest.raises(errors.NotYet, match="viewing conditions"):
        session.vote(token, 3, 2000)
    for conditions in ({"note": "x" * 501}, {str(number): 1 for number in range(41)}, {"a": ["b"]}):
        with pytest.raises(Refused):
            session.log_viewing(conditions)  # pyright: ignore[reportArgumentType]
    session.log_viewing({})
    assert session.vote(token, 3, 2000).done == 1


def test_a_study_without_questions_goes_from_consent_to_items(tmp_path):
    survey, (code,) = opened(tmp_path / "s", settings(viewing=[]))
    session = survey.sign_in(code)
    session.consent()
    assert session.state().stage == "items"


def test_undo(tmp_path):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)
    with pytest.raises(errors.NothingToUndo):
        session.undo()
    first = session.item()
    assert vote(session, 2).can_undo
    state = session.undo()
    assert (state.done, state.can_undo) == (0, False)
    assert session.item() == first
    with pytest.raises(errors.NothingToUndo, match="only the last one can be, and only once"):
        session.undo()
    vote(session, 5)
    while session.item() is not None:
        state = vote(session, 4)
    assert not state.can_undo
    with pytest.raises(errors.NothingToUndo):
        session.undo()
    assert [row.score for row in survey.organiser(PASSWORD).ratings()] == [5] + [4] * 11
    assert survey.folder.log.read_text("utf-8").count('"undo"') == 1  # the log keeps that there was another vote


def test_a_protocol_may_forbid_undo(tmp_path):
    survey, (code,) = opened(tmp_path / "s", settings(undo=False))
    session = at_the_items(survey, code)
    assert not vote(session).can_undo
    with pytest.raises(errors.NothingToUndo):
        session.undo()


def test_after_the_lock_nothing_is_taken(tmp_path):
    survey, (code, late) = opened(tmp_path / "s", raters=2)
    session = at_the_items(survey, code)
    item = session.item()
    assert item is not None
    vote(session)
    survey.organiser(PASSWORD).lock()
    for refused in (
        lambda: session.vote(survey.token(1, 1, "picture"), 3, 2000),
        session.undo,
        lambda: session.log_viewing({}),
        survey.sign_in(late).consent,
        lambda: survey.organiser(PASSWORD).add_raters(1),
    ):
        with pytest.raises(errors.StudyLocked, match="closed and takes no more votes"):
            refused()
    assert survey.sign_in(code).state().stage == "locked"
    assert survey.sign_in(late).item() is None
    assert len(survey.organiser(PASSWORD).ratings()) == 1


def test_the_servers_clock_decides_how_long_a_picture_was_seen(tmp_path, monkeypatch):
    """68 votes in three seconds that each claim a second: none of them after the first is taken."""
    monkeypatch.setattr(store_module, "datetime", Clock)
    monkeypatch.setattr(Clock, "moment", Clock.moment)
    survey, (code,) = opened(tmp_path / "s", settings(minimum_seconds=1))
    session = at_the_items(survey, code)
    Clock.moment += timedelta(seconds=0.9)
    with pytest.raises(errors.TooSoon, match="at least 1 second\\."):
        vote(session, shown_ms=1000)
    Clock.moment += timedelta(seconds=0.3)
    vote(session, shown_ms=1000)
    Clock.moment += timedelta(seconds=0.04)
    with pytest.raises(errors.TooSoon):
        vote(session, shown_ms=1000)
    Clock.moment += timedelta(seconds=1)
    vote(session, shown_ms=1000)
    rows = survey.organiser(PASSWORD).ratings()
    assert [(row.seconds, row.server_seconds) for row in rows] == [(1.0, 1.2), (1.0, 1.04)]
    Clock.moment -= timedelta(hours=1)  # the server's clock is set back: nobody waits an hour
    vote(session, shown_ms=1000)
    assert survey.organiser(PASSWORD).ratings()[-1].server_seconds is None
    with pytest.raises(errors.TooSoon):
        vote(session, shown_ms=1000)


class Clock(datetime):
    """Moves on by what the test says."""

    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)

    @classmethod
    def now(cls, tz=None):
        return cls.moment


def test_breaks_are_suggested(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "datetime", Clock)
    monkeypatch.setattr(Clock, "moment", Clock.moment)
    given = settings(replicates=3, questions=["realism", "fidelity"], breaks={"after_items": 10, "after_minutes": 2})
    survey, (code,) = opened(tmp_path / "s", given)
    session = at_the_items(survey, code)

    def votes(count: int, seconds: int) -> list[int]:
        suggested = []
        for _ in range(count):
            Clock.moment += timedelta(seconds=seconds)
            state = vote(session)
            if state.suggest_break:
                suggested.append(state.done)
        return suggested

    assert votes(12, seconds=5) == [10]  # so many items
    Clock.moment += timedelta(minutes=10)  # a break was had: counting begins anew
    assert votes(9, seconds=20) == [19]  # so many minutes: the seventh vote is the first after two
    assert votes(20, seconds=1) == [22, 32, 36]  # ten and twenty items after the break, and the end of the pass
