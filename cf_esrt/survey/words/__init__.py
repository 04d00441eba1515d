"""Every word that a rater reads, one file a language: the page's, the scale's labels, the questions, the refusals."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from cf_esrt.survey.errors import StudyError

_FOLDER = Path(__file__).parent
LANGUAGES = tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))
"""Those that are here; a study may bring a file of its own."""
ENGLISH = "en"


class Words(BaseModel):
    """One language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: dict[str, str]
    labels: tuple[str, ...] = Field(min_length=5, max_length=5)
    """Of scores 1 to 5."""
    questions: dict[str, str]
    """The usual text of each kind of question."""
    refusals: dict[str, str]
    """By the names of `errors`' classes."""


@cache
def words(language: str) -> Words:
    """A language that is here."""
    return Words.model_validate(yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8")))


def checked(given: Any, source: str, *, whole: bool = True) -> Words:
    """Another language's words; StudyError, a sentence, where they are not ``whole``, if that is asked."""
    try:
        found = Words.model_validate(given)
    except ValueError as error:
        raise StudyError(f"{source} needs the groups page, labels (five), questions and refusals.") from error
    english = words(ENGLISH)
    for group in ("page", "questions", "refusals"):
        missing = sorted(set(getattr(english, group)) - set(getattr(found, group)))
        if missing and whole:
            raise StudyError(f"{source} lacks {group}: {', '.join(missing)}.")
    return found
