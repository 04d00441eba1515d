"""The report's files: whole, self-contained, with the study's own numbers and words in them."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from cf_esrt.survey.report import write_report
from cf_esrt.survey.report.write import DISCLAIMER
from cf_esrt.survey.statistics import RatingsError, opinions, votes_of
from tests.survey.report.study import METHODS, study


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("study") / "report"
    ratings, description, raters = study()
    paths = write_report(ratings, description, folder, raters)
    assert all(path.is_file() for path in paths)
    assert {path for path in folder.rglob("*") if path.is_file()} == set(paths)
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


class Page(HTMLParser):
    """Every attribute, every id, every tag that stays open."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing(written: dict[str, str]):
    page = Page()
    page.feed(written["report.html"])
    assert page.open == []
    assert not page.tags & {"script", "img", "link", "iframe", "image"}
    for name, value in page.attributes:
        if name in ("href", "xlink:href", "src"):
            assert value.startswith("#")
        if not name.startswith("xmlns"):
            assert "//" not in value
    assert not re.search(r"url\((?!#)|@import", written["report.html"])
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))  # plots of two questions in one page
    assert "default-src 'none'" in written["report.html"]


def test_words_of_the_study_are_text(written: dict[str, str]):
    assert "<script>" not in written["report.html"]
    assert "Lesions &lt;script&gt;alert(1)&lt;/script&gt; | *×4*" in written["report.html"]
    assert written["report.md"].startswith("# Lesions \\<script\\>alert(1)\\</script\\> \\| \\*×4\\*\n")


def test_the_numbers_are_the_statistics_own(written: dict[str, str]):
    document = json.loads(written["report.json"])
    ratings, _, _ = study()
    assert [one["question"] for one in document["questions"]] == ["realism", "fidelity"]
    for one in document["questions"]:
        kept = [rater["rater"] for rater in one["screening"]["raters"] if rater["kept"]]
        assert len(kept) == 11  # the clicker is out
        own = opinions(votes_of(ratings, one["question"], methods=METHODS).of_raters(kept))
        assert [row["student"]["value"] for row in one["opinions"]] == [row.student.value for row in own]
    with_formula = list(csv.DictReader(written["tables/1-mos.csv"].splitlines()))
    own = opinions(votes_of(ratings, "realism", methods=METHODS).of_raters(f"rater {k:02d}" for k in range(1, 12)))
    assert [float(row["MOS"]) for row in with_formula] == [one.student.value for one in own]
    for one in own:
        assert f"| {one.method} | {one.student.value:.2f} | {one.sd:.2f} |" in written["report.md"]
        assert f'<td class="number">{one.student.value:.2f}</td>' in written["report.html"]


def test_every_question_has_every_table_and_plot(written: dict[str, str]):
    keys = {"mos", "dmos", "pairs-raters", "pairs-images", "mixed", "components", "agreement", "raters", "models",
            "needed", "subgroups", "stimuli"}  # fmt: skip
    assert {name for name in written if name.startswith("tables/")} == {
        f"tables/{number}-{key}.csv" for number in (1, 2) for key in keys
    }
    assert written["report.html"].count("<svg") == 8


def test_what_a_test_must_report_is_filled_in(written: dict[str, str]):
    for name in ("report.html", "report.md"):
        for words in ("Williams square, seed 7.", "5e" * 32, "python -m cf_esrt survey report study", DISCLAIMER):
            assert words in written[name]
        assert "Not stated." in written[name]  # ethics, say: the report does not pass over what is missing
    checked = json.loads(written["report.json"])["checklist"]
    assert checked["Number of raters"].startswith("15 invited; realism: 12 with votes, 1 screened out")
    assert checked["Consent and ethics"] == "Not stated."


def test_small_groups_are_in_no_file(written: dict[str, str]):
    rows = list(csv.DictReader(written["tables/1-subgroups.csv"].splitlines()))
    assert {row["group"] for row in rows} == {"'=doctor", "nurse"}  # and no formula for a spreadsheet
    assert all(row["MOS"] == "" for row in rows)  # three nurses stay: without them the doctors would tell their votes
    groups = json.loads(written["report.json"])["questions"][0]["subgroups"]
    assert [(one["raters"], one["opinions"]) for one in groups] == [(None, []), (None, [])]


def test_the_same_study_gives_the_same_files(written: dict[str, str], tmp_path: Path):
    ratings, description, raters = study()
    shuffled = ratings.sample(frac=1, random_state=1).sort_values("question", ascending=False)  # realism first
    assert shuffled["rater"].tolist() != ratings["rater"].tolist()
    repeated = {
        path.relative_to(tmp_path).as_posix(): path for path in write_report(shuffled, description, tmp_path, raters)
    }
    assert {name: path.read_text("utf-8") for name, path in repeated.items()} == written


def test_few_votes_make_a_report_that_says_so(tmp_path: Path):
    ratings, description, _ = study()
    few = ratings.query("question == 'realism' and rater == 'rater 01' and kind == 'test'")
    write_report(few, replace(description, screening="none", subgroup_columns=()), tmp_path)
    assert "needs three raters, three images and two methods" in (tmp_path / "report.html").read_text("utf-8")
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert document["questions"][0]["opinions"][0]["student"]["low"] is None


def test_without_a_test_vote_there_is_no_report(tmp_path: Path):
    ratings, description, _ = study()
    with pytest.raises(RatingsError, match="no test votes"):
        write_report(pd.DataFrame(ratings[ratings["kind"] == "gold"]), description, tmp_path / "report")
    assert not (tmp_path / "report").exists()
