"""Imports point one way, and the study's server is light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_study_knows_nothing_of_its_pages():
    for file in (ROOT / "cf_esrt" / "survey").rglob("*.py"):
        assert "cf_esrt.interface" not in file.read_text("utf-8"), file


def test_the_pages_server_imports_no_gradio():
    code = "import sys; import cf_esrt.interface.survey.serve; print('gradio' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == "False"


@pytest.mark.parametrize("variable", ["CF_ESRT_BACKUP", "CF_ESRT_CARRY"])  # today's name, and that of before
def test_a_space_runs_either_app(monkeypatch, variable):
    import app
    from cf_esrt import __main__ as command

    asked = []
    monkeypatch.setattr(command, "main", lambda arguments: asked.append(arguments) or 0)
    monkeypatch.setenv(app.STUDY, "study")
    monkeypatch.setenv(variable, "me/votes")
    app.main()
    assert asked == [["survey", "serve", "study", "--backup", "me/votes"]]
