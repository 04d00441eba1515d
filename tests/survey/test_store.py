"""The store: what was acknowledged is kept, once; a lost store is rebuilt from the log; the tables are migrated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.store import database
from cf_esrt.survey.store.tables import Base
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, settings, vote

REPOSITORY = Path(__file__).resolve().parents[2]


def voters(folder: Path, seconds: float, pause: float, codes: list[str], url: str | None = None) -> subprocess.Popen:
    """`tests.survey.voters` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "CF_ESRT_DATABASE_URL": url or ""}
    command = [sys.executable, "-m", "tests.survey.voters", str(folder), str(seconds), str(pause), *codes]
    return subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def acknowledged(lines: bytes) -> list[tuple[str, int, int]]:
    whole = lines[: lines.rfind(b"\n") + 1].decode().splitlines()
    return [(code, int(position), int(score)) for code, position, score in (line.split() for line in whole)]


def test_a_killed_server_loses_no_vote_and_doubles_none(tmp_path):
    """kill −9 while four raters vote as fast as they can; three times."""
    survey, codes = opened(tmp_path / "s", settings(images=6, replicates=10), raters=4)
    labels = {code: f"R{number:03d}" for number, code in enumerate(codes, 1)}
    folder = survey.folder
    survey.close()
    answered: list[tuple[str, int, int]] = []
    for _ in range(3):
        process = voters(folder.path, 600, 0, codes)
        assert process.stdout is not None
        lines = b"".join(process.stdout.readline() for _ in range(40))
        process.send_signal(signal.SIGKILL)
        rest, errors = process.communicate()
        assert process.returncode == -signal.SIGKILL, errors.decode()
        answered += acknowledged(lines + rest)
        survey = Survey.attach(folder)
        kept = [(row.rater, row.position, row.score) for row in survey.organiser(PASSWORD).ratings()]
        survey.close()
        assert {(labels[code], position, score) for code, position, score in answered} <= set(kept)
        assert len({place[:2] for place in kept}) == len(kept)
        for label in labels.values():
            own = [position for rater, position, _ in kept if rater == label]
            assert own == list(range(len(own)))
    # at most one vote of each rater and kill was taken, and killed before it could be told
    assert len(answered) == len(set(answered)) >= 120
    assert len(kept) - len(answered) <= 3 * 4
    logged = [json.loads(line) for line in folder.log.read_text("utf-8").splitlines()]
    votes = [(line["rater"], line["data"]["position"]) for line in logged if line["kind"] == "vote"]
    assert len(votes) == len(set(votes)) == len(kept)


def lose(survey: Survey) -> None:
    """The disk of a Space after a restart: no database."""
    survey.close()
    for file in survey.folder.path.glob("survey.sqlite*"):
        file.unlink()


def test_a_lost_store_is_made_again_from_the_log(tmp_path):
    given = settings(background=[{"name": "role", "text": "What are you?", "choices": ["physician", "other"]}])
    survey, codes = opened(tmp_path / "s", given, raters=3)
    session = at_the_items(survey, codes[0])
    while session.item() is not None:
        state = vote(session, 2)
    session = at_the_items(survey, codes[1])
    vote(session, 1)
    session.undo()
    vote(session, 5)
    organiser = survey.organiser(PASSWORD)
    before = organiser.status(), organiser.raters(), organiser.ratings(), organiser.codes(), organiser.methods()
    log = survey.folder.log.read_bytes()
    lose(survey)
    for _ in range(2):  # the second time there is nothing left to restore
        reopened = Survey.attach(survey.folder)
        organiser = reopened.organiser(PASSWORD)
        after = organiser.status(), organiser.raters(), organiser.ratings(), organiser.codes(), organiser.methods()
        assert after == before
        assert reopened.sign_in(codes[0]).state() == state
        reopened.close()
    assert survey.folder.log.read_bytes() == log
    reopened = Survey.attach(survey.folder)
    vote(reopened.sign_in(codes[1]))
    reopened.organiser(PASSWORD).lock()
    lose(reopened)
    locked = Survey.attach(survey.folder).organiser(PASSWORD)
    assert locked.locked
    assert len(locked.ratings()) == 14


