"""Stimuli: the right pictures, lossless, in files that tell nothing."""

from __future__ import annotations

import io
import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from cf_esrt import fidelity, models
from cf_esrt.enhance import Enhancer
from cf_esrt.survey import manifest, pngs, stimuli
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, folder, prepared, repeat, settings


def pixels(path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_pictures_are_what_the_methods_give(tmp_path):
    study = folder(tmp_path / "s", settings(methods=("original", "bicubic", "theirs=theirs")), side=18)
    (study.path / "theirs").mkdir()
    for number in range(4):
        ready = np.full((16, 16, 3), number, np.uint8)
        Image.fromarray(ready).save(study.path / "theirs" / f"p{number}.png")
    reported: list[tuple[int, int]] = []
    found = stimuli.prepare(study, study.read(), device="cpu", progress=lambda *done: reported.append(done))
    assert reported == [(done, 12) for done in range(1, 13)]
    bicubic = Enhancer.load("bicubic", "cpu")
    for number in range(4):
        truth = pixels(study.path / "images" / f"p{number}.png")[1:17, 1:17]  # to sides of whole quarters
        expected = {
            "original": truth,
            "bicubic": bicubic(fidelity.shrink(np.ascontiguousarray(truth))),
            "theirs": np.full((16, 16, 3), number, np.uint8),
        }
        for method, picture in expected.items():
            one = found.find(f"p{number}", method)
            assert np.array_equal(pixels(study.stimuli / one.file), picture)
            assert (one.width, one.height) == (16, 16)
    assert stimuli.check(study, study.read()) == found == manifest.read(study.manifest)


def test_the_anchor_is_a_quarter_of_the_input_enlarged(tmp_path):
    gold = [{"image": "p0", "method": "anchor", "expect": [1, 2]}]
    for are, side in (("ground-truth", 64), ("input", 16)):
        given = settings(methods=("bicubic", "esrt"), images_are=are, gold=gold)
        made = folder(tmp_path / are, given, side=side)
        found = stimuli.prepare(made, made.read(), load=repeat)
        anchor = pixels(made.stimuli / found.find("p0", "anchor").file)
        assert anchor.shape == (64, 64, 3)
        truth = pixels(made.path / "images" / "p0.png")
        low = fidelity.shrink(truth) if are == "ground-truth" else truth
        quarter = Image.fromarray(low).resize((4, 4), Image.Resampling.BICUBIC)
        assert np.array_equal(anchor, np.asarray(quarter.resize((64, 64), Image.Resampling.BICUBIC)))
        assert not [one for one in found.stimuli if one.method == "anchor" and one.image != "p0"]


def test_what_ran_a_network_is_written_down(tmp_path):
    made = folder(tmp_path / "s", settings())
    found = stimuli.prepare(made, made.read(), engine="openvino", load=repeat)
    assert {(one.method, one.engine, one.precision) for one in manifest.read(made.manifest).stimuli} == {
        ("original", None, None), ("bicubic", None, None), ("esrt", "openvino", "float32"),
    }  # fmt: skip
    older = found.model_dump(mode="json", exclude={"stimuli": {"__all__": {"engine", "precision"}}})
    made.manifest.write_text(json.dumps(older), "utf-8")
    assert stimuli.check(made, made.read()).stimuli[0].engine is None  # made before that was written down


def test_inputs_are_enlarged_as_they_are_and_long_ones_shrunk_first(tmp_path):
    given = settings(methods=("bicubic", "esrt"), images_are="input", longest_side=32)
    study = folder(tmp_path / "s", given, side=64)
    found = stimuli.prepare(study, study.read(), load=repeat)
    assert {(one.width, one.height) for one in found.stimuli} == {(128, 128)}
    made_with = {one.made_with for one in found.stimuli if one.method == "esrt"}
    assert made_with == {f"esrt {models.describe('esrt').sha256}"}


def test_files_tell_nothing(tmp_path):
    study = prepared(tmp_path / "s", settings())
    files = sorted(study.stimuli.iterdir())
    assert len(files) == 12
    assert all(re.fullmatch(r"[0-9a-f]{32}\.png", file.name) for file in files)
    assert len({(file.stat().st_size, file.stat().st_mtime) for file in files}) == 1
    for file in files:
        data = file.read_bytes()
        kinds = [data[at + 4 : at + 8] for at in chunks(data)]
        assert set(kinds) == {b"IHDR", b"sRGB", b"IDAT", pngs.PADDING, b"IEND"}
        assert Image.open(io.BytesIO(data)).info.keys() <= {"srgb"}
    assert study.manifest.stat().st_mode & 0o077 == 0
    # neither does the order of the names: made anew, every picture has another
    repeated = stimuli.prepare(study, study.read(), load=repeat)
    assert not {one.file for one in repeated.stimuli} & {file.name for file in files}
    assert len(list(study.stimuli.iterdir())) == 12
    assert manifest.read(study.manifest) == repeated
    assert [path.name for path in study.path.iterdir() if path.name.startswith(".")] == []


def chunks(data: bytes):
    at = 8
    while at < len(data):
        yield at
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def test_padding_of_files_that_differ_by_a_few_bytes():
    files = [pngs.encode(np.full((4, 4, 3), 7, np.uint8)), pngs.encode(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))]
    assert len(files[0]) != len(files[1])
    padded = pngs.padded(files)
    assert len(set(map(len, padded))) == 1
    for before, after in zip(files, padded, strict=True):
        assert np.array_equal(pixels(io.BytesIO(before)), pixels(io.BytesIO(after)))
    with pytest.raises(ValueError, match="not a whole PNG"):
        pngs.padded([files[0][:-1]])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"methods": ["original", "bicubic", "theirs=theirs"]}, "holds no picture named p0; there has to be one"),
        ({"methods": ["original", "no-model"]}, "There is no model 'no-model'"),
        ({"methods": ["original", {"model": "esrt", "detail": 0.5}]}, "The model 'esrt' has no detail setting"),
        ({"images": ["images/p0.png", "images/p1.png", "images/none.png"]}, "none.png is not there"),
        ({"images": ["images/p0.png", "images/p1.png", "protocol.yaml"]}, "protocol.yaml cannot be read: "),
    ],
)
def test_what_cannot_be_prepared_leaves_what_was_there(tmp_path, change, sentence):
    study = prepared(tmp_path / "s", settings())
    before = {file.name: file.read_bytes() for file in study.stimuli.iterdir()}
    broken = type(study.read()).model_validate(settings() | change)
    with pytest.raises(ValueError, match=sentence):
        stimuli.prepare(study, broken, load=repeat)
    assert {file.name: file.read_bytes() for file in study.stimuli.iterdir()} == before
    assert stimuli.check(study, study.read())
    assert [path.name for path in study.path.iterdir() if path.name.startswith(".")] == []


