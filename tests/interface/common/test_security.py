"""Headers on every answer, and the password before every route of our own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cf_esrt.interface.common.picture_store import Download, PictureStore, api_path, download_url, picture_routes
from cf_esrt.interface.common.security import Headers, policy
from cf_esrt.interface.common.settings import SPACE_FRAMES


def rules(text: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (rule.split() for rule in text.split(";"))}


def test_policy_names_no_other_site_and_every_kind_of_content() -> None:
    directives = rules(policy())
    known = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert {source for sources in directives.values() for source in sources} <= known
    assert directives["default-src"] == directives["frame-ancestors"] == ["'self'"]
    assert directives["object-src"] == directives["frame-src"] == ["'none'"]


def test_a_space_may_be_framed_by_its_site_and_nothing_else_changes() -> None:
    plain, space = rules(policy()), rules(policy(SPACE_FRAMES))
    assert space.pop("frame-ancestors") == ["'self'", *SPACE_FRAMES]
    plain.pop("frame-ancestors")
    assert space == plain


def test_every_answer_has_the_headers() -> None:
    client = TestClient(Starlette(routes=picture_routes(PictureStore()), middleware=[Middleware(Headers)]))
    for path in ("/page/common/base.css", "/page/pictures/none.png", "/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == policy()
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=(self)" in headers["permissions-policy"]
        assert "geolocation=()" in headers["permissions-policy"]


@pytest.fixture
def held() -> tuple[PictureStore, list[str]]:
    """A picture and two downloads, and where they are fetched."""
    pictures = PictureStore()
    download = Download(b"zip", "lesion.zip", "application/zip")
    paths = [
        f"/page/pictures/{pictures.put(b'png')}.png",
        f"/{download_url(pictures.put_download(download), 'lesion.zip')}",
        f"/gradio_api/file={api_path(pictures.put_download(download), 'lesion.zip')}",
    ]
    return pictures, paths


def test_pictures_and_downloads_are_behind_the_password(held: tuple[PictureStore, list[str]]) -> None:
    pictures, paths = held
    app = Starlette(routes=picture_routes(pictures))
    for name, value in {"auth": {"user": "word"}, "cookie_id": "c", "tokens": {"good": "user"}}.items():
        setattr(app, name, value)
    for cookies in ({}, {"access-token-c": "bad"}, {"access-token-other": "good"}):
        client = TestClient(app, cookies=cookies)
        assert [client.get(path).status_code for path in paths] == [401, 401, 401]
    for cookie in ("access-token-c", "access-token-unsecure-c"):
        assert TestClient(app, cookies={cookie: "good"}).get(paths[0]).status_code == 200
    client = TestClient(app, cookies={"access-token-c": "good"})
    assert [client.get(path).content for path in paths[1:]] == [b"zip", b"zip"]


def test_downloads_go_once_with_their_name(held: tuple[PictureStore, list[str]]) -> None:
    pictures, paths = held
    client = TestClient(Starlette(routes=picture_routes(pictures)))
    for path in paths[1:]:
        assert client.head(path).status_code == 405  # a look does not use it up
        answer = client.get(path)
        assert (answer.content, answer.headers["content-type"]) == (b"zip", "application/zip")
        assert answer.headers["content-disposition"] == 'attachment; filename="lesion.zip"'
        assert answer.headers["cache-control"] == "no-store"
        assert client.get(path).status_code == 404


def test_downloads_that_nobody_fetches_are_dropped() -> None:
    clock = SimpleNamespace(now=0.0)
    pictures = PictureStore(lambda: clock.now)
    name = pictures.put_download(Download(b"zip", "a.zip", "application/zip"))
    clock.now = 599
    other = pictures.put_download(Download(b"zip", "b.zip", "application/zip"))
    assert len(pictures) == 2
    clock.now = 601
    assert pictures.pop_download(name) is None
    assert pictures.pop_download(other) is not None
    assert len(pictures) == 0
