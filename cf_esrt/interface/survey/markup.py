"""The pages' HTML: templates of ``markup/`` filled with the words of ``strings``. Nothing of a study is in it."""

from __future__ import annotations

import json
from pathlib import Path

from cf_esrt.interface.common.static_files import static_url, stylesheet
from cf_esrt.interface.common.strings import DEMONSTRATION
from cf_esrt.interface.common.templates import Raw, fill
from cf_esrt.interface.survey import strings
from cf_esrt.interface.survey.plates import AXES
from cf_esrt.interface.survey.viewing import DARK, LIGHT
from cf_esrt.survey.words import Words

MARKUP = Path(__file__).with_name("markup")
_STYLES = ("common/base.css", *(f"survey/style/{name}.css" for name in ("frame", "page", "rating", "organiser")))


def rater_page(words: Words, language: str, external: str | None = None) -> str:
    """The whole document at the raters' address."""
    return _page(words.page["page"], rater(words, external), "survey/rater_page.js", language)


def organiser_page() -> str:
    """The whole document at the organiser's address; in English."""
    return _page(strings.ORGANISER["page"], organiser(), "survey/organiser_page.js", "en")


def _page(title: str, content: Raw, script: str, language: str) -> str:
    values = {
        "title": title,
        "language": language,
        "styles": Raw("\n".join(map(stylesheet, _STYLES))),
        "script": static_url(script),
        "content": content,
    }
    return fill(MARKUP / "page.html", values)


def rater(words: Words, external: str | None = None) -> Raw:
    """All screens of the rater's page, each hidden until its turn.

    It has no common header, which names a method, and says that results show synthetic detail.
    """
    given = {"strings": words.page, "external": external, "dark": DARK, "light": LIGHT, "plates": len(AXES)}
    return fill(MARKUP / "rater.html", {**words.page, "data": json.dumps(given)})


def organiser() -> Raw:
    """The organiser's page."""
    words = {**strings.ORGANISER, "notice": DEMONSTRATION}
    return fill(MARKUP / "organiser.html", {**words, "data": json.dumps({"strings": strings.ORGANISER})})