def test_every_fault_is_told_before_a_network_runs(tmp_path):
    given = settings(methods=("original", "esrt", "theirs=theirs"))
    given["images"].append("images/gone.png")
    study = folder(tmp_path / "s", given)
    (study.path / "images" / "p4.png").unlink()
    (study.path / "theirs").mkdir()
    for number, size in ((0, (16, 17)), (1, (16, 16)), (2, (12, 12))):
        Image.new("RGB", size).save(study.path / "theirs" / f"p{number}.png")

    def load(model: str, device: str, engine: str):
        raise AssertionError("a network would run")

    with pytest.raises(StudyError) as caught:
        stimuli.prepare(study, study.read(), load=load)
    told = str(caught.value).splitlines()
    assert len(told) == 4
    assert "gone.png is not there" in told[0]
    assert "p0.png is 16 × 17 pixels; its method's pictures are 16 × 16" in told[1]
    assert "p2.png is 12 × 12 pixels" in told[2]
    assert "no picture named p3" in told[3]
    with pytest.raises(StudyError, match=r"gone\.png is not there"):
        stimuli.inputs(study, study.read(), tmp_path / "inputs")
    assert not (tmp_path / "inputs").exists()


def test_inputs_for_other_systems_are_what_the_networks_get(tmp_path):
    study = folder(tmp_path / "s", settings(methods=("original", "bicubic")), side=18)
    written = stimuli.inputs(study, study.read(), tmp_path / "inputs")
    assert [path.name for path in written] == ["p0.png", "p1.png", "p2.png", "p3.png"]
    truth = np.ascontiguousarray(pixels(study.path / "images" / "p0.png")[1:17, 1:17])
    assert np.array_equal(pixels(written[0]), fidelity.shrink(truth))
    assert pixels(written[0]).shape == (4, 4, 3)


def test_stimuli_that_were_touched_do_not_open(tmp_path):
    study = prepared(tmp_path / "s", settings())
    file = next(study.stimuli.iterdir())
    kept = file.read_bytes()
    Image.new("RGB", (16, 16)).save(file)
    with pytest.raises(StudyError, match="missing or not as it was made"):
        Survey.open(study, PASSWORD)
    file.write_bytes(kept)
    study.protocol.write_text(study.protocol.read_text("utf-8").replace("Look.", "Look again."), "utf-8")
    with pytest.raises(StudyError, match="edited after its stimuli were made; run 'survey prepare' again"):
        Survey.open(study, PASSWORD)
    os.remove(study.manifest)
    with pytest.raises(StudyError, match="has no stimuli yet"):
        Survey.open(study, PASSWORD)
