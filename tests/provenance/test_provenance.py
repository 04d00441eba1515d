"""Provenance: what it holds, what it refuses, JSON both ways."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cf_esrt import fidelity
from cf_esrt.models import describe
from cf_esrt.provenance import (
    BackProjection,
    Box,
    ImageDigest,
    Provenance,
    ProvenanceError,
    Setting,
    from_json,
    stem,
    to_json,
)
from cf_esrt.provenance import pixel_digest as digest
from tests.provenance.samples import labelled, panes, picture, setting


def record() -> Provenance:
    return panes()[1][2].provenance


@settings(max_examples=25)
@given(
    st.integers(0, 3),
    st.integers(1, 9),
    st.one_of(st.none(), st.floats(0, 1)),
    st.one_of(st.none(), st.builds(BackProjection, st.integers(0, 99), st.floats(1, 99))),
)
def test_json_both_ways(x: int, width: int, detail: float | None, step: BackProjection | None) -> None:
    one = labelled(picture(12, 9), Box(x, 1, width, 7), setting(detail=detail, back_projection=step)).provenance
    two = labelled(picture(12, 9), Box(0, 0, 8, 8), setting("bicubic")).provenance
    text = to_json([one, two])
    assert from_json(text) == (one, two)
    assert to_json(from_json(text.encode())) == text


def test_an_infinite_consistency_survives() -> None:
    flat = labelled(np.full((9, 9, 3), 77, np.uint8), Box(0, 0, 9, 9), setting("bicubic")).provenance
    assert flat.consistency == math.inf
    assert from_json(to_json([flat]))[0].consistency == math.inf


def test_what_is_recorded_and_nothing_else() -> None:
    """No name of a file, no path, no time, nothing of a patient: every field of the file is known here."""
    value = json.loads(to_json([record()]))["results"][0]
    assert set(value) == {
        "setting", "box", "photograph", "crop", "result", "fidelity", "version", "libraries", "notice",
    }  # fmt: skip
    assert set(value["setting"]) == {
        "model", "title", "checkpoint_sha256", "scale", "detail", "back_projection", "tile", "device", "precision",
        "engine", "degradation",
    }  # fmt: skip
    assert set(value["libraries"]) == {"numpy", "pillow", "torch"}
    assert set(value["photograph"]) == {"width", "height", "sha256"}


def test_the_hash_is_of_size_and_bytes() -> None:
    pixels = picture(5, 4)
    assert digest(pixels) == hashlib.sha256(b"RGB8 5 4\n" + pixels.tobytes()).hexdigest()
    assert digest(pixels[:, ::-1]) == digest(np.ascontiguousarray(pixels[:, ::-1]))
    assert digest(pixels) != digest(pixels.reshape(5, 4, 3))
    with pytest.raises(ValueError, match="uint8"):
        digest(pixels.astype(float))


def changed(text: str, *path: str | int, to: object) -> str:
    value = json.loads(text)
    place = value["results"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(value)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("setting", "model"), "../../etc/x"),
        (("setting", "model"), 3),
        (("setting", "scale"), 2),
        (("setting", "detail"), 1.5),
        (("setting", "detail"), True),
        (("setting", "tile"), 0),
        (("setting", "device"), "tpu"),
        (("setting", "checkpoint_sha256"), "abc"),
        (("setting", "back_projection"), {"iterations": 3}),
        (("setting", "back_projection"), {"iterations": -1, "target_db": 45}),
        (("setting", "back_projection"), {"iterations": 10**9, "target_db": 45}),
        (("setting", "back_projection"), {"iterations": 20, "target_db": 10**400}),
        (("setting", "tile"), 10**30),
        (("fidelity", "consistency_db"), 10**400),
        (("box", "x"), -1),
        (("box", "x"), 10_000),
        (("box", "width"), 7),
        (("crop", "sha256"), "AB" * 32),
        (("result", "height"), 5),
        (("fidelity",), {}),
        (("fidelity", "consistency_db"), "high"),
        (("libraries", "torch"), 2),
        (("notice",), None),
        (("added",), 1),
    ],
)
def test_a_changed_record_is_refused_in_one_sentence(path: tuple[str, ...], to: object) -> None:
    text = to_json([record()])
    with pytest.raises(ProvenanceError, match=r"^The record.*\.$"):
        from_json(changed(text, *path, to=to))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": "cf-esrt-provenance-1", "results": []}', b"\xff\xfe\x00", "[" * 100_000, "NaN"],
)
def test_other_files_are_refused(text: str | bytes) -> None:
    with pytest.raises(ProvenanceError, match=r"\.$"):
        from_json(text)


def test_sizes_must_belong_together() -> None:
    crop, (pane, *_) = panes()
    report = fidelity.assess(pane.pixels, crop, pane.pixels, known=())
    with pytest.raises(ProvenanceError, match="four times"):
        Provenance.of(
            setting(),
            photograph=ImageDigest(99, 99, "0" * 64),
            box=Box(0, 0, 24, 18),
            crop=crop,
            result=pane.pixels[:4],
            report=report,
        )
    with pytest.raises(ValueError, match="outside"):
        Box(0, 0, 30, 5).crop_from(crop)


def test_a_setting_leaves_out_what_does_not_apply() -> None:
    bicubic = Setting.of(describe("bicubic"), device="cuda", tile=32, detail=0.5)
    assert (bicubic.device, bicubic.tile, bicubic.detail, bicubic.checkpoint_sha256) == ("cpu", None, None, None)
    network = Setting.of(describe("cf-esrt"), device="cpu", detail=0.5)
    assert network.tile == describe("cf-esrt").tile
    assert network.detail == 0.5
    assert network.checkpoint_sha256 == describe("cf-esrt").sha256
    assert Setting.of(describe("cf-esrt"), device="cpu").detail == 1.0
    assert (bicubic.precision, network.precision) == ("8-bit", "float32")
    assert Setting.of(describe("cf-esrt"), device="cuda", precision="float16").precision == "float16"
    assert Setting.of(describe("esrt"), device="cpu", tile=32, detail=0.5).detail is None
    with pytest.raises(ProvenanceError, match="cpu or cuda"):
        Setting.of(describe("esrt"), device="mps")


def test_stems_say_how() -> None:
    assert stem(setting(detail=0.7)) == "cf-esrt-detail-0.70"
    assert stem(setting("bicubic", back_projection=BackProjection())) == "bicubic-backprojected"


@pytest.mark.parametrize(("old", "today"), [("clean", "bicubic"), ("camera", "camera")])
def test_a_record_in_the_words_of_version_0_1_is_read(old: str, today: str) -> None:
    value = json.loads(to_json([record()]))
    setting = value["results"][0]["setting"]
    del setting["degradation"]
    setting["family"] = old
    assert from_json(json.dumps(value))[0].setting.degradation == today
    setting["family"] = "phone"
    with pytest.raises(ProvenanceError, match="degradation"):
        from_json(json.dumps(value))


def test_a_record_without_a_degradation_is_of_shrunk_photographs() -> None:
    value = json.loads(to_json([record()]))
    del value["results"][0]["setting"]["degradation"]
    (found,) = from_json(json.dumps(value))
    assert found.setting.degradation == "bicubic"
    value["results"][0]["setting"]["degradation"] = "phone"
    with pytest.raises(ProvenanceError, match="degradation"):
        from_json(json.dumps(value))