def test_a_line_that_was_cut_is_written_again(tmp_path):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)
    vote(session, 4)
    vote(session, 2)
    survey.close()
    whole = survey.folder.log.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    survey.folder.log.write_bytes(whole[: -len(last) // 2])
    reopened = Survey.attach(survey.folder)  # the store has the event
    assert survey.folder.log.read_bytes() == whole
    lose(reopened)
    survey.folder.log.write_bytes(whole[: -len(last) // 2])
    assert [row.score for row in Survey.attach(survey.folder).organiser(PASSWORD).ratings()] == [4]


def test_a_log_that_is_damaged_or_anothers(tmp_path):
    survey, _ = opened(tmp_path / "s")
    other, _ = opened(tmp_path / "other")
    survey.close()
    log = survey.folder.log
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b'"opened"', b'"opened', 1))
    with pytest.raises(StudyError, match=r"events\.jsonl:1: This is no event of a study\."):
        Survey.attach(survey.folder)
    log.write_bytes(other.folder.log.read_bytes())
    with pytest.raises(StudyError, match="another study's log"):
        Survey.attach(survey.folder)
    log.write_bytes(whole)
    Survey.attach(survey.folder).close()


def test_a_store_and_a_log_that_tell_two_stories(tmp_path):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)
    vote(session, 4)
    survey.close()
    lines = survey.folder.log.read_text("utf-8").splitlines()
    foreign = json.loads(lines[-1])
    foreign |= {"id": "0" * 32, "data": {**foreign["data"], "score": 1}}
    survey.folder.log.write_text("\n".join([*lines[:-1], json.dumps(foreign)]) + "\n", "utf-8")
    with pytest.raises(StudyError, match="tell two stories"):
        Survey.attach(survey.folder)


def test_a_log_that_cannot_be_written_costs_no_vote(tmp_path, monkeypatch, caplog):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)
    lines = len(survey.folder.log.read_bytes().splitlines())

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        vote(session, 4)
    assert "No space left on device" in caplog.text
    organiser = survey.organiser(PASSWORD)
    assert (organiser.status().votes, organiser.status().log_behind) == (1, 1)
    assert len(survey.folder.log.read_bytes().splitlines()) == lines
    vote(session, 3)
    assert organiser.status().log_behind == 0
    assert len(survey.folder.log.read_bytes().splitlines()) == lines + 2


def test_a_full_disk_takes_no_vote_and_says_so(tmp_path, monkeypatch):
    survey, (code,) = opened(tmp_path / "s")
    session = at_the_items(survey, code)

    def full(_: object) -> None:
        raise OperationalError("INSERT INTO vote …", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(Session, "commit", full)
        with pytest.raises(StudyError, match=r"^The store cannot be used: database or disk is full\.$"):
            vote(session, 4)
    assert session.state().done == 0
    vote(session, 3)
    assert [one.score for one in survey.organiser(PASSWORD).ratings()] == [3]


def test_the_migrations_make_the_models_tables(tmp_path):
    engine = database.connect(tmp_path / "new.sqlite")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "cf_esrt_survey_version"})
        assert compare_metadata(context, Base.metadata) == []
    reopened = database.connect(tmp_path / "new.sqlite")  # nothing to do
    with reopened.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("not an address", "CF_ESRT_DATABASE_URL is no address of a PostgreSQL database"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", r"The store \(the postgresql database\) cannot be used"),
        ("mysql://nobody:secret@127.0.0.1/none", "CF_ESRT_DATABASE_URL is no address"),
    ],
)
def test_databases_that_cannot_be_used(url, sentence):
    with pytest.raises(StudyError, match=sentence) as caught:
        database.connect(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "survey.sqlite").write_bytes(b"a letter" * 1000)
    with pytest.raises(StudyError, match=r"The store \(survey\.sqlite\) cannot be used"):
        database.connect(tmp_path / "survey.sqlite")
