"""Forty raters at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from cf_esrt.survey.errors import AlreadyVoted
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, opened, settings
from tests.survey.test_store import acknowledged, voters

RATERS = 40


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str | None:
    """The database's address; None stands for the file in the study's folder."""
    if request.param == "sqlite":
        return None
    given = os.environ.get("CF_ESRT_TEST_DATABASE_URL")
    if not given:
        pytest.skip("no PostgreSQL here: CF_ESRT_TEST_DATABASE_URL is not set (.ci/run starts one and sets it)")
    return given


def test_forty_raters_vote(tmp_path, url):
    """Each to the end of a short session, as fast as the store takes it."""
    given = settings(images=3, methods=("original", "bicubic"), title="Größe – “×4”")
    survey, codes = opened(tmp_path / "s", given, RATERS, url)
    survey.close()
    process = voters(survey.folder.path, 600, 0, codes, url)
    output, errors = process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    acknowledged_votes = acknowledged(output)
    reopened = Survey.attach(survey.folder, url)
    status = reopened.organiser(PASSWORD).status()
    reopened.close()
    assert reopened.protocol.title == "Größe – “×4”"
    assert len(set(acknowledged_votes)) == len(acknowledged_votes) == status.votes == RATERS * 6
    assert status.finished == RATERS


@pytest.mark.slow
def test_forty_raters_vote_for_a_minute(tmp_path, url):
    """In two servers at once, each rater about twice a second."""
    survey, codes = opened(tmp_path / "s", settings(images=5, replicates=10), RATERS, url)
    survey.close()
    servers = [voters(survey.folder.path, 60, 0.5, codes[half::2], url) for half in (0, 1)]
    acknowledged_votes = []
    for process in servers:
        output, errors = process.communicate()
        assert (process.returncode, errors.decode()) == (0, "")
        acknowledged_votes += acknowledged(output)
    reopened = Survey.attach(survey.folder, url)
    kept = reopened.organiser(PASSWORD).ratings()
    reopened.close()
    assert len(set(acknowledged_votes)) == len(acknowledged_votes) == len(kept)
    assert {row.rater for row in kept} == {f"R{number:03d}" for number in range(1, RATERS + 1)}


def test_one_rater_in_two_windows(tmp_path, url):
    """The same item is voted on twice at once: one vote is taken, the other refused."""
    survey, (code,) = opened(tmp_path / "s", settings(viewing=[]), 1, url)
    survey.sign_in(code).consent()
    windows = [survey.sign_in(code) for _ in range(8)]
    item = windows[0].item()
    assert item is not None

    def click(number: int) -> bool:
        try:
            windows[number].vote(item.token, 1 + number % 5, 1500)
        except AlreadyVoted:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(click, range(8))) == 1
    assert survey.organiser(PASSWORD).status().votes == 1
    survey.close()
