"""The evaluation command: it scores what it says, runs each network once, and refuses before it runs one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from cf_esrt import models
from cf_esrt.enhance import Enhancer, Reconstruction
from tests.training.helpers import lpips_of, picture, write_photographs
from training.evaluation import evaluate as command
from training.evaluation import methods as rows
from training.evaluation.evaluate import evaluate, main, score_set
from training.evaluation.headline import headline
from training.evaluation.kept import Kept
from training.evaluation.methods import Method, Photographs, load_methods, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.ready_made import ReadyMade
from training.evaluation.results import read
from training.metrics import FeaturesMissing, VGG16Crops, frechet_distance


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building LPIPS takes a second: torchvision draws all of AlexNet's weights before ours are read."""
    monkeypatch.setattr(command, "LPIPS", lpips_of)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    write_photographs(tmp_path / "set" / "test", [(256, 260), (300, 280), (270, 256)])
    return tmp_path / "set" / "test"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any reconstruction fails the test."""

    def run(*_: object) -> Reconstruction:
        raise AssertionError("a network was run")

    monkeypatch.setattr(Enhancer, "reconstruct", run)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each model is run."""
    counted: Counter[str] = Counter()
    original = Enhancer.reconstruct

    def run(self: Enhancer, image: np.ndarray) -> Reconstruction:
        counted[self.descriptor.name] += 1
        return original(self, image)

    monkeypatch.setattr(Enhancer, "reconstruct", run)
    return counted


