"""A whole session of one rater, and everything that the browser learned in it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.survey.conftest import Served
from tests.browser.survey.rater_driver import Rater, opened_page
from tests.browser.survey.studies import IMAGES, METHODS
from tests.browser.survey.traffic import Exchange, Traffic

ITEMS = 22
SCORES = [1 + place % 5 for place in range(ITEMS)]


@dataclass
class RaterSession:
    """What is left of a session."""

    served: Served
    code: str
    traffic: Traffic
    documents: list[str]
    """The page as it stood at each picture."""
    completion: str


@pytest.fixture(scope="module")
def session(served: Served, browser: Any) -> RaterSession:
    """The first rater's session: keys and clicks, a vote taken back, the page loaded anew, and come back by code."""
    code = served.code()
    documents: list[str] = []
    with opened_page(browser, served.address) as rater:
        page = rater.page
        traffic = Traffic(page)
        rater.come(code)
        rater.prepare()
        assert "code=" not in page.url
        for place in range(12):
            rater.go_on()
            documents.append(page.content())
            traffic.take()
            if place == 4:
                _take_a_vote_back(rater)
            if place == 7:  # where the page is loaded anew
                traffic.take()
                page.reload()
                rater.wait_for("items")
                assert rater.done() == 7
                rater.go_on()
            rater.vote(SCORES[place], by="key" if place % 2 else "click")
        traffic.take()
    with opened_page(browser, served.address) as rater:  # another browser, another day
        page = rater.page
        later = Traffic(page)
        page.goto(served.address)
        page.fill(".cf-code", f" {code.lower()} ")
        page.keyboard.press("Enter")
        rater.wait_for("items")
        assert rater.done() == 12
        for place in range(12, ITEMS):
            rater.go_on()
            documents.append(page.content())
            later.take()
            rater.vote(SCORES[place])
        rater.wait_for("finished")
        completion = page.inner_text(".cf-completion output")
        later.take()
        traffic.exchanges += later.exchanges
    return RaterSession(served, code, traffic, documents, completion)


def _take_a_vote_back(rater: Rater) -> None:
    """Vote, take it back by key, vote otherwise, take that back by click: the same picture again each time."""
    for score, way in ((5, "key"), (2, "click")):
        before = rater.done()
        rater.vote(score)
        if way == "key":
            rater.page.keyboard.press("Backspace")
        else:
            rater.page.click(".cf-undo")
        rater.wait_for_done(before)
        assert rater.page.is_hidden(".cf-undo") or rater.page.is_disabled(".cf-undo")  # once only
        rater.go_on()


def test_every_vote_is_kept_and_the_code_is_the_studys(session: RaterSession) -> None:
    ratings = session.served.ratings(session.code)
    assert [one.score for one in ratings] == SCORES
    assert all(0.3 <= one.seconds < 60 for one in ratings)
    assert session.completion == session.served.survey.completion_code(session.served.number(session.code))


def test_viewing_conditions_are_logged(session: RaterSession) -> None:
    row = session.served.row(session.code)
    assert row.viewing["device_pixel_ratio"] == 1
    assert row.viewing["dark_steps"] == 8
    assert row.viewing["window_width"] == 1440
    assert row.viewing["plate_tritan_seen"] == "none"
    assert {f"plate_{name}_shown" for name in ("control", "protan", "deutan", "tritan")} <= set(row.viewing)
    assert row.background == {"role": "Physician"}


def secrets(served: Served) -> list[str]:
    """What would tell a method, or help to find out."""
    stimuli = served.survey._manifest.stimuli
    return [
        *METHODS, *IMAGES, "results-", "photographs/", '"original"', "'original'",
        *(one.file.partition(".")[0] for one in stimuli), *(one.pixels for one in stimuli),
        served.survey.protocol.sha256, served.survey._secret,
    ]  # fmt: skip


def own(session: RaterSession) -> list[Exchange]:
    """The study's exchanges and documents; Gradio's own scripts are the same for every study."""
    return [one for one in session.traffic.exchanges if "/assets/" not in one.path and "/static/" not in one.path]


