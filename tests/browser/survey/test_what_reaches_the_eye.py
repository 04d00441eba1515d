"""A card for size, networks that answer in the survey's place, missing and broken pictures, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.conftest import serve
from tests.browser.survey.rater_driver import opened_page
from tests.browser.survey.studies import opened

GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
BACK = "https://app.prolific.com/submissions/complete?cc={code}"


def test_nothing_is_rated_that_was_not_seen(tmp_path: Path, browser: Any) -> None:
    survey, _ = opened(  # one rater by code; who comes by the link is the second
        tmp_path / "study", questions=["realism"], training=[], gold=[], background=[], viewing=[], minimum_seconds=0.1,
        display={"pixel_mm": 0.4}, recruiting={"quota": 2, "back": BACK},
    )  # fmt: skip
    script = Path(__file__).with_name("serve_study.py")
    with (
        serve(script, tmp_path / "server", STUDY=str(tmp_path / "study")) as server,
        opened_page(browser, server.address, may_fail=True) as rater,
    ):
        page = rater.page
        page.goto(f"{server.address}?PROLIFIC_PID=5f1a")
        rater.wait_for("consent")
        page.click("[data-stage=consent] button")
        rater.wait_for("viewing")
        page.wait_for_selector(".cf-card-width")
        page.fill(".cf-card-width", "428")  # 5 CSS pixels to a millimetre: 0.4 mm are two
        assert page.get_attribute(".cf-card-bar", "data-scale") == "2"
        assert abs(page.locator(".cf-card-bar").bounding_box()["width"] - 428) < 2

        answers = [
            {"status": 200, "content_type": "text/html", "body": "<html>Please sign in to this network</html>"},
            {"status": 200, "content_type": "image/gif", "body": GIF},
            {"status": 200, "content_type": "image/png", "body": b"no picture"},
            {"status": 200, "content_type": "image/png", "body": GIF},  # decodes, and is another picture
            {"status": 404, "content_type": "application/json", "body": "{}"},
        ]
        given: list[int] = []

        def interfere(route: Any) -> None:
            """The first picture's requests are answered by others, one after the other; then by the survey."""
            first = route.request.url.split(".")[-4] == "0"  # NUMBER.POSITION.WHAT.SECRET.png
            if not first or len(given) >= len(answers):
                return route.continue_()
            given.append(1)
            return route.fulfill(**answers[len(given) - 1])

        page.route("**/page/study/pictures/**", interfere)
        page.click("[data-stage=viewing] form > button")
        rater.wait_for("items")
        page.wait_for_function("() => !document.querySelector('.cf-interlude').hidden")
        page.click(".cf-go-on")
        for _ in range(30):  # cards that say so, until the picture is there
            page.wait_for_function(
                "() => document.querySelector('.cf-vote')?.getAttribute('aria-disabled') === 'false'"
                " || !document.querySelector('.cf-interlude').hidden"
            )
            if page.locator(".cf-vote >> nth=0").get_attribute("aria-disabled") == "false":
                break
            assert page.query_selector_all(".cf-pictures img") == []
            page.keyboard.press("3")  # nothing is on show, so nothing is rated
            assert survey.local_organiser().ratings() == []
            page.click(".cf-go-on")
        assert len(given) == len(answers)
        assert survey.local_organiser().ratings() == []
        assert abs(page.query_selector(".cf-pictures img").bounding_box()["width"] - 240) < 0.1

        taken: list[int] = []

        def sign_in(route: Any) -> None:
            """A network's sign-in page, and somebody's JSON, in the place of the vote's answer."""
            taken.append(1)
            if len(taken) == 1:
                return route.fulfill(status=200, content_type="text/html", body="<html>Sign in</html>")
            return route.fulfill(status=200, content_type="application/json", body="{}")

        page.route("**/page/study/vote", sign_in, times=2)
        page.keyboard.press("4")
        trouble = "document.querySelector('.cf-rating .cf-trouble').textContent"
        page.wait_for_function(f"() => {trouble}.includes('in its place')")
        page.wait_for_function(
            "() => document.querySelector('.cf-vote').getAttribute('aria-disabled') === 'false'", timeout=60_000
        )
        assert survey.local_organiser().ratings() == []
        assert rater.done() == 0
        for _ in survey.plan(2):
            rater.go_on()
            rater.vote(4)
        rater.wait_for("finished")
        assert len(survey.local_organiser().ratings()) == 9
        code = survey.completion_code(2)
        assert page.get_attribute("[data-stage=finished] .cf-back", "href") == BACK.replace("{code}", code)
        row = survey.local_organiser().raters()[1]
        assert (row.viewing["card_css"], row.viewing["scale"], row.external) == (428, 2, "5f1a")
    survey.close()
