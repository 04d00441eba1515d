"""Logs carry no file names, no pixels, no words of an error."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.session_state import SessionState
from tests.interface.common.arrivals import send


def test_kind_and_place_are_logged_but_no_words(caplog: pytest.LogCaptureFixture) -> None:
    try:
        try:
            Path("/no/Erika Mustermann.jpg").read_bytes()
        except OSError as error:
            raise ValueError("pixels of Erika: 12 13 14") from error
    except ValueError as error:
        log_failure(logging.getLogger("test"), "a photograph could not be read", error)
    text = caplog.text
    assert "a photograph could not be read: ValueError at test_error_log.py:" in text
    assert "after FileNotFoundError at" in text
    assert "Erika" not in text
    assert "12 13" not in text


def test_a_photograph_that_breaks_the_reader_is_not_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(data: bytes, **_: object) -> None:
        raise RuntimeError(f"cannot read {tmp_path}/Erika.jpg: {data!r}")

    monkeypatch.setattr("cf_esrt.interface.preview.photographs.photo.read", broken)
    uploads = Uploads(tmp_path)
    caplog.set_level(0)
    event = SimpleNamespace(_data=send(uploads, b"pixels"))
    text = asyncio.run(Events(lambda *_: iter(()), uploads, ()).photo(SessionState(PictureStore()), event))["status"]  # type: ignore[arg-type]
    assert strings.READ_FAILED in text
    assert "RuntimeError" in caplog.text
    for word in ("Erika", "pixels"):
        assert word not in caplog.text + text
    assert uploads.bytes == 0
