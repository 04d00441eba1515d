"""Pairs, real or synthetic, and a diagnosis, walked in the browser from the first card to the report; in German."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cf_esrt.survey import results
from cf_esrt.survey.survey import Survey
from tests.browser.conftest import serve
from tests.browser.survey.rater_driver import READY, Rater, opened_page
from tests.browser.survey.studies import IMAGES, METHODS, PASSWORD, opened

CHOICES = ["gutartig", "bösartig"]
QUESTIONS = [
    {"kind": "pair", "ties": True, "against": "original"},
    {"kind": "real", "confidence": True},
    {"kind": "diagnosis", "choices": CHOICES, "positive": CHOICES[1]},
]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Survey, list[str]]]:
    folder = tmp_path_factory.mktemp("kinds")
    images = [{"file": f"photographs/{name}.png", "truth": CHOICES[place % 2]} for place, name in enumerate(IMAGES)]
    survey, codes = opened(
        folder / "study", raters=2, questions=QUESTIONS, images=images, training=[], gold=[], language="de",
        washout_days=0, display={"scale": 2, "loupe": True}, minimum_seconds=0.1,
    )  # fmt: skip
    script = Path(__file__).with_name("serve_study.py")
    with serve(script, folder / "server", STUDY=str(folder / "study")) as server:
        yield server.address, survey, codes
    survey.close()


def answer(rater: Rater, *scores: int) -> None:
    """The question, and what is asked after it; then wait for the next picture."""
    before = rater.done()
    for place, score in enumerate(scores):
        rater.page.keyboard.press(str(score))
        if place + 1 < len(scores):
            rater.page.wait_for_function(
                "() => document.querySelectorAll('.cf-vote').length === 5"
                " && document.querySelector('.cf-vote').getAttribute('aria-disabled') === 'false'"
            )
    rater.page.wait_for_function(
        "(before) => document.querySelector('[data-stage=items]').hidden"
        " || Number(document.querySelector('.cf-rating .cf-done').getAttribute('aria-valuenow')) > before",
        arg=before,
    )


def test_each_kind_is_walked_to_the_report(study: tuple[str, Survey, list[str]], browser: Any) -> None:
    address, survey, codes = study
    plan = survey.plan(1)
    assert [item.question for item in plan] == ["pair"] * 6 + ["real"] * 9 + ["diagnosis"] * 9
    with opened_page(browser, address) as rater:
        page = rater.page
        rater.come(codes[0])
        rater.prepare()
        assert page.inner_text("[data-stage=items] .cf-leave") == "Verlassen"
        for item in plan:
            rater.go_on()
            shown = page.query_selector_all(".cf-pictures img")
            assert len(shown) == (2 if item.question == "pair" else 1)
            # one picture pixel on two by two of the screen
            assert abs(shown[0].bounding_box()["width"] - 240) < 0.1
            if item.position == 0:
                assert page.inner_text(".cf-pictures figcaption >> nth=0") == "Links"
                page.click(".cf-loupe")
                assert abs(shown[0].bounding_box()["width"] - 480) < 0.1
                page.click(".cf-loupe")
            buttons = page.locator(".cf-vote").count()
            assert buttons == {"pair": 3, "real": 2, "diagnosis": 2}[item.question]
            if item.position == 6:  # a slip is put right before the picture is left
                page.keyboard.press("1")
                page.wait_for_function(f"() => ({READY})() && document.querySelectorAll('.cf-vote').length === 5")
                assert page.inner_text(".cf-hint").startswith("Vom Computer erzeugt · ")
                page.keyboard.press("Backspace")
                assert page.locator(".cf-vote").count() == 2
                assert rater.done() == 6
            answer(rater, *((1,) if item.question == "pair" else (2, 4)))
        rater.wait_for("finished")
        assert page.inner_text("[data-stage=finished] h2") == "Danke"
    ratings = survey.organiser(PASSWORD).ratings()
    assert [one.score for one in ratings] == [1] * 6 + [2] * 18
    assert ratings[0].further["loupe_ms"] > 0
    assert all(one.further["scale"] == 2 for one in ratings)
    assert all(one.further["confidence"] == 4 for one in ratings[6:])
    session = survey.sign_in(codes[1])  # a second rater, for the statistics
    session.consent()
    session.answer_background({"role": "Physician"})
    session.log_viewing({})
    for number, item in enumerate(plan):
        if item.question == "pair":
            _vote(session, 1 + number % 2)
        else:
            _vote(session, 1 + number % 2, confidence=3)
    survey.organiser(PASSWORD).lock()
    results.write(survey, survey.folder.report)
    text = (survey.folder.report / "report.md").read_text("utf-8")
    for part in ("Bradley–Terry", "Balanced accuracy", "Sensitivity and specificity", *METHODS):
        assert part in text
    assert (survey.folder.report / "readings.imrmc").exists()


def _vote(session: Any, score: int, **further: int) -> None:
    time.sleep(0.11)
    session.vote(session.item().token, score, 500, further)
