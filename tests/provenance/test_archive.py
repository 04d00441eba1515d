"""The ZIP: everything in it, nothing of the machine in it, the same bytes every time."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from cf_esrt.provenance import (
    NOTICE,
    Box,
    LabelledResult,
    ProvenanceError,
    file_names,
    from_json,
    original_png,
    read_picture,
    result_png,
    zip_bytes,
)
from tests.provenance.samples import labelled, panes, picture, setting


def test_everything_is_in_it() -> None:
    crop, results = panes()
    settings = {"zoom": 4.0, "panes": ["original", "cf-esrt"], "millimetres": None}
    with zipfile.ZipFile(io.BytesIO(zip_bytes(crop, results, settings=settings))) as archive:
        assert archive.testzip() is None
        names = ["bicubic.png", "esrt.png", "cf-esrt-detail-0.70.png"]
        assert archive.namelist() == ["README.txt", "provenance.json", "settings.json", "original.png", *names]
        assert from_json(archive.read("provenance.json")) == tuple(pane.provenance for pane in results)
        assert json.loads(archive.read("settings.json")) == settings
        assert archive.read("original.png") == original_png(crop, results[0].provenance.photograph)
        for name, pane in zip(names, results, strict=True):
            assert archive.read(name) == result_png(pane.pixels, pane.provenance)
            assert np.array_equal(read_picture(archive.read(name)), pane.pixels)
        readme = archive.read("README.txt").decode()
        assert NOTICE in readme
        assert all(name in readme for name in (*names, "python -m cf_esrt reproduce"))


def test_the_same_bytes_and_nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    crop, results = panes()
    data = zip_bytes(crop, results, settings={"b": 1, "a": 2})
    monkeypatch.setattr("sys.platform", "win32")
    assert zip_bytes(crop, results, settings={"a": 2, "b": 1}) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.create_system == 3
            assert entry.external_attr == 0o100644 << 16
            assert not entry.extra


def test_names_never_meet() -> None:
    photograph, box = picture(), Box(0, 0, 9, 9)
    details = (0.7, 0.701, 0.2)
    records = [labelled(photograph, box, setting(detail=detail)).provenance for detail in details]
    records += [labelled(photograph, box, setting("original", None)).provenance]
    assert file_names(records) == [
        "cf-esrt-detail-0.70.png", "cf-esrt-detail-0.70-2.png", "cf-esrt-detail-0.20.png", "original-2.png",
    ]  # fmt: skip


def test_only_results_of_this_crop() -> None:
    crop, results = panes()
    with pytest.raises(ProvenanceError, match="no result"):
        zip_bytes(crop, [])
    with pytest.raises(ProvenanceError, match="this crop"):
        zip_bytes(crop[::-1], results)
    with pytest.raises(ValueError, match="does not belong"):
        zip_bytes(crop, [LabelledResult(results[1].pixels, results[0].provenance)])
