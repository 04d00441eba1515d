"""Small files that ask for much work: each is answered at once, by a parser that is linear or by the budget."""

from __future__ import annotations

import itertools
import signal
import struct
import sys
from contextlib import suppress
from typing import Any

import pytest

from cf_esrt import photo
from cf_esrt.photo import budget
from cf_esrt.photo.formats import png as png_format
from cf_esrt.photo.formats.jpeg import scan_jpeg
from cf_esrt.photo.pipeline import read_in_process
from tests.photo.files import PICTURE, dicom, exif, heic, jpeg, png, png_chunk, tiff, webp
from tests.photo.test_refusals import checked


def _steps(monkeypatch: pytest.MonkeyPatch, data: bytes) -> int:
    """Lines of Python that reading the header takes: the same on every machine, unlike its time."""
    count = itertools.count()
    monkeypatch.setattr("cf_esrt.photo.pipeline.within", lambda _, work: work())

    def trace(*_: Any) -> Any:
        next(count)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(photo.PhotoError):
            read_in_process(data, photo.Limits(max_pixels=1))
    finally:
        sys.settrace(before)
    return next(count)


def _fill_before_a_marker(size: int) -> bytes:
    body = jpeg()
    return body[:2] + b"\xff" * size + body[2:]


def _fill_in_a_scan(size: int) -> bytes:
    body = jpeg()
    at = body.index(b"\xff\xda") + 40
    return body[:at] + b"\xff" * size + b"\0" + body[at:]


def _comments(size: int) -> bytes:
    body = jpeg()
    return body[:2] + b"\xff\xfe\x00\x02" * (size // 4) + body[2:]


def _boxes(size: int) -> bytes:
    return heic() + ((8).to_bytes(4, "big") + b"free") * (size // 8)


def _chunks(size: int) -> bytes:
    body = png()
    return body[:33] + png_chunk(b"prVt", b"") * (size // 12) + body[33:]


def _web_chunks(size: int) -> bytes:
    count, body = size // 8, webp(exif=exif(orientation=1))
    length = (len(body) - 8 + 8 * count).to_bytes(4, "little")
    return body[:4] + length + body[8:30] + b"XXXX\0\0\0\0" * count + body[30:]


@pytest.mark.parametrize("make", [_fill_before_a_marker, _fill_in_a_scan, _boxes, _comments, _chunks, _web_chunks])
def test_parsers_take_bounded_steps(make, monkeypatch):
    """Ten times the file takes no more than ten times the steps, and not one step a byte."""
    monkeypatch.setattr(png_format, "_MAX_CHUNKS", 2000)
    small, large = (_steps(monkeypatch, make(size)) for size in (20_000, 200_000))
    assert large < 10.5 * small
    assert large < 150_000


def test_runs_of_fill_bytes_are_searched_once():
    """A run of a million: a pattern that starts anew at each of its bytes would take hours."""
    with pytest.raises(photo.PhotoError):
        scan_jpeg(b"\xff\xd8" + _fill_in_a_scan(1_000_000)[2:-2])
    assert scan_jpeg(_fill_before_a_marker(1_000_000)).size == (56, 40)
    assert photo.read(_fill_before_a_marker(100_000)).pixels.shape == PICTURE.shape


@pytest.mark.parametrize(
    ("make", "size"), [(_comments, 200_000), (_boxes, 80_000), (_chunks, 2_000_000), (_web_chunks, 16_000)]
)
def test_more_parts_than_a_photograph_needs(make, size):
    with pytest.raises(photo.PhotoError) as caught:
        photo.read(make(size))
    assert "more parts" in checked(caught.value, photo.Unsupported)


def _elements(count: int) -> bytes:
    """A DICOM file with that many private elements before its pixels."""
    body = dicom()
    at = body.index(b"\x28\x00\x02\x00US")
    private = b"".join((0x0009).to_bytes(2, "little") + (i & 0xFFFF).to_bytes(2, "little") + b"UN\0\0\0\0\0\0"
                       for i in range(0x1000, 0x1000 + count))  # fmt: skip
    return body[:at] + private + body[at:]


def _pages(count: int) -> bytes:
    """A TIFF file with that many empty pages behind the first."""
    body = bytearray(tiff() + b"\0")
    del body[len(body) // 2 * 2 :]
    first = int.from_bytes(body[4:8], "little")
    following = first + 2 + 12 * int.from_bytes(body[first : first + 2], "little")
    at = len(body)
    body[following : following + 4] = at.to_bytes(4, "little")
    for page in range(count):
        after = at + 18 * (page + 1) if page < count - 1 else 0
        body += struct.pack("<HHHIII", 1, 256, 4, 1, 56, after)
    return bytes(body)


@pytest.mark.parametrize(
    ("make", "count"),
    [(_elements, 20_000), (_pages, 40_000)],
    ids=["dicom", "tiff"],
)
def test_the_budget_ends_a_header(make, count, monkeypatch):
    """What libraries and generators walk over; here with a hundredth of the budget, so that the files are small."""
    body = make(count)
    monkeypatch.setattr("cf_esrt.photo.pipeline.HEADER_SECONDS", 0.01)
    with pytest.raises(photo.PhotoError) as caught:
        read_in_process(body, photo.Limits())
    assert "header" in checked(caught.value, photo.TooSlow)
    monkeypatch.undo()
    assert read_in_process(make(3), photo.Limits()).pixels.shape == PICTURE.shape


def test_millions_of_elements_are_given_up_in_the_worker():
    with pytest.raises(photo.PhotoError) as caught:
        photo.read(_elements(600_000))
    assert "header" in checked(caught.value, photo.TooSlow)
    assert photo.read(dicom()).pixels.shape == PICTURE.shape  # the worker lives on


def test_the_budget_passes_through_parsers_and_leaves_nothing_behind():
    def stubborn() -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:  # noqa: BLE001 - as careless parsers have it
                continue

    before = signal.getsignal(signal.SIGPROF)
    with pytest.raises(budget.Spent):
        budget.within(0.02, stubborn)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) is before
    assert budget.within(5, lambda: 7) == 7
