"""HTML templates of ``markup/`` folders, filled with escaped text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cf_esrt.interface.common import strings

MARKUP = Path(__file__).with_name("markup")
_SLOT = re.compile(r"\[\[(\w+)\]\]")


class Raw(str):
    """HTML that is inserted without escaping."""


@cache
def _template(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def fill(file: Path, values: Mapping[str, object]) -> Raw:
    """A template with every ``[[slot]]`` replaced, escaped unless ``Raw``.

    Raises:
        KeyError: where a slot has no value.
    """

    def replacement(match: re.Match[str]) -> str:
        value = values[match[1]]
        return value if isinstance(value, Raw) else html.escape(str(value))

    return Raw(_SLOT.sub(replacement, _template(file)))


def header(subtitle: str) -> Raw:
    """Title and the plain notice, on every page."""
    values = {"title": strings.TITLE, "notice": strings.NOTICE, "synthetic": strings.SYNTHETIC}
    return fill(MARKUP / "header.html", {**values, "subtitle": subtitle})
