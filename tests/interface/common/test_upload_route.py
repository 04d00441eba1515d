"""Uploads over HTTP: whole ones are held, broken ones leave nothing, and every refusal is a sentence."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from cf_esrt.interface.common import strings, upload_route
from cf_esrt.interface.common.upload_route import PATH, upload_routes
from cf_esrt.interface.common.uploads import Uploads
from tests.interface.common.server import served, until

CAP = 3_000_000
BOUNDARY = "0a1b"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Uploads, Path]]:
    """Port, uploads and their folder."""
    folder = tmp_path_factory.mktemp("uploads")
    held = Uploads(folder, max_held=CAP)
    with served(Starlette(routes=upload_routes(held))) as port:
        yield port, held, folder


@pytest.fixture(autouse=True)
def nothing_is_left(running: tuple[int, Uploads, Path]) -> Iterator[None]:
    yield
    _, held, folder = running
    until(lambda: held.bytes == 0)
    assert len(held) == 0
    assert list(folder.iterdir()) == []


def post(port: int, data: bytes, field: str = "files", name: str = "a.png", **form: str) -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{port}{PATH}", files={field: (name, data)}, data=form, timeout=60)


def head(size: int, part: str = 'Content-Disposition: form-data; name="files"; filename="a.png"') -> bytes:
    """The beginning of a request that announces ``size`` bytes."""
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {size}\r\n\r\n--{BOUNDARY}\r\n{part}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("name", ["a.png", "../../etc/passwd", "a\0b", "é" * 300, "", "a/b\\c"])
def test_a_photograph_arrives_under_any_name(running: tuple[int, Uploads, Path], name: str) -> None:
    port, held, folder = running
    answer = post(port, b"x" * 500_000, name=name or " ", extra="field")
    assert answer.status_code == 200
    (path,) = answer.json()
    assert Path(path).parent == folder
    with held.take({"path": path}) as data:
        assert data == b"x" * 500_000


def test_a_client_that_leaves_takes_its_upload_along(running: tuple[int, Uploads, Path]) -> None:
    port, held, _ = running
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head(2_000_000) + b"x" * 1_000_000)
            until(lambda: held.bytes > 900_000)
        until(lambda: held.bytes == 0)


@pytest.mark.parametrize("part", [
    'Content-Disposition: form-data; name="other"; filename="a.png"', 'Content-Disposition: form-data; name="files"',
    "Content-Disposition: form-data", "X: y", "\0",
])  # fmt: skip
def test_another_form_is_refused_in_a_sentence(running: tuple[int, Uploads, Path], part: str) -> None:
    port, _, _ = running
    body = f"--{BOUNDARY}\r\n{part}\r\n\r\nbytes\r\n--{BOUNDARY}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = httpx.post(f"http://127.0.0.1:{port}{PATH}", content=body, headers=kind)
    assert (answer.status_code, answer.text) == (400, strings.UPLOAD_MALFORMED)


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "multipart/form-data"}])
def test_no_form_is_refused_in_a_sentence(running: tuple[int, Uploads, Path], headers: dict[str, str]) -> None:
    answer = httpx.post(f"http://127.0.0.1:{running[0]}{PATH}", content=b"bytes", headers=headers)
    assert (answer.status_code, answer.text) == (400, strings.UPLOAD_MALFORMED)


def test_a_form_without_its_end_is_no_upload(running: tuple[int, Uploads, Path]) -> None:
    body = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nbytes'.encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = httpx.post(f"http://127.0.0.1:{running[0]}{PATH}", content=body, headers=kind)
    assert (answer.status_code, answer.text) == (400, strings.UPLOAD_MALFORMED)


def test_above_the_cap_in_all_is_a_sentence(running: tuple[int, Uploads, Path]) -> None:
    port, held, _ = running
    first = post(port, b"x" * 2_000_000).json()[0]
    refused = post(port, b"x" * 2_000_000)
    assert (refused.status_code, refused.text) == (503, strings.UPLOADS_FULL)
    with held.take({"path": first}):
        pass
    second = post(port, b"x" * 2_000_000).json()[0]
    with held.take({"path": second}):
        pass


def test_too_large_is_refused_by_what_it_announces_and_by_what_it_sends(
    running: tuple[int, Uploads, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, _, _ = running
    monkeypatch.setattr("cf_esrt.interface.common.uploads.MAX_UPLOAD", 1_000_000)
    announced = post(port, b"x" * 1_200_000)
    assert (announced.status_code, announced.text) == (413, strings.UPLOAD_TOO_LARGE)

    def chunks() -> Iterator[bytes]:
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'.encode()
        for _ in range(12):
            yield b"x" * 100_000
        yield f"\r\n--{BOUNDARY}--\r\n".encode()

    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    sent = httpx.post(f"http://127.0.0.1:{port}{PATH}", content=chunks(), headers=kind)
    assert (sent.status_code, sent.text) == (413, strings.UPLOAD_TOO_LARGE)


def test_a_stream_that_stalls_has_ended(running: tuple[int, Uploads, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    port, held, _ = running
    monkeypatch.setattr(upload_route, "STALLED_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head(2_000_000) + b"x" * 1_000_000)
        client.settimeout(30)
        assert b" 408 " in client.recv(1000)
    until(lambda: held.bytes == 0)
