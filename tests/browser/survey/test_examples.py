"""The shipped example of each kind of question, walked by a rater in the browser; its pictures by fast stand-ins."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cf_esrt.survey import results, stimuli
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey
from tests.browser.conftest import ROOT, serve
from tests.browser.survey.rater_driver import Rater, opened_page
from tests.survey.studies import repeat

PASSWORD = "an echidna's tunnel"


@contextmanager
def served(folder: Path, name: str) -> Iterator[tuple[str, Survey]]:
    """The example as it is shipped, but for the least viewing time."""
    generated = shutil.ignore_patterns("stimuli", "manifest.json", "log", "survey.sqlite*", "report")
    for part in ("survey", "examples"):
        shutil.copytree(ROOT / "assets" / part, folder / "assets" / part, ignore=generated)
    study = Folder.of(folder / "assets" / "survey" / name)
    text = study.protocol.read_text("utf-8")
    study.protocol.write_text(f"{text}minimum_seconds: 0.1\n", "utf-8")
    stimuli.prepare(study, study.read(), load=repeat)
    survey = Survey.open(study, PASSWORD)
    script = Path(__file__).with_name("serve_study.py")
    with serve(script, folder / "server", STUDY=str(study.path)) as server:
        yield server.address, survey
    survey.close()


def begin(rater: Rater) -> None:
    page = rater.page
    rater.wait_for("consent")
    page.click("[data-stage=consent] button")
    rater.wait_for("viewing")
    rater.answer_checks()
    rater.wait_for("items")


def answer(rater: Rater, *scores: int) -> None:
    before = rater.done()
    for place, score in enumerate(scores):
        if place:
            rater.page.wait_for_function(
                "() => document.querySelectorAll('.cf-vote').length === 5"
                " && document.querySelector('.cf-vote').getAttribute('aria-disabled') === 'false'"
            )
        rater.page.keyboard.press(str(score))
    rater.page.wait_for_function(
        "(before) => document.querySelector('[data-stage=items]').hidden"
        " || Number(document.querySelector('.cf-rating .cf-done').getAttribute('aria-valuenow')) > before",
        arg=before,
    )


@pytest.mark.parametrize(
    ("name", "pictures", "answers", "part"),
    [
        pytest.param("pairs", 2, (1,), "Pairs need two raters", marks=pytest.mark.slow),  # `test_kinds` walks a pair
        ("adaptive", 3, (1,), "chosen by what their answers would tell"),
        pytest.param("real", 1, (2, 4), "Balanced accuracy", marks=pytest.mark.slow),  # and `real`
        ("reader", 1, (1, 3), "Sensitivity and specificity"),
    ],
)
def test_an_example_is_walked_from_link_to_report(
    tmp_path: Path, browser: Any, name: str, pictures: int, answers: tuple[int, ...], part: str
) -> None:
    with served(tmp_path, name) as (address, survey), opened_page(browser, address) as rater:
        recruited = survey.protocol.recruiting is not None
        if recruited:
            rater.page.goto(f"{address}?PROLIFIC_PID=5f1a")
        else:
            ((_, code),) = survey.local_organiser().add_raters(1)
            rater.come(code)
        begin(rater)
        plan = survey.plan(1)
        for item in plan:
            if item.sitting > 1:
                break
            rater.go_on()
            assert len(rater.page.query_selector_all(".cf-pictures img")) == pictures
            captions = [one.inner_text() for one in rater.page.query_selector_all(".cf-pictures figcaption")]
            assert captions in ([], ["Left", "Right"], ["Reference", "Left", "Right"], ["Left", "Right", "Reference"])
            right = item.expect[:1] if item.kind == "qualification" and item.expect else answers
            answer(rater, *right)
        if name == "reader":  # the next sitting is four weeks away
            rater.wait_for("washout")
            assert "opens on" in rater.page.inner_text(".cf-washout")
        else:
            rater.wait_for("finished")
            assert rater.page.inner_text(".cf-completion output") == survey.completion_code(1)
        assert len(survey.local_organiser().ratings()) == len([item for item in plan if item.sitting == 1])
        if name == "adaptive":
            who_does_not_qualify_is_thanked(browser, address, survey)
        survey.local_organiser().lock()
        results.write(survey, survey.folder.report)
        report = (survey.folder.report / "report.md").read_text("utf-8")
        assert part in report
        assert "Absolute category rating" not in report  # none of these asks for scores


def who_does_not_qualify_is_thanked(browser: Any, address: str, survey: Survey) -> None:
    """The study's second rater."""
    with opened_page(browser, address) as rater:
        rater.page.goto(f"{address}?PROLIFIC_PID=5f1b")
        begin(rater)
        for item in survey.plan(2)[:2]:
            rater.go_on()
            assert item.expect is not None
            answer(rater, 3 - item.expect[0])
        rater.wait_for("unqualified")
        assert "other raters" in rater.page.inner_text("[data-stage=unqualified]")
        assert survey.local_organiser().raters()[1].qualified is False
