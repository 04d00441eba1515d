"""Uploads: each its own, in memory, dropped when unused, capped in all."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cf_esrt.interface.common import strings, uploads
from cf_esrt.interface.common.uploads import UploadError, Uploads, UploadsFull, UploadTooLarge
from tests.interface.common.arrivals import send


def test_equal_bytes_are_two_uploads(tmp_path: Path) -> None:
    held = Uploads(tmp_path)
    first, second = send(held, b"same"), send(held, b"same")
    for payload in (first, second):
        with held.take(payload) as data:
            assert data == b"same"
    assert (len(held), held.bytes) == (0, 0)


def test_an_upload_is_taken_once(tmp_path: Path) -> None:
    held = Uploads(tmp_path)
    payload = send(held, b"bytes")
    with held.take(payload):
        assert held.bytes > 0  # as long as it is being opened
        with pytest.raises(UploadError, match=strings.NOT_RECEIVED), held.take(payload):
            pass
    assert held.bytes == 0


def test_it_is_gone_also_when_opening_fails(tmp_path: Path) -> None:
    held = Uploads(tmp_path)
    with pytest.raises(KeyError), held.take(send(held, b"bytes")):
        raise KeyError
    assert (len(held), held.bytes) == (0, 0)


@pytest.mark.parametrize("payload", [None, {}, [], "path", {"path": 3}, {"path": None}, {"path": "/etc/hostname"},
                                     {"path": "https://evil.example/a.png"}, {"path": "a\0b"}])  # fmt: skip
def test_nothing_else_is_read(tmp_path: Path, payload: object) -> None:
    with pytest.raises(UploadError, match=strings.NOT_RECEIVED), Uploads(tmp_path).take(payload):
        pass


def test_one_that_ends_early_leaves_nothing(tmp_path: Path) -> None:
    held = Uploads(tmp_path)

    def interrupted() -> None:
        with held.arriving() as arriving:
            arriving.add(1_000_000)
            assert held.bytes >= 1_000_000
            raise ConnectionError

    with pytest.raises(ConnectionError):
        interrupted()
    assert (len(held), held.bytes) == (0, 0)


def test_unused_ones_are_dropped(tmp_path: Path) -> None:
    clock = SimpleNamespace(now=0.0)
    held = Uploads(tmp_path, clock=lambda: clock.now)
    old = send(held, b"old")
    clock.now = uploads.UNUSED_SECONDS - 1
    new = send(held, b"new")
    clock.now += 1
    held.drop_unused()
    with pytest.raises(UploadError), held.take(old):
        pass
    with held.take(new) as data:
        assert data == b"new"
    assert held.bytes == 0


def test_all_together_are_capped(tmp_path: Path) -> None:
    held = Uploads(tmp_path, max_held=20_000)
    first = send(held, b"x" * 15_000)
    with pytest.raises(UploadsFull, match=strings.UPLOADS_FULL):
        send(held, b"x" * 15_000)
    with held.take(first):
        pass
    send(held, b"x" * 15_000)
    small = Uploads(tmp_path, max_held=20_000)
    for _ in range(4):
        send(small, b"")
    with pytest.raises(UploadsFull):  # empty ones are not free either
        send(small, b"")


def test_one_has_a_cap_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 1000)
    held = Uploads(tmp_path)
    with pytest.raises(UploadTooLarge, match="MB"):
        send(held, b"x" * 1001)
    assert held.bytes == 0
