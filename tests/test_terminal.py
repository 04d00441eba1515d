"""No name and no stream ends a batch, and no name commands the terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cf_esrt import photo, terminal
from tests.photo.files import PICTURE

REPOSITORY = Path(__file__).resolve().parents[1]
LATIN_1 = os.fsdecode(b"l\xe4sion.png")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain ü 病 😀.png", "plain ü 病 😀.png"),
        ("\x1b[2J\x1b]0;owned\x07.png", "\\x1b[2J\\x1b]0;owned\\x07.png"),
        ("two\nlines\r.png", "two\\nlines\\r.png"),
        ("\x9b31m.png", "\\x9b31m.png"),
        ("gnp.\u202egpj.exe", "gnp.\\u202egpj.exe"),
        (LATIN_1, "l\\xe4sion.png"),
        ("میخواهم\u200cنی", "میخواهم\u200cنی"),
    ],
)
def test_control_characters_become_escapes(name: str, shown: str) -> None:
    assert terminal.printable(name) == shown


class Narrow(io.TextIOWrapper):
    """A Windows terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="cp1252", errors="strict")


def test_what_the_encoding_lacks_becomes_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Narrow()
    monkeypatch.setattr(sys, "stdout", stream)
    terminal.forget()
    terminal.tell("😀 é.png")
    terminal.tell_json({"title": "×4 😀"})
    written = stream.buffer.getvalue().decode("cp1252")  # type: ignore[attr-defined]
    first, rest = written.split("\n", 1)
    assert first.rstrip("\r") == "\\U0001f600 é.png"
    assert json.loads(rest) == {"title": "×4 😀"}
    assert not terminal.lost()


def test_a_closed_stream_loses_lines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    terminal.forget()
    terminal.tell("one")
    assert terminal.lost()
    terminal.forget()
    monkeypatch.setattr(sys, "stdout", None)  # >&-: nobody wants to know
    terminal.tell("two")
    assert not terminal.lost()


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.png", LATIN_1, "\x1b[31mred.png", "😀.png", "z.png"):
        (folder / name).write_bytes(photo.png_bytes(PICTURE))
    return folder


def enhance(folder: Path, output: Path, stdout: int, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cf_esrt", "enhance", os.fsencode(folder), "-o", os.fsencode(output)]
    command += ["--model", "bicubic"]
    surroundings = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, env=surroundings)


@pytest.mark.parametrize("stream", ["pipe", "full"])
def test_all_are_done_where_nobody_reads(photographs: Path, tmp_path: Path, stream: str) -> None:
    if stream == "full":
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full on this system")
        target = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, target = os.pipe()
        os.close(reading)
    process = enhance(photographs, tmp_path / "out", target)
    os.close(target)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (1, b"")
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_a_terminal_that_knows_few_letters(photographs: Path, tmp_path: Path) -> None:
    process = enhance(photographs, tmp_path / "out", subprocess.PIPE, PYTHONIOENCODING="cp1252")
    written, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (0, b"")
    assert len(written.splitlines()) == 5
    assert b"\x1b" not in written
    assert b"\\x1b[31mred.png" in written
    assert len(list((tmp_path / "out").iterdir())) == 5
