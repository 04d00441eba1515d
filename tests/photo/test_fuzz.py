"""Spoiled files give a photograph or one sentence: no crash, no hang, no file and no process left behind."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cf_esrt import photo
from cf_esrt.photo import process, sandbox
from tests.photo.mutations import mutated, whole_files, with_good_checksums
from tests.photo.test_refusals import check_sentence

_LIMITS = photo.Limits(max_pixels=1_000_000, max_bytes=4_000_000, seconds=8)
_WHOLE = whole_files()
_ALL = [body for bodies in _WHOLE.values() for body in bodies]
#: Together 5,400 and what hypothesis adds.
_EACH = {"JPEG": 900, "PNG": 900, "WebP": 900, "TIFF": 900, "HEIC": 900, "DICOM": 900}
_MANY = 10_000


@pytest.fixture
def decoders(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[None]:
    """Decoders of this test's own; a decoder that died, hung or left something behind fails the test."""
    monkeypatch.setattr(process, "PHOTOGRAPHS_PER_WORKER", 1_000_000)
    monkeypatch.setattr(process, "_KEPT", (*process._KEPT, "TMPDIR"))  # in the machine's, other processes write too
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(sandbox, "_pool", sandbox.Pool())
    children = set(psutil.Process().children(recursive=True))
    with caplog.at_level(logging.ERROR, logger="cf_esrt.photo"):
        yield
    sandbox.close()
    records = [record for record in caplog.get_records("call") if record.name.startswith("cf_esrt.photo")]
    assert {record.getMessage() for record in records} == set()
    assert set(psutil.Process().children(recursive=True)) == children
    assert not list(tmp_path.iterdir())


def _read(data: bytes) -> str:
    """What became of it, by name."""
    try:
        found = photo.read(data, limits=_LIMITS)
    except photo.PhotoError as error:
        check_sentence(str(error))
        return type(error).__name__
    assert found.pixels.dtype == np.uint8
    assert found.pixels.shape[2:] == (3,)
    assert min(found.pixels.shape[:2]) >= _LIMITS.min_side
    check_names(photo.dropped_metadata(found.metadata))
    return "Photo"


def check_names(names: Iterable[str]) -> None:
    assert all(name and "\n" not in name for name in names)


def test_the_files_are_whole():
    for kind, bodies in _WHOLE.items():
        for body in bodies:
            assert photo.read(body).metadata.format == kind


@pytest.mark.parametrize("kind", _EACH)
def test_mutated_files(kind, decoders):
    results = Counter(_read(data) for data in mutated(_WHOLE[kind], _ALL, _EACH[kind], seed=20261122))
    assert results.total() == _EACH[kind]
    assert results["Photo"] < results.total()  # spoiling did spoil
    assert len(results) >= 3
    # CharLS can be kept busy for half a minute by one wrong byte; ending that is what the timeout is for
    assert results["TooSlow"] <= results.total() // 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", _EACH)
def test_many_mutated_files(kind, seed, decoders):
    for data in mutated(_WHOLE[kind], _ALL, _MANY, seed):
        _read(data)


@pytest.mark.slow
def test_mutated_real_photographs(shared_data, decoders):
    paths = [path for folder in ("ham10000/test", "pad_ufes_20") for path in sorted((shared_data / folder).glob("*"))]
    bodies = [path.read_bytes() for path in paths[::20] if path.stat().st_size < _LIMITS.max_bytes]
    for data in mutated(bodies, _ALL, 3000, seed=7):
        _read(data)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(0, len(_ALL) - 1),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=6),
    early=st.booleans(),
    cut=st.one_of(st.none(), st.floats(0, 1)),
)
def test_changed_bytes(which, changes, early, cut, decoders):
    body = bytearray(_ALL[which])
    span = min(len(body), 700) if early else len(body)  # headers are where the trouble is
    for where, value in changes:
        at = int(where * span)
        body[at : at + len(value)] = value
    if cut is not None:
        body = body[: int(cut * len(body))]
    data = bytes(body)
    _read(with_good_checksums(data) if data[:4] == b"\x89PNG" else data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    magic=st.sampled_from([body[:132] for body in _ALL] + [body[:16] for body in _ALL]), rest=st.binary(max_size=400)
)
def test_rubbish_behind_a_true_beginning(magic, rest, decoders):
    _read(magic + rest)
