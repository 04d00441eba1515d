"""Each language is whole: the same names as English, and the same slots in each sentence."""

from __future__ import annotations

import re

import pytest

from cf_esrt.survey import errors
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.words import ENGLISH, LANGUAGES, checked, words

SLOT = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != ENGLISH])
def test_a_language_is_whole(language):
    english, other = words(ENGLISH), words(language)
    for group in ("page", "questions", "refusals"):
        ours, theirs = getattr(english, group), getattr(other, group)
        assert set(ours) == set(theirs)
        for name, text in ours.items():
            assert sorted(SLOT.findall(text)) == sorted(SLOT.findall(theirs[name])), name
            assert theirs[name].strip()
    same = [name for name, text in english.page.items() if text == other.page[name]]
    assert len(same) <= 2  # "Code", "Zoom"
    assert LANGUAGES == ("de", "en")


def test_every_refusal_that_raters_meet_has_its_words():
    assert all(hasattr(errors, name) for name in words(ENGLISH).refusals)


def test_a_file_that_is_not_whole_is_refused():
    given = words(ENGLISH).model_dump()
    assert checked(given, "fr.yaml") == words(ENGLISH)
    del given["page"]["undo"]
    with pytest.raises(StudyError, match=r"^fr.yaml lacks page: undo\.$"):
        checked(given, "fr.yaml")
    assert "undo" not in checked(given, "fr.yaml", whole=False).page
    with pytest.raises(StudyError, match="needs the groups"):
        checked({"page": {}}, "fr.yaml")
