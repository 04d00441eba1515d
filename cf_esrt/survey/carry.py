"""On a Space, whose disk is lost at every restart: the log, carried to a private dataset and fetched from there."""

from __future__ import annotations

import shutil

from huggingface_hub import CommitScheduler, HfApi, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.study import Folder

MINUTES = 2.0
"""Between two commits: so much can be lost with the disk."""


def fetch(folder: Folder, dataset: str, *, api: HfApi | None = None) -> bool:
    """Put the dataset's log into a study that has none; False where neither has one, or the study has its own.

    Called before `Survey.attach`, which restores from the log. StudyError where the dataset is public.
    """
    if folder.log.exists():
        return False
    try:
        if not (api or HfApi()).dataset_info(dataset).private:
            raise StudyError(f"The dataset {dataset} is public; votes are carried to a private one only.")
        fetched = hf_hub_download(dataset, folder.log.name, repo_type="dataset")
    except (RepositoryNotFoundError, EntryNotFoundError):
        return False
    folder.log.parent.mkdir(parents=True, exist_ok=True)
    part = folder.log.with_suffix(".part")
    shutil.copyfile(fetched, part)
    part.replace(folder.log)
    return True


def carry(folder: Folder, dataset: str, *, api: HfApi | None = None, minutes: float = MINUTES) -> CommitScheduler:
    """Commit the log to a private dataset, made where it is missing, every few minutes until ``stop`` is called.

    Only the log leaves; StudyError where the dataset is public.
    """
    folder.log.parent.mkdir(parents=True, exist_ok=True)
    api = api or HfApi()
    api.create_repo(dataset, repo_type="dataset", private=True, exist_ok=True)
    if not api.dataset_info(dataset).private:
        raise StudyError(f"The dataset {dataset} is public; votes are carried to a private one only.")
    return CommitScheduler(
        repo_id=dataset,
        repo_type="dataset",
        folder_path=folder.log.parent,
        every=minutes,
        private=True,
        allow_patterns="*.jsonl",
        hf_api=api,
    )