def test_no_name_is_sent(session: RaterSession) -> None:
    exchanges = session.traffic.exchanges
    assert len(session.traffic.of("/page/study/vote")) == ITEMS + 2
    names = [*METHODS, *IMAGES, *(one.file.partition(".")[0] for one in session.served.survey._manifest.stimuli)]
    for one in exchanges:  # every byte of everything
        everything = b"\n".join((one.path.encode(), one.sent, repr(one.headers).encode(), one.body)).lower()
        assert [name for name in names if name.lower().encode() in everything] == []
    for one in own(session):
        everything = b"\n".join((one.path.encode(), one.sent, repr(one.headers).encode(), one.body))
        assert [word for word in secrets(session.served) if word.encode() in everything] == [], one.path
    for document in session.documents:
        assert [word for word in secrets(session.served) if word in document] == []


def test_the_search_would_find_a_name(session: RaterSession) -> None:
    """The words that are looked for are those of the study, and the bodies are there to be searched."""
    assert any(b"Trial of pictures" in one.body for one in own(session))
    assert any(b"What are you?" in one.body for one in own(session))
    assert sum(len(one.body) for one in session.traffic.exchanges) > 200_000


def test_pictures_differ_in_their_pixels_alone(session: RaterSession) -> None:
    pictures = session.traffic.of("/page/study/pictures/")
    assert len(pictures) >= ITEMS
    assert {one.status for one in pictures} == {200}
    assert all(one.body.startswith(b"\x89PNG") for one in pictures)
    assert len({len(one.body) for one in pictures}) == 1
    assert len({one.headers["content-length"] for one in pictures}) == 1
    same = [{name: value for name, value in one.headers.items() if name != "date"} for one in pictures]
    assert all(headers == same[0] for headers in same)
    assert same[0]["cache-control"] == "no-store"
    assert not {"etag", "last-modified", "content-encoding"} & set(same[0])
    assert {tuple(chunks(one.body)) for one in pictures} == {("IHDR", "sRGB", "IDAT", "paDd", "IEND")}
    assert {ihdr(one.body) for one in pictures} == {ihdr(pictures[0].body)}


def chunks(png: bytes) -> Iterator[str]:
    """The types of a PNG's chunks, neighbours of one type once."""
    at, last = 8, ""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind.decode() != last:
            last = kind.decode()
            yield last
        at += 12 + length


def ihdr(png: bytes) -> bytes:
    return png[16:29]


DRAWN = ("token", "reference", "position", "reference_first")
"""What differs by place; the reference's side is drawn, whatever the method."""


def test_items_differ_in_place_and_question_alone(session: RaterSession) -> None:
    answers = [one.json()["view"] for one in own(session) if "/page/study/" in one.path and one.method == "POST"]
    items = {item["token"]: item for view in answers for item in view["items"]}
    assert len(items) == ITEMS
    alike: dict[tuple[str, bool], set[str]] = {}
    for item in items.values():
        assert re.fullmatch(r"[0-9a-f.]*[pr0-9a-f.]+", item["token"])
        rest = {name: value for name, value in item.items() if name not in DRAWN}
        alike.setdefault((item["question"], item["training"]), set()).add(repr(sorted(rest.items())))
    assert all(len(kinds) == 1 for kinds in alike.values())
    assert len(alike) == 4
    lengths = {len(item["token"]) - len(f"{item['position']:x}") for item in items.values()}
    assert len(lengths) == 1


def test_pictures_are_asked_for_in_the_order_of_the_plan_and_once_a_sitting(session: RaterSession) -> None:
    """What is asked for, and when, depends on nothing but the place; what comes ahead, `test_rater_api` looks at."""
    asked = [one.path.split("/")[-1].split(".")[1:3] for one in session.traffic.of("/page/study/pictures/")]
    pictures = [int(position, 16) for position, what in asked if what == "p"]
    references = [int(position, 16) for position, what in asked if what == "r"]
    assert list(dict.fromkeys(pictures)) == list(range(ITEMS))
    assert list(dict.fromkeys(references)) == list(range(ITEMS // 2, ITEMS))
    repeated = [position for position in set(pictures) if pictures.count(position) > 1]
    assert set(repeated) <= {3, 4, 5, 7, 8, 12, 13}  # where votes were taken back, and where the page was loaded anew


def test_the_code_is_in_no_address(session: RaterSession) -> None:
    code = session.code
    assert [one.path for one in session.traffic.exchanges if code in one.path] in ([], [f"/?code={code}"])
    assert all(code.encode() not in one.body for one in session.traffic.exchanges)
