"""The commands that measure thresholds and back-projection."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cf_esrt import models
from cf_esrt.enhance import Enhancer
from cf_esrt.fidelity import shrink
from cf_esrt.fidelity.effect import read_effects
from cf_esrt.fidelity.notices import THRESHOLDS, read_thresholds
from training.analyses import backprojection, thresholds
from training.data import decode
from training.metrics import LPIPS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photographs with structure, one of them smaller than a patch, and a damaged file."""
    photographs = tmp_path / "set" / "photographs"
    photographs.mkdir(parents=True)
    random = np.random.default_rng(12)
    for name, (height, width) in {"a": (300, 520), "b": (256, 256), "c": (200, 240)}.items():
        coarse = Image.fromarray(random.integers(60, 200, (height // 4, width // 4, 3), dtype=np.uint8))
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(photographs / f"{name}.png")
    (photographs / "d.png").write_bytes(b"no picture")
    return photographs


def test_thresholds_are_measured_and_read_back(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    target = tmp_path / "thresholds.json"
    assert thresholds.main(["--data", str(folder), "-o", str(target), "--count", str(folder)]) == 0
    document = json.loads(target.read_text("utf-8"))
    assert document["photographs"] == 3
    assert document["inputs"] == {"whole": 3, "patch": 3}  # two patches fit into a, one into b, none into c
    assert not any(word.startswith("/") for word in document["command"].split())
    ranges = read_thresholds(target)
    assert (ranges["size"].low, ranges["size"].high) == (64, pytest.approx(520 / 4, rel=0.02))
    out = capsys.readouterr().out
    assert out.startswith("**set/photographs**, share noticed\n\n| input | n | any | sharpness | blockiness |")
    assert "| whole, shrunk as in training | 3 | " in out
    assert "| whole, as it is | 3 | 100.0% |" in out  # their size, at least


def test_a_cameras_inputs_are_measured_with_a_seed_each(folder: Path, tmp_path: Path):
    target, repeat = tmp_path / "camera.json", tmp_path / "again.json"
    for path in (target, repeat):
        assert thresholds.main(["--data", str(folder), "--degradation", "camera", "-o", str(path)]) == 0
    first, second = (json.loads(path.read_text("utf-8")) for path in (target, repeat))
    assert first["properties"] == second["properties"]
    assert "--degradation camera" in first["command"]
    assert thresholds.main(["--data", str(folder), "-o", str(repeat)]) == 0
    assert json.loads(repeat.read_text("utf-8"))["properties"] != first["properties"]


def test_the_wider_kind_decides(folder: Path):
    image = decode(folder / "a.png")
    assert image is not None
    kinds = [list(thresholds.whole_input(image)), list(thresholds.patch_inputs(image))]
    for name in ("sharpness", "saturation"):
        found = thresholds.range_of(name, kinds)
        values = [getattr(one, name) for one in kinds[0] + kinds[1]]
        assert found.low == pytest.approx(min(values), rel=0.02)
        assert found.high == pytest.approx(max(values), rel=0.02)
    assert thresholds.range_of("noise", kinds).low is None


def test_the_committed_thresholds_are_those_of_the_training_photographs(shared_data: Path):
    """Every 54th photograph: its inputs lie within the committed ranges, but for about one in a hundred a property."""
    ranges = read_thresholds(THRESHOLDS)
    inputs = []
    for path in sorted((shared_data / "isic_cc0" / "train").iterdir())[::54]:
        image = decode(path)
        assert image is not None
        inputs += [*thresholds.whole_input(image), *thresholds.patch_inputs(image)]
    outside = sum(bool(thresholds.notices_of(one, ranges)) for one in inputs)
    assert 0 < outside < 0.1 * len(inputs)


@pytest.mark.parametrize("arguments", [["--data", "nowhere"], ["--count", "nowhere"]])
def test_a_missing_folder_is_one_sentence(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    target = tmp_path / "thresholds.json"
    target.write_bytes(THRESHOLDS.read_bytes())
    assert thresholds.main([*arguments, "-o", str(target)]) == 2
    assert "nowhere is not there" in capsys.readouterr().err


def test_photographs_that_are_too_small_make_no_thresholds(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name in ("a.png", "b.png"):
        (folder / name).unlink()
    assert thresholds.main(["--data", str(folder), "-o", str(tmp_path / "none.json")]) == 2
    assert "an input of the kind 'patch'" in capsys.readouterr().err
    assert not (tmp_path / "none.json").exists()


def test_back_projection_is_compared_with_the_own_result(folder: Path, backbones: Path):
    lpips = LPIPS(backbones / "alexnet_features.safetensors")
    files = [folder / "b.png", folder / "d.png"]
    rows = backprojection.compare(Enhancer.load("bicubic", "cpu"), files, "patch256", lpips, [1.0, 55.0], 20)
    assert list(rows) == [None, 1.0, 55.0]
    own, lower, higher = rows.values()
    assert (own.changed, lower.changed, higher.changed) == (0, 0, 1)
    assert lower.consistency == own.consistency
    assert lower.lpips == own.lpips
    assert higher.consistency[0] > 55 > own.consistency[0]
    assert (lower.reached, higher.reached) == (1, 1)
    truth = decode(files[0])
    assert truth is not None
    assert Image.fromarray(shrink(truth)).size == (64, 64)
    table = backprojection.markdown(rows, "bicubic, b").splitlines()
    assert table[0] == "**bicubic, b**, 1 photographs, mean ± SD"
    assert table[4].startswith("| none |  |  | ")
    assert table[6].startswith("| to 55 dB | 1 of 1 | 1 of 1 | ")


def test_the_means_are_written_for_the_page(folder: Path, backbones: Path, tmp_path: Path):
    target, weights = tmp_path / "effect.json", backbones / "alexnet_features.safetensors"
    asked = ["--model", "bicubic", "esrt", "--data", str(folder), "--protocol", "patch256", "--target", "1", "60"]
    assert backprojection.main([*asked, "--lpips-weights", str(weights), "-o", str(target)]) == 0
    first, second, *others = read_effects(target)
    assert (first.model, first.sha256, first.data, first.photographs) == ("bicubic", None, "set/photographs", 3)
    assert (first.target, first.changed, first.lpips_after) == (1.0, 0, first.lpips_before)
    assert (second.target, second.changed) == (60.0, 3)
    assert second.lpips_after != second.lpips_before
    assert [other.model for other in others] == ["esrt", "esrt"]
    assert others[0].sha256 == models.describe("esrt").sha256


def test_an_infinite_consistency_is_reported_apart():
    assert backprojection.spread([float("inf"), 50.0], 1) == "50.0 ± 0.0 (1 ∞ left out)"
    assert backprojection.spread([float("inf")], 1) == "∞"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--model", "nothing"], "nothing"), (["--lpips-weights", "none.safetensors"], "none.safetensors")],
)
def test_what_cannot_be_measured_is_one_sentence(
    arguments: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert backprojection.main(["--data", str(folder), *arguments]) == 2
    assert sentence in capsys.readouterr().err
