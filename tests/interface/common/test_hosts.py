"""Under which names the page answers, and whose requests it takes."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cf_esrt.interface.common.hosts import Guard, is_loopback
from cf_esrt.interface.common.settings import read


def client(**environment: str) -> TestClient:
    settings = read(environment)
    guard = Middleware(Guard, settings.hosts, addresses=settings.addresses, origins=settings.origins)

    def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    return TestClient(Starlette(routes=[Route("/", answer, methods=["GET", "POST"])], middleware=[guard]))


def asked(page: TestClient, host: str, origin: str | None = None, method: str = "GET") -> Any:
    headers = {"host": host} if origin is None else {"host": host, "origin": origin}
    return page.request(method, "/", headers=headers)


WIDE = {"GRADIO_SERVER_NAME": "0.0.0.0"}
LISTED = {"CF_ESRT_HOSTS": "lesions.example.org, *.Clinic.example"}
SPACE = {**WIDE, "SPACE_ID": "someone/space", "SPACE_HOST": "someone-space.hf.space"}


@pytest.mark.parametrize(
    ("environment", "host", "status"),
    [
        ({}, "127.0.0.1:7860", 200),
        ({}, "localhost:7860", 200),
        ({}, "LOCALHOST", 200),
        ({}, "[::1]:7860", 200),
        ({}, "evil.example:7860", 400),
        ({}, "localhost.evil.example", 400),
        ({}, "192.168.1.5:7860", 400),
        ({}, "", 400),
        ({}, "[::1", 400),
        ({"GRADIO_SERVER_NAME": "localhost"}, "evil.example", 400),
        (LISTED, "lesions.example.org", 200),  # a proxy on this machine that hands the name on
        (WIDE, "192.168.1.5:7860", 200),
        (WIDE, "[2001:db8::1]:7860", 200),
        (WIDE, "127.0.0.1:7860", 200),
        (WIDE, "evil.example", 400),
        ({**WIDE, **LISTED}, "lesions.example.org:80", 200),
        ({**WIDE, **LISTED}, "a.clinic.example", 200),
        ({**WIDE, **LISTED}, "clinic.example", 400),
        ({**WIDE, **LISTED}, "evil.example", 400),
        ({"GRADIO_SERVER_NAME": "box.example"}, "box.example:7860", 200),
        (SPACE, "someone-space.hf.space", 200),
        (SPACE, "10.1.2.3:7860", 200),
        (SPACE, "some-proxy", 200),
    ],
)
def test_names(environment: dict[str, str], host: str, status: int) -> None:
    answer = asked(client(**environment), host)
    assert answer.status_code == status
    if status != 200:
        assert answer.text.endswith(".")
        assert "CF_ESRT_HOSTS" in answer.text


@pytest.mark.parametrize(
    ("environment", "host", "origin", "status"),
    [
        ({}, "127.0.0.1:7860", None, 200),  # a program
        ({}, "127.0.0.1:7860", "http://127.0.0.1:7860", 200),
        ({}, "localhost:7860", "http://localhost:7860", 200),
        ({}, "127.0.0.1:7860", "http://localhost:7860", 403),
        ({}, "127.0.0.1:7860", "http://127.0.0.1:3000", 403),
        ({}, "127.0.0.1:7860", "https://evil.example", 403),
        ({}, "127.0.0.1:7860", "null", 403),
        ({}, "127.0.0.1:7860", "", 403),
        ({}, "127.0.0.1:7860", "http://[::1", 403),
        (LISTED, "127.0.0.1:7860", "https://lesions.example.org", 200),  # a proxy that does not hand the name on
        ({**WIDE, **LISTED}, "lesions.example.org", "https://lesions.example.org", 200),
        ({**WIDE, **LISTED}, "lesions.example.org", "https://evil.example", 403),
        (WIDE, "192.168.1.5:7860", "http://192.168.1.5:7860", 200),
        (WIDE, "192.168.1.5:7860", "http://192.168.1.6:7860", 403),
        (SPACE, "someone-space.hf.space", "https://someone-space.hf.space", 200),
        (SPACE, "10.1.2.3:7860", "https://someone-space.hf.space", 200),
        (SPACE, "someone-space.hf.space", "https://other-space.hf.space", 403),
        (SPACE, "someone-space.hf.space", "https://huggingface.co", 403),
    ],
)
def test_origins(environment: dict[str, str], host: str, origin: str | None, status: int) -> None:
    page = client(**environment)
    assert asked(page, host, origin, "POST").status_code == status
    assert asked(page, host, origin).status_code == 200  # to look is free


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),  # typed
        ({"sec-fetch-site": "same-site"}, 403),  # another port
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:7860"}, 403),
        ({"origin": "http://127.0.0.1:7860"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"referer": "http://127.0.0.1:7860/"}, 200),
        ({"referer": "http://127.0.0.1:3000/"}, 403),
        ({"referer": "https://evil.example/127.0.0.1:7860"}, 403),
        ({}, 403),
    ],
)
def test_logging_out_is_not_for_others(headers: dict[str, str], status: int) -> None:
    guard = Middleware(Guard)
    app = Starlette(routes=[Route(path, lambda request: PlainTextResponse("out")) for path in ("/logout", "/logout/")])
    app.user_middleware.append(guard)
    for path in ("/logout", "/logout/"):
        assert TestClient(app).get(path, headers={"host": "127.0.0.1:7860", **headers}).status_code == status


def test_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.5", "box.example", "")))
