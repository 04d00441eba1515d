"""Lines for the terminal, whatever a name holds and whatever becomes of the stream.

A file's name may hold what a terminal obeys (escape sequences) or cannot show; a stream may be closed by its reader or
its disk be full. Neither may end a batch: the first is written as escapes, the second is remembered (`lost`), so that
the exit code can tell.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from contextlib import suppress
from typing import Any, TextIO

from tqdm import tqdm

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what is not shown: controls, formats (bidirectional ones too), halves of surrogates."""
_HARMLESS = frozenset("\t\u200c\u200d")
"""Among them: the tab, and the joiners that Persian, Indic scripts and emoji are written with."""

_lost: set[str] = set()


def lost() -> bool:
    """Whether a line could not be written since the process began, or since `forget`."""
    return bool(_lost)


def forget() -> None:
    """Begin anew: for a process that runs several commands."""
    _lost.clear()


def tell(line: str) -> None:
    """One line on standard output."""
    _write("stdout", printable(line) + "\n")


def complain(line: str) -> None:
    """One line on standard error; an error's own line breaks become spaces."""
    _write("stderr", printable(" ".join(line.split())) + "\n")


def tell_json(value: Any) -> None:
    """A value as indented JSON on standard output; in ASCII where that is not UTF-8, so that it stays JSON."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    unicode = encoding.lower().replace("-", "") == "utf8"
    _write("stdout", json.dumps(value, indent=2, ensure_ascii=not unicode) + "\n")


def printable(text: str) -> str:
    """The text with what a terminal would obey written as escapes: ``\\x1b``, and ``\\xe9`` for a byte that is no
    UTF-8."""
    return "".join(letter if _is_shown(letter) else _escape(letter) for letter in text)


def _is_shown(letter: str) -> bool:
    return letter in _HARMLESS or unicodedata.category(letter) not in _OBEYED


def _escape(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte of a name that is not UTF-8 (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def _write(name: str, text: str) -> None:
    stream: TextIO | None = getattr(sys, name)
    if stream is None:  # closed before the program began: nobody wants the lines
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        tqdm.write(shown, file=stream, end="")
        stream.flush()  # now, and not when Python ends, where nobody could hear of it
    except (OSError, ValueError):  # a closed pipe, a full disk; ValueError: a closed file
        _lost.add(name)
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """What is left in the stream's buffer goes nowhere; else Python would complain of it as it ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
