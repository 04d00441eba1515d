"""What a rater does, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

VISIBLE = "() => document.querySelector('[data-stage={}]:not([hidden])') !== null"
READY = "() => document.querySelector('.cf-vote').getAttribute('aria-disabled') === 'false'"
NEXT = (
    "() => document.querySelector('[data-stage=items]').hidden || !document.querySelector('.cf-interlude').hidden || "
    f"({READY})()"
)


@contextmanager
def opened_page(browser: Any, address: str, *, may_fail: bool = False, **options: Any) -> Iterator[Rater]:
    """A fresh page in a browser context of its own (``options``: Playwright's); nothing may go wrong on it."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    context.set_default_timeout(60_000)
    with closing(context):
        rater = Rater(context.new_page(), address)
        yield rater
    assert may_fail or rater.wrong == []


class Rater:
    """One open page, and everything that went wrong on it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.on("request", lambda request: self._check(request.url))
        page.on("console", lambda message: message.type == "error" and self.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))

    def _check(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"request left localhost: {url}")

    def come(self, code: str) -> None:
        """By the link that the organiser sent."""
        self.page.goto(f"{self.address}?code={code}")

    def wait_for(self, stage: str) -> None:
        self.page.wait_for_function(VISIBLE.format(stage))

    def prepare(self) -> None:
        """From consent to the first card, with the mouse."""
        page = self.page
        self.wait_for("consent")
        page.click("[data-stage=consent] button")
        self.wait_for("background")
        page.check("[data-stage=background] input >> nth=0")
        page.click("[data-stage=background] button")
        self.wait_for("viewing")
        self.answer_checks()
        self.wait_for("items")

    def answer_checks(self) -> None:
        page = self.page
        page.wait_for_function(
            "() => { const all = [...document.querySelectorAll('.cf-plate img')];"
            " return all.length === 4 && all.every((image) => image.naturalWidth > 0); }"
        )
        page.select_option("[name=dark]", "8")
        page.select_option("[name=light]", "7")
        for plate in range(4):
            page.select_option(f"[name=plate-{plate}]", "none" if plate == 3 else str(plate))
        page.click("[data-stage=viewing] form > button")

    def go_on(self) -> None:
        """Past a card, where there is one, to a picture that takes a vote."""
        page = self.page
        page.wait_for_function(NEXT)
        if page.evaluate("!document.querySelector('.cf-interlude').hidden"):
            page.click(".cf-go-on")
        page.wait_for_function(READY)

    def vote(self, score: int, *, by: str = "key") -> None:
        """And wait for what comes next."""
        before = self.done()
        if by == "key":
            self.page.keyboard.press(str(score))
        else:
            self.page.click(f".cf-vote[data-score='{score}']")
        self.page.wait_for_function(
            "(before) => document.querySelector('[data-stage=items]').hidden"
            " || Number(document.querySelector('.cf-rating .cf-done').getAttribute('aria-valuenow')) > before",
            arg=before,
        )
        self.page.wait_for_function(NEXT)

    def wait_for_done(self, votes: int) -> None:
        self.page.wait_for_function(
            "(votes) => document.querySelector('.cf-rating .cf-done').getAttribute('aria-valuenow') === String(votes)",
            arg=votes,
        )

    def done(self) -> int:
        """Votes, as the progress bar has them."""
        return int(self.page.get_attribute(".cf-rating .cf-done", "aria-valuenow"))

    def is_at(self, stage: str) -> bool:
        return self.page.evaluate(f"({VISIBLE.format(stage)})()")
