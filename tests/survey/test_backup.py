"""The log on its way to a private dataset and back, against a hub that is a folder."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError

from cf_esrt.survey import backup
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, vote


class Hub:
    """What is used of `HfApi`."""

    def __init__(self, path: Path, private: bool = True) -> None:
        self.path, self.private = path, private

    def create_repo(self, repo_id: str, *, private: bool, repo_type: str, exist_ok: bool) -> SimpleNamespace:
        assert (private, repo_type, exist_ok) == (True, "dataset", True)
        self.path.mkdir(exist_ok=True)
        return SimpleNamespace(repo_id=repo_id)

    def dataset_info(self, repo_id: str) -> SimpleNamespace:
        if not self.path.exists():
            raise RepositoryNotFoundError.__new__(RepositoryNotFoundError)  # its arguments differ by version
        return SimpleNamespace(private=self.private)

    def hf_hub_download(self, repo_id: str, filename: str, *, repo_type: str) -> str:
        if not (self.path / filename).exists():
            raise RemoteEntryNotFoundError.__new__(RemoteEntryNotFoundError)
        return str(self.path / filename)

    def create_commit(self, repo_id: str, operations: list[Any], **_: Any) -> None:
        for operation in operations:
            target = self.path / operation.path_in_repo
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(operation.path_or_fileobj.read())

    def run_as_future(self, function: Any) -> Future:
        future: Future = Future()
        future.set_result(function())
        return future


def lose(folder: Folder) -> None:
    """A Space starts from its repository again: no database, and the log as it was when the study was opened."""
    first = folder.log.read_bytes().splitlines(keepends=True)[:2]
    folder.log.write_bytes(b"".join(first))
    for file in folder.path.glob("survey.sqlite*"):
        file.unlink()


def test_votes_survive_a_restart_of_a_space(tmp_path):
    hub = Hub(tmp_path / "hub")
    api = cast(HfApi, hub)
    survey, (code,) = opened(tmp_path / "s")
    folder = survey.folder
    assert backup.fetch(folder, "me/votes", api=api) == 0
    scheduler = backup.schedule(folder, "me/votes", api=api, minutes=60)
    session = at_the_items(survey, code)
    for score in (1, 2, 5):
        vote(session, score)
    scheduler.trigger().result()
    scheduler.stop()
    survey.close()
    assert [file.name for file in hub.path.rglob("*") if file.is_file()] == ["events.jsonl"]  # and nothing else
    lose(folder)
    assert backup.fetch(folder, "me/votes", api=api) == 5
    assert backup.fetch(folder, "me/votes", api=api) == 0
    restored = Survey.attach(folder)
    assert [row.score for row in restored.organiser(PASSWORD).ratings()] == [1, 2, 5]
    assert restored.sign_in(code).state().done == 3
    restored.close()


def test_a_public_dataset_is_refused(tmp_path):
    survey, _ = opened(tmp_path / "s")
    api = cast(HfApi, Hub(tmp_path / "hub", private=False))
    with pytest.raises(StudyError, match="The dataset me/votes is public"):
        backup.schedule(survey.folder, "me/votes", api=api)
    with pytest.raises(StudyError, match="The dataset me/votes is public"):
        backup.fetch(survey.folder, "me/votes", api=api)
    assert not [file for file in (tmp_path / "hub").rglob("*") if file.is_file()]


def test_another_studys_log_is_not_taken(tmp_path):
    survey, _ = opened(tmp_path / "s")
    other, _ = opened(tmp_path / "other")
    hub = Hub(tmp_path / "hub")
    there = hub.path / survey.store.study
    there.mkdir(parents=True)
    (there / "events.jsonl").write_bytes(other.folder.log.read_bytes())
    before = survey.folder.log.read_bytes()
    with pytest.raises(StudyError, match="another study's log"):
        backup.fetch(survey.folder, "me/votes", api=cast(HfApi, hub))
    assert survey.folder.log.read_bytes() == before
