from __future__ import annotations

import io
import json
import time
import zipfile

from starlette.applications import Starlette
from starlette.testclient import TestClient

from cf_esrt.interface.survey.organiser_api import OrganiserApi
from cf_esrt.survey.survey import Survey
from tests.browser.survey.studies import METHODS, PASSWORD

Study = tuple[Survey, list[str]]


def ask(client: TestClient, name: str, **body: str):
    return client.post(f"/page/organiser/{name}", json=body)


def test_nothing_is_shown_without_the_password(client: TestClient, study: Study) -> None:
    for name, body in (("progress", {}), ("lock", {"typed": "lock"})):
        response = ask(client, name, **body)
        assert (response.status_code, response.json()) == (401, {"sentence": "Please sign in."})
    refused = ask(client, "sign-in", password="a wombat's")
    assert refused.status_code == 401
    assert refused.json() == {"sentence": "This is not the study's password."}
    assert "set-cookie" not in refused.headers
    assert study[0].local_organiser().locked is None


def test_the_sign_in_is_a_cookie_that_scripts_and_other_sites_do_not_get(client: TestClient) -> None:
    cookie = ask(client, "sign-in", password=PASSWORD).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure", "path=/page/organiser", "max-age=43200"):
        assert part in cookie
    assert ask(client, "progress").status_code == 200
    assert ask(client, "sign-out").status_code == 200
    assert ask(client, "progress").status_code == 401


def signed_in(survey: Survey, *, framed: bool, **headers: str) -> str:
    """What sets the cookie, in lower case; the proxy in front of a Space is told by headers."""
    with TestClient(Starlette(routes=OrganiserApi(survey, framed=framed).routes())) as client:
        response = client.post("/page/organiser/sign-in", json={"password": PASSWORD}, headers=headers)
        return response.headers["set-cookie"].lower()


def test_inside_a_spaces_frame_the_cookie_is_one_that_browsers_send_back(study: Study) -> None:
    survey, _ = study
    for proxy in ("https", "https,http"):
        cookie = signed_in(survey, framed=True, **{"x-forwarded-proto": proxy})
        assert {"httponly", "secure", "samesite=none", "partitioned"} <= set(cookie.split("; "))
    # without https browsers take neither, and outside of frames nothing else is needed
    for cookie in (
        signed_in(survey, framed=True),
        signed_in(survey, framed=True, **{"x-forwarded-proto": "http"}),
        signed_in(survey, framed=False, **{"x-forwarded-proto": "https"}),
    ):
        assert "samesite=strict" in cookie.split("; ")
        assert "partitioned" not in cookie


def test_signing_out_deletes_the_very_cookie(study: Study) -> None:
    headers = {"x-forwarded-proto": "https"}
    with TestClient(Starlette(routes=OrganiserApi(study[0], framed=True).routes())) as client:
        given = client.post("/page/organiser/sign-in", json={"password": PASSWORD}, headers=headers)
        gone = client.post("/page/organiser/sign-out", json={}, headers=headers)
    before, after = (set(one.headers["set-cookie"].split("; ")) for one in (given, gone))
    assert {part for part in before ^ after if not part.startswith("cf-esrt-organiser=")} == {
        "Max-Age=43200",
        "Max-Age=0",
    }


def test_progress_masks_the_methods_until_the_lock(client: TestClient, study: Study) -> None:
    first = ask(client, "sign-in", password=PASSWORD).json()
    assert first["methods"] == ["A", "B", "C"]
    assert first["status"]["codes"] == 2
    assert [row["rater"] for row in first["raters"]] == ["R001", "R002"]
    masked = json.dumps(first)
    assert not [name for name in (*METHODS, "original", *study[1]) if name in masked]
    refused = ask(client, "lock", typed="yes")
    assert (refused.status_code, study[0].local_organiser().locked) == (409, None)
    locked = ask(client, "lock", typed=" Lock ").json()
    assert locked["status"]["locked"]
    assert locked["methods"] == ["original", *METHODS]
    assert "already" in ask(client, "lock", typed="lock").json()["sentence"]


def test_the_report_comes_after_the_lock_to_who_is_signed_in(client: TestClient, study: Study) -> None:
    survey, codes = study
    files = ("/page/organiser/report.html", "/page/organiser/study.zip")
    assert [client.get(file).status_code for file in files] == [401, 401]
    session = survey.sign_in(codes[0])
    session.consent()
    session.answer_background({"role": "Physician"})
    session.log_viewing({"device_pixel_ratio": 1})
    while (item := session.item()) is not None:
        time.sleep(0.31)  # the server's clock counts, too
        session.vote(item.token, 4, 500)
    first = ask(client, "sign-in", password=PASSWORD).json()
    assert [one["question"] for one in first["live"]] == ["realism", "fidelity"]
    assert {one["mos"] for live in first["live"] for one in live["methods"]} == {None}
    assert [client.get(file).status_code for file in files] == [404, 404]
    refused = ask(client, "report")
    assert (refused.status_code, "once the study is locked" in refused.json()["sentence"]) == (409, True)
    assert ask(client, "lock", typed="lock").json()["report"] is False
    assert ask(client, "report").json()["report"] is True
    page, archive = (client.get(file) for file in files)
    assert page.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert survey.protocol.sha256 in page.text
    with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
        assert packed.read("ratings.csv").count(b"\n") == 1 + 22
