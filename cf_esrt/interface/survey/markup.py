"""The pages' HTML: templates of ``markup/`` filled with the words of ``texts``. Nothing of a study is in it."""

from __future__ import annotations

import html
import json
from pathlib import Path

from cf_esrt.interface.common.templates import Raw, fill
from cf_esrt.interface.common.texts import DEMONSTRATION
from cf_esrt.interface.survey import texts
from cf_esrt.interface.survey.plates import AXES
from cf_esrt.interface.survey.viewing import DARK, LIGHT
from cf_esrt.survey.protocol import LABELS

MARKUP = Path(__file__).with_name("markup")


def rater() -> Raw:
    """All screens of the rater's page, each hidden until its turn.

    It has no common header, which names a method, and says that results show synthetic detail.
    """
    words = {**texts.RATER, "notice": DEMONSTRATION}
    given = {"texts": texts.RATER, "dark": DARK, "light": LIGHT, "plates": len(AXES)}
    return fill(MARKUP / "rater.html", {**words, "votes": _votes(), "data": json.dumps(given)})


def _votes() -> Raw:
    """A button for each score, in the order of the keys."""
    return Raw(
        "".join(
            f'<button type="button" class="cf-vote" data-score="{score}" aria-keyshortcuts="{score}" '
            f'aria-disabled="true"><b>{score}</b> <span>{html.escape(LABELS[score])}</span></button>'
            for score in sorted(LABELS)
        )
    )


def organiser() -> Raw:
    """The organiser's page."""
    words = {**texts.ORGANISER, "notice": DEMONSTRATION}
    return fill(MARKUP / "organiser.html", {**words, "data": json.dumps({"texts": texts.ORGANISER})})
