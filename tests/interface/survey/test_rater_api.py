from __future__ import annotations

import io
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cf_esrt.survey.survey import Survey

MEASURED = {
    "device_pixel_ratio": 1, "zoom_percent": None, "screen_width": 1920, "screen_height": 1080, "window_width": 1440,
    "window_height": 900, "large_enough": True, "colour_depth": 24, "wide_gamut": False, "touch": False,
}  # fmt: skip
SEEN = {"width": 24, "height": 16, "painted": True, "scale": 1}
Study = tuple[Survey, list[str]]


class Rater:
    def __init__(self, client: TestClient, code: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {code}"}

    def step(self, name: str, expect: int = 200, **body: Any) -> dict[str, Any]:
        response = self._client.post(f"/page/study/{name}", json=body, headers=self._headers)
        assert response.status_code == expect, response.text
        assert response.headers["cache-control"] == "no-store"
        return response.json()

    def picture(self, token: str, expect: int = 200) -> bytes:
        response = self._client.get(f"/page/study/pictures/{token}.png", headers=self._headers)
        assert response.status_code == expect
        return response.content

    def reach_items(self) -> dict[str, Any]:
        self.step("consent")
        self.step("background", answers={"role": "Physician"})
        return self.step("viewing", measured=MEASURED, dark_steps=8, light_steps=8, plates=["1", "2", "3", "none"])

    def vote(self, view: dict[str, Any], score: int = 3) -> dict[str, Any]:
        time.sleep(0.31)  # the server's clock counts, too
        return self.step("vote", token=view["items"][0]["token"], score=score, shown_ms=500, seen=SEEN)["view"]


@pytest.fixture
def rater(client: TestClient, study: Study) -> Rater:
    return Rater(client, study[1][0])


def test_steps_come_one_after_the_other(rater: Rater) -> None:
    first = rater.step("state")
    assert first["view"]["stage"] == "consent"
    assert first["view"]["items"] == []
    assert first["study"]["asked"]["realism"][0]["options"][4] == "Excellent"
    assert first["study"]["counted"] == {"realism": 10, "fidelity": 10}
    assert rater.step("consent")["view"]["stage"] == "background"
    refused = rater.step("background", 409, answers={"role": "Quokka"})
    assert "choose one of the answers" in refused["sentence"]
    assert refused["view"]["stage"] == "background"
    view = rater.reach_items()["view"]
    assert view["stage"] == "items"
    assert [item["position"] for item in view["items"]] == [0, 1]


def test_nothing_is_done_without_a_code(client: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer 00000-00000"}, {"Authorization": "Basic 00000-00000"}):
        assert client.post("/page/study/state", json={}, headers=headers).status_code == 401
        assert client.get("/page/study/pictures/1.0.p.00.png", headers=headers).status_code == 401
        assert client.get("/page/study/plates/0.png", headers=headers).status_code == 401


def test_only_the_pictures_at_hand_and_next_are_given(rater: Rater, client: TestClient, study: Study) -> None:
    survey, codes = study
    view = rater.reach_items()["view"]
    item, after = view["items"]
    for one in (item, after):
        picture = Image.open(io.BytesIO(rater.picture(one["token"])))
        assert picture.size == (one["width"], one["height"]) == (24, 16)
    rater.picture(survey.token(1, 2, "picture"), 404)  # its turn comes after two more votes
    rater.picture("no token", 404)
    other = Rater(client, codes[1])
    other.reach_items()
    other.picture(item["token"], 404)  # another rater's
    rater.vote(view)
    rater.picture(item["token"], 404)  # it is over


def test_a_vote_sent_again_is_taken_once(rater: Rater, study: Study) -> None:
    view = rater.reach_items()["view"]
    first = view["items"][0]
    after = rater.vote(view, 5)
    repeated = rater.step("vote", 409, token=first["token"], score=5, shown_ms=500, seen=SEEN)
    assert "already voted on this picture" in repeated["sentence"]
    assert repeated["view"] == after
    assert [one.score for one in study[0].local_organiser().ratings()] == [5]
    assert rater.step("undo")["view"]["items"][0] == first


def test_a_hasty_vote_and_nonsense_are_refused(rater: Rater) -> None:
    token = rater.reach_items()["view"]["items"][0]["token"]
    assert "at least 0.3 seconds" in rater.step("vote", 409, token=token, score=4, shown_ms=20, seen=SEEN)["sentence"]
    assert rater.step("vote", 409, token=token, score=6, shown_ms=500, seen=SEEN)["view"]["done"] == 0
    for body in ({}, {"token": token, "score": "4", "shown_ms": 500}, {"token": token, "score": 4, "shown_ms": 500.5}):
        assert "not sent by the page" in rater.step("vote", 422, **body)["sentence"]
    assert "more than the page" in rater.step("vote", 422, token="x" * 20_000, score=4, shown_ms=500)["sentence"]


def test_viewing_conditions_are_logged_and_updated_in_part(rater: Rater, study: Study) -> None:
    rater.reach_items()
    assert rater.step("viewing", measured={**MEASURED, "window_width": 390})["view"]["stage"] == "items"
    row = study[0].local_organiser().raters()[0]
    assert row.viewing["window_width"] == 390  # another window now
    assert row.viewing["dark_steps"] == 8  # answered before, and still known
    assert row.viewing["plate_control_seen"] == "1"
    assert str(row.viewing["plate_control_shown"]) in "0123456789"
    rater.step("viewing", 422, measured=MEASURED, plates=["many"])
    rater.step("viewing", 422, measured={**MEASURED, "name": "Ada"})
    rater.step("viewing", 422, measured={**MEASURED, "device_pixel_ratio": 0})


def test_plates_are_a_raters_own_and_stay_the_same(client: TestClient, study: Study) -> None:
    def plate(code: str, number: int) -> bytes:
        response = client.get(f"/page/study/plates/{number}.png", headers={"Authorization": f"Bearer {code}"})
        assert response.status_code == 200
        return response.content

    first, second = study[1]
    assert plate(first, 1) == plate(first, 1)
    assert plate(first, 1) != plate(second, 1)
    assert np.asarray(Image.open(io.BytesIO(plate(first, 1)))).shape == (260, 260, 3)
    assert client.get("/page/study/plates/9.png", headers={"Authorization": f"Bearer {first}"}).status_code == 404


def test_a_locked_study_takes_no_votes(rater: Rater, study: Study) -> None:
    view = rater.reach_items()["view"]
    study[0].local_organiser().lock()
    refused = rater.step("vote", 409, token=view["items"][0]["token"], score=4, shown_ms=500, seen=SEEN)
    assert "closed" in refused["sentence"]
    assert refused["view"]["stage"] == "locked"
    assert refused["view"]["items"] == []


def test_what_was_not_seen_is_not_rated(rater: Rater, study: Study) -> None:
    """Not decoded, of another size, or missing on the disk: no vote is taken, and the item stays due."""
    survey, _ = study
    view = rater.reach_items()["view"]
    token = view["items"][0]["token"]
    time.sleep(0.31)
    for seen in ({**SEEN, "painted": False}, {**SEEN, "width": 1, "height": 1}, {**SEEN, "height": 17}):
        refused = rater.step("vote", 409, token=token, score=4, shown_ms=500, seen=seen)
        assert "not shown in full" in refused["sentence"]
        assert refused["view"]["items"][0]["token"] == token
    rater.step("vote", 422, token=token, score=4, shown_ms=500)  # without a word of how it was seen
    path = survey.picture(token)
    kept = path.read_bytes()
    for broken in (None, kept[: len(kept) // 2], b"<html>Please sign in to this network</html>"):
        path.unlink(missing_ok=True)
        if broken is not None:
            path.write_bytes(broken)
        rater.picture(token, 409)
    assert survey.local_organiser().ratings() == []
    path.write_bytes(kept)
    rater.picture(token)
    assert rater.vote(view)["done"] == 1


def test_a_rater_takes_everything_back(rater: Rater, study: Study) -> None:
    rater.vote(rater.reach_items()["view"])
    assert rater.step("withdraw")["view"]["stage"] == "consent"
    refused = rater.step("consent", 409)
    assert "withdrawn" in refused["sentence"]
    assert study[0].local_organiser().ratings() == []
    assert study[0].local_organiser().raters()[0].withdrawn
