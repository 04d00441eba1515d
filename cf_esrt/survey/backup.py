"""On a Space, whose disk is lost at every restart: a backup of the log in a private dataset."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from huggingface_hub import CommitScheduler, HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError

from cf_esrt.survey import manifest
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.store.events import WITHDRAWN
from cf_esrt.survey.store.log import Log
from cf_esrt.survey.study import Folder

MINUTES = 2.0
"""Between two commits: so much can be lost with the disk."""


def fetch(folder: Folder, dataset: str, *, api: HfApi | None = None) -> int:
    """Add to the study's log what the dataset's has and it has not; gives the number of events.

    Called before `Survey.attach`, which restores from the log, and before `schedule`, which overwrites the dataset's.
    A dataset that is not there has nothing to add. StudyError where it is public or holds another study's log; the
    hub's own errors pass through, since a start without the votes would be worse than none.
    """
    api = api or HfApi()
    study = manifest.read(folder.manifest).study
    try:
        _require_private(api, dataset)
        fetched = api.hf_hub_download(dataset, f"{study}/{folder.log.name}", repo_type="dataset")
    except (RepositoryNotFoundError, RemoteEntryNotFoundError):
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / folder.log.name
        shutil.copyfile(fetched, copy)
        far = list(Log(copy).entries())
    if any(entry.study != study for entry in far):
        raise StudyError(f"The dataset {dataset} holds another study's log under this one's name.")
    log = Log(folder.log)
    near = {entry.id for entry in log.entries()}
    gone = {entry.rater for entry in (*far, *log.entries()) if entry.kind == WITHDRAWN}
    missing = [entry for entry in far if entry.id not in near and (entry.rater not in gone or entry.kind == WITHDRAWN)]
    log.append(missing)
    if log.behind:
        raise StudyError(f"The log {folder.log} cannot be written.")
    return len(missing)


def schedule(folder: Folder, dataset: str, *, api: HfApi | None = None, minutes: float = MINUTES) -> CommitScheduler:
    """Commit the log to a private dataset, made where it is missing, every few minutes until ``stop`` is called.

    Only the log leaves; StudyError where the dataset is public.
    """
    study = manifest.read(folder.manifest).study
    folder.log.parent.mkdir(parents=True, exist_ok=True)
    api = api or HfApi()
    api.create_repo(dataset, repo_type="dataset", private=True, exist_ok=True)
    _require_private(api, dataset)
    return CommitScheduler(
        repo_id=dataset,
        repo_type="dataset",
        folder_path=folder.log.parent,
        path_in_repo=study,
        every=minutes,
        private=True,
        allow_patterns=folder.log.name,
        hf_api=api,
    )


def _require_private(api: HfApi, dataset: str) -> None:
    if not api.dataset_info(dataset).private:
        raise StudyError(f"The dataset {dataset} is public; votes are backed up to a private one only.")
