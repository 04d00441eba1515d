"""The page's HTML: templates of ``markup/`` filled with the words of ``texts``."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cf_esrt.interface import texts
from cf_esrt.interface.work import MODELS

FOLDER = Path(__file__).with_name("markup")
_SLOT = re.compile(r"\[\[(\w+)\]\]")


class Raw(str):
    """A string that is HTML already and goes in as it is."""


@cache
def _template(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")


def fill(name: str, words: Mapping[str, object]) -> Raw:
    """A template with every ``[[slot]]`` replaced, escaped unless ``Raw``.

    Raises:
        KeyError: where a slot has no word.
    """

    def word(match: re.Match[str]) -> str:
        value = words[match[1]]
        return value if isinstance(value, Raw) else html.escape(str(value))

    return Raw(_SLOT.sub(word, _template(name)))


def header() -> Raw:
    """Title and the plain notice."""
    words = {"title": texts.TITLE, "subtitle": texts.SUBTITLE}
    return fill("header", {**words, "notice": texts.NOTICE, "synthetic": texts.SYNTHETIC})


def intake(examples: Sequence[Path]) -> Raw:
    """Drop zone, buttons, and the examples as pictures inside the page."""
    words = texts.INTAKE
    thumbs = "".join(
        f'<button type="button" class="cf-thumb" data-index="{index}" '
        f'aria-label="{html.escape(words["example_label"])} {index + 1}">'
        f'<img alt="" src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"></button>'
        for index, path in enumerate(examples)
    )
    extra = {
        "thumbs": Raw(thumbs),
        "synthetic_tag": words["synthetic"],
        "examples_hidden": Raw("" if examples else "hidden"),
    }
    return fill("intake", {**words, **extra})


def crop() -> Raw:
    """The crop stage and its four number fields."""
    return fill("crop", {**texts.CROP, "data": json.dumps(texts.CROP)})


def panes(titles: Mapping[str, str]) -> Raw:
    """Toolbar, three panes, detail slider. ``titles`` holds each model's name as written."""
    words = texts.PANES
    figures = "".join(
        fill(
            "pane",
            {
                **words,
                "name": name,
                "title": titles[name],
                "note": texts.PANE_NOTES[name],
                "label": words["viewer"].format(title=titles[name]),
                "explain": texts.CONSISTENCY,
            },
        )
        for name in MODELS
    )
    extra = {
        "panes": Raw(figures),
        "data": json.dumps(words),
        "explain": texts.CONSISTENCY,
        "no_magnification": "–",
    }
    return fill("panes", {**words, **extra})


def status(text: str = "", *, alert: bool = False, share: float | None = None) -> Raw:
    """The line under the buttons: a polite word, an alert, or progress with its bar (0 to 1)."""
    said = html.escape(text)
    bar = "" if share is None else f'style="--cf-share: {100 * share:.1f}%" aria-valuenow="{100 * share:.0f}"'
    hidden = "hidden" if share is None else ""
    return Raw(
        '<div class="cf-status">'
        f'<div class="cf-progress" role="progressbar" aria-label="{texts.ENHANCE}" aria-valuemin="0" '
        f'aria-valuemax="100" {bar} {hidden}><i></i></div>'
        f'<p class="cf-said" role="status">{"" if alert else said}</p>'
        f'<p class="cf-alert" role="alert">{said if alert else ""}</p>'
        "</div>"
    )


def about(models: Sequence[Any]) -> Raw:
    """Facts of the models, read from their descriptors, and where real photographs are."""
    head = "".join(f"<th scope=col>{html.escape(name)}</th>" for name in texts.COLUMNS)
    rows = "".join(_row(model) for model in models)
    links = "".join(
        f'<li><a href="{html.escape(url)}" rel="noreferrer noopener" target="_blank">{html.escape(name)}</a>: '
        f"{html.escape(words)}</li>"
        for name, url, words in texts.ABOUT_TRY
    )
    return Raw(
        f'<details class="cf-about"><summary>{html.escape(texts.ABOUT)}</summary>'
        f"<p>{html.escape(texts.ABOUT_LEAD)}</p><p>{html.escape(texts.CONSISTENCY)}</p>"
        f'<div class="cf-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f"<ul>{links}</ul><p>{html.escape(texts.ABOUT_PRIVACY)}</p></details>"
    )


def _row(model: Any) -> str:
    count = model.parameters
    absent = texts.UNTRAINED if count else texts.NONE
    cells = (
        f"{count:,}" if count > 0 else absent,
        model.training_data or absent,
        model.licence or absent,
    )
    short = f"<code title={model.sha256}>{model.sha256[:12]}…</code>" if model.sha256 else absent
    return (
        f"<tr><th scope=row>{html.escape(model.title)}</th>"
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)
        + f"<td>{short}</td></tr>"
    )
