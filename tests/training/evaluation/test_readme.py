"""README's tables are those of the committed scores, and stay so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from training.evaluation import readme
from training.evaluation.readme import ROOT, ROWS, SCORES, five_rows, insert, main
from training.evaluation.results import ResultsError, choose_sets, read

PAGES = ("README.md", "assets/results/README.md")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pages and their scores; the long table, which takes long, is one row."""
    for name in (*PAGES, str(SCORES)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    monkeypatch.setattr(readme, "headline", lambda results, titles: f"| {len(results.sets)} | {len(titles)} |\n")
    return tmp_path


def test_the_pages_have_the_tables_of_the_committed_scores(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr()


def test_another_number_is_found_and_written_anew(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(copy)]) == 0
    assert main(["--root", str(copy), "--check"]) == 0
    before = [(copy / name).read_bytes() for name in PAGES]
    assert before[0] == (ROOT / PAGES[0]).read_bytes()
    for name, number in zip(PAGES, (" dB [", "| 4 |"), strict=True):
        page = (copy / name).read_text("utf-8")
        assert number in page
        (copy / name).write_text(page.replace(number, f"{number} 9", 1), "utf-8")
    capsys.readouterr()
    assert main(["--root", str(copy), "--check"]) == 1
    assert capsys.readouterr().out.count("out of date") == 2
    assert main(["--root", str(copy)]) == 0
    assert [(copy / name).read_bytes() for name in PAGES] == before


def test_a_row_for_each_network_and_bicubic_beside_it() -> None:
    lines = five_rows(read(ROOT / SCORES)).splitlines()
    assert len(lines) == 2 + len(ROWS) == 7
    for line in lines[2:]:
        cells = line.strip("| ").split(" | ")
        assert all("[" in cell for cell in cells[2:])  # no number without its interval
        assert all(cell.endswith(")") for cell in cells[4:])


def test_what_was_not_measured_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = read(ROOT / SCORES)
    with pytest.raises(ResultsError, match="no scores of 'ham10000/test, whole256'"):
        five_rows(choose_sets(scores, ["isic_cc0/val"], ["whole256"]))
    monkeypatch.setattr(readme, "ROWS", (("live", readme.CAMERA),))
    with pytest.raises(ResultsError, match="has no scores of live: measure them first"):
        five_rows(scores)


def test_a_page_without_its_marks_is_not_touched() -> None:
    with pytest.raises(ValueError, match="'five rows' exactly once"):
        insert("# A page\n", "five rows", "| a |")