def test_the_command_prints_and_writes_the_table(
    photographs: Path, alexnet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--models", "bicubic", "--data", str(photographs), "--protocol", "patch256"]
    out = tmp_path / "out" / "table1"
    assert main([*arguments, "--quick", "--lpips-weights", str(alexnet), "--device", "cpu", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "**set/test, patch256**, 3 photographs" in printed
    assert (tmp_path / "out" / "table1.md").read_text() == printed
    assert (tmp_path / "out" / "table1.csv").read_text().count(
        "\n"
    ) == 1 + 6 + 15  # heading, six metrics, fifteen of whether detail is there
    document = json.loads((tmp_path / "out" / "table1.json").read_text())
    assert document["sets"][0]["files"] == ["photo0.png", "photo1.png", "photo2.png"]
    origin = document["origins"][0]
    assert origin["degradation"] == "Pillow antialiased bicubic"
    assert origin["command"].startswith("python -m training.evaluation.evaluate --models bicubic")
    assert list(origin["weights"]) == [alexnet.name]
    # and from the file again, without photographs
    assert main(["--from", str(tmp_path / "out" / "table1.json")]) == 0
    assert capsys.readouterr().out == printed


def test_scores_are_those_of_the_pictures(photographs: Path, alexnet: Path) -> None:
    files = sorted(photographs.iterdir())
    table = evaluate(load_methods(["bicubic"], "cpu"), files, PROTOCOLS["patch256"], lpips_of(alexnet))
    truth = load_truth(files[1], PROTOCOLS["patch256"])
    assert truth is not None
    enlarged = np.array(Image.fromarray(truth.low).resize((256, 256), Image.Resampling.BICUBIC))
    error = np.mean((enlarged.astype(float) - truth.image) ** 2)
    assert table["bicubic"]["psnr"][1] == pytest.approx(10 * np.log10(255**2 / error), abs=1e-3)


def test_a_checkpoints_networks_run_once_for_all_its_methods(
    photographs: Path, alexnet: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, runs: Counter[str]
) -> None:
    both = models.from_checkpoint(checkpoint)
    coarse = models.from_checkpoint(checkpoint, stage="coarse")
    loaded = {"cf-esrt": Enhancer.of(both, "cpu"), "cf-esrt-coarse": Enhancer.of(coarse, "cpu")}
    methods = [Method(name, "cpu", loaded) for name in ("bicubic", "cf-esrt-coarse", "cf-esrt", "cf-esrt@0.5")]
    low = picture(40, 48)
    shared_reconstructions = dict(pictures(methods, low))
    assert dict(runs) == {"bicubic": 1, "tiny": 1}
    alone = dict(pictures([methods[1]], low))["cf-esrt-coarse"]
    np.testing.assert_array_equal(shared_reconstructions["cf-esrt-coarse"], alone)
    assert not np.array_equal(shared_reconstructions["cf-esrt-coarse"], shared_reconstructions["cf-esrt"])
    np.testing.assert_array_equal(shared_reconstructions["cf-esrt@0.5"], loaded["cf-esrt"].reconstruct(low).blend(0.5))


@pytest.mark.parametrize(
    ("written", "label", "detail"),
    [("{}", "{}", 1.0), ("{}@0.25", "{}@0.25", 0.25), ("L1 only={}", "L1 only", 1.0), ("half={}@0.5", "half", 0.5)],
)
def test_a_method_is_written_with_label_and_detail(checkpoint: Path, written: str, label: str, detail: float) -> None:
    method = Method(written.format(checkpoint), "cpu", {})
    assert (method.label, method.detail) == (label.format(checkpoint), detail)
    assert method.enhancer.descriptor.name == "tiny"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["dalle"], "no model 'dalle'"),
        (["bicubic@0.5"], "one picture only"),
        (["bicubic@much"], "no number"),
        (["bicubic@2"], "between 0"),
        (["bicubic", "bicubic"], "Two methods are called bicubic"),
        (["nowhere.safetensors"], "no checkpoint at"),
    ],
)
def test_methods_that_cannot_be_had_are_one_sentence(written: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        load_methods(written, "cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--data": "nowhere"}, "nowhere"),
        ({"--data": "empty"}, "empty"),
        ({"--data": "damaged"}, "damaged"),
        ({"--data": "small"}, r"photo1.png (250 × 300)"),
        ({"--limit": "0"}, "--limit"),
        ({"--models": "dalle"}, "dalle"),
        ({"--lpips-weights": "nowhere.safetensors"}, "nowhere.safetensors"),
        ({"--vgg-weights": "nowhere.safetensors"}, "nowhere.safetensors"),
        ({"--inception-weights": "nowhere.pth"}, "InceptionV3"),
        ({"--out": "photo0.png/table"}, "--out"),
        ({"--from": "damaged.json"}, "damaged.json"),
        ({"--device": "abacus"}, "abacus"),
    ],
)
def test_bad_input_is_one_sentence_before_any_network_runs(
    photographs: Path,
    alexnet: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "photo.png").write_bytes(b"no picture")
    (tmp_path / "damaged.json").write_text("{}")
    (tmp_path / "photo0.png").write_bytes(b"")
    write_photographs(tmp_path / "small", [(256, 256), (300, 250)])
    options = {"--data": str(photographs), "--models": "bicubic", "--lpips-weights": str(alexnet)} | changed
    assert main([word for pair in options.items() for word in pair]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert captured.out == ""


def test_nothing_to_score_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "--data" in capsys.readouterr().err


def test_a_damaged_photograph_is_left_out_by_name(photographs: Path, alexnet: Path) -> None:
    whole = sorted(photographs.iterdir())
    (photographs / "photo9.png").write_bytes(whole[0].read_bytes()[:200])
    one = score_set(
        load_methods(["bicubic"], "cpu"), sorted(photographs.iterdir()), PROTOCOLS["whole256"], lpips_of(alexnet)
    )
    assert (len(one.files), one.damaged) == (3, ("photo9.png",))
    assert len(one.scores["bicubic"]["psnr"]) == 3


def test_distances_are_between_all_results_and_all_truths(photographs: Path, alexnet: Path) -> None:
    files, prepare = sorted(photographs.iterdir()), PROTOCOLS["patch256"]
    methods, crops = load_methods(["bicubic"], "cpu"), VGG16Crops(nn.Identity())
    one = score_set(methods, files, prepare, lpips_of(alexnet), [crops])
    truths = [truth for truth in (load_truth(path, prepare) for path in files) if truth is not None]
    results = np.concatenate([crops(dict(pictures(methods, truth.low))["bicubic"]) for truth in truths])
    expected = frechet_distance(results, np.concatenate([crops(truth.image) for truth in truths]))
    assert np.mean(one.scores["bicubic"]["frechet_vgg16"]) == pytest.approx(expected)
    assert len(one.scores["bicubic"]["frechet_vgg16"]) == len(files)
    assert one.samples == {"frechet_vgg16": (12, 3)}
    assert one.scores["bicubic"].keys() >= {"psnr", "lpips"}


def test_fid_that_cannot_be_had_is_a_notice(
    photographs: Path, alexnet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> None:
        raise FeaturesMissing("FID cannot be had here.")

    monkeypatch.setattr(command.InceptionV3Pictures, "load", missing)
    arguments = ["--models", "bicubic", "--data", str(photographs), "--protocol", "patch256", "--limit", "1", "--fid"]
    assert main([*arguments, "--quick", "--lpips-weights", str(alexnet)]) == 0
    captured = capsys.readouterr()
    assert "FID cannot be had here." in captured.err
    assert "FID" not in captured.out


def test_only_what_a_file_lacks_is_measured(
    photographs: Path, alexnet: Path, checkpoint: Path, tmp_path: Path, runs: Counter[str]
) -> None:
    """A row of the same weights stays; one whose label stands for other weights is measured anew."""
    file = tmp_path / "scores.json"
    options = ["--data", str(photographs), "--protocol", "patch256", "--limit", "2", "--quick", "--device", "cpu"]
    options += ["--lpips-weights", str(alexnet), "--update", str(file), "--out", str(file)]
    assert main([*options, "--models", "bicubic", f"mine={checkpoint}"]) == 0
    assert dict(runs) == {"bicubic": 2, "tiny": 2}
    first = read(file)
    assert main([*options, "--models", f"mine={checkpoint}", "bicubic"]) == 0
    assert dict(runs) == {"bicubic": 2, "tiny": 2}
    assert read(file).sets[0].scores == first.sets[0].scores
    assert main([*options, "--models", f"mine={checkpoint}@0"]) == 0
    assert dict(runs) == {"bicubic": 2, "tiny": 4}
    last = read(file)
    assert list(last.sets[0].scores) == ["bicubic", "mine"]
    assert last.sets[0].scores["bicubic"] == first.sets[0].scores["bicubic"]
    assert last.sets[0].scores["mine"] != first.sets[0].scores["mine"]


def test_kept_pictures_are_those_that_the_networks_make(checkpoint: Path, tmp_path: Path, runs: Counter[str]) -> None:
    methods, kept = load_methods([str(checkpoint), f"half={checkpoint}@0.5"], "cpu"), Kept(tmp_path / "kept")
    low = picture(24, 20)
    made, again = (dict(pictures(methods, low, kept=kept)) for _ in range(2))
    assert dict(runs) == {"tiny": 1}
    for label, expected in pictures(methods, low):
        np.testing.assert_array_equal(made[label], expected)
        np.testing.assert_array_equal(again[label], expected)
    before = runs["tiny"]
    dict(pictures(methods, picture(24, 20, seed=1), kept=kept))
    assert runs["tiny"] == before + 1


def test_one_run_has_everything_of_a_folder(
    photographs: Path, alexnet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The faithful picture's masks, distances between sets with intervals, and the headline from the file."""
    monkeypatch.setattr(command, "EfficientNetLite0Crops", _NoNetwork)
    monkeypatch.setattr(rows, "MASKS", rows.MASKS[:2])
    out = tmp_path / "all.json"
    arguments = ["--models", "bicubic", "esrt=bicubic", "--data", str(photographs), "--protocol", "patch256"]
    bicubic = Enhancer.load("bicubic", "cpu")
    monkeypatch.setattr(rows, "_enhancer", lambda *_, **__: bicubic)
    assert main([*arguments, "--lpips-weights", str(alexnet), "--device", "cpu", "--out", str(out)]) == 0
    (one,) = read(out).sets
    assert [label for label in one.scores if "unsharp" in label] == [f"esrt + unsharp σ 1 × {a}" for a in (0.25, 0.5)]
    assert one.scores["bicubic"].keys() >= {"frechet_alexnet", "kid", "ring_correlation", "invented"}
    sharp, soft = (np.mean(one.scores[label]["gain"]) for label in ("esrt + unsharp σ 1 × 0.5", "esrt"))
    assert sharp > soft
    assert "beyond sharpening" in headline(read(out), [one.title])


class _NoNetwork:
    """Features of the picture's own colours."""

    metric, kernel_metric, smallest = "frechet_efficientnet", "kid", 32

    @classmethod
    def load(cls, _: str) -> _NoNetwork:
        return cls()

    def __call__(self, image: np.ndarray) -> np.ndarray:
        return image.reshape(4, -1, 3).mean(1).astype(np.float32)


def test_ready_made_pictures_of_several_sets_are_one_row(photographs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    (folder / "set-test-patch256").mkdir(parents=True)
    one = Photographs.of(str(photographs))
    rows_there = command.rows_of_set([ReadyMade("other", folder)], one, "patch256")
    assert rows_there == [ReadyMade("other", folder / "set-test-patch256")]
    assert command.rows_of_set([ReadyMade("other", folder)], one, "whole256") == []


def test_small_photographs_are_all_counted(tmp_path: Path) -> None:
    files = write_photographs(tmp_path, [(100, 300), (300, 300), (300, 90)])
    with pytest.raises(ValueError, match=r"photo0.png \(300 × 100\) and 1 more"):
        rows.check_sizes(files, 256, "patch256")
    rows.check_sizes(files[1:2], 256, "patch256")
