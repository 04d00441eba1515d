"""Inputs for other systems, and published networks that enlarge them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from assets.results import peers
from assets.results.peers import KerasNetwork, PublishedError, enlarge
from tests.training.helpers import picture, write_photographs
from training.data.images import read_image
from training.evaluation import inputs
from training.evaluation.methods import load_truth
from training.evaluation.protocols import PROTOCOLS


def test_inputs_are_the_pixels_that_networks_get(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write_photographs(tmp_path / "photos" / "val", [(300, 280), (256, 270)])
    command = ["--data", str(files[0].parent), "--protocol", "patch256", "camera256", "-o", str(tmp_path / "out")]
    assert inputs.main(command) == 0
    assert capsys.readouterr().out.count("2 pictures") == 2
    for name in ("patch256", "camera256"):
        truth = load_truth(files[1], PROTOCOLS[name])
        assert truth is not None
        written = read_image(tmp_path / "out" / f"photos-val-{name}" / "photo1.png")
        assert np.array_equal(written, truth.low)


def test_a_photograph_that_is_too_small_is_said_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_photographs(tmp_path / "photos", [(300, 280), (100, 270)])[0].parent
    assert inputs.main(["--data", str(folder), "--protocol", "patch256", "-o", str(tmp_path / "out")]) == 2
    assert "photo1.png" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def _layer(name: str, kind: str, inputs: list[str], **config: Any) -> dict[str, Any]:
    return {
        "name": name,
        "class_name": kind,
        "config": config,
        "inbound_nodes": [[[each, 0, 0, {}] for each in inputs]] if inputs else [],
    }


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """A network of every known layer, kernels in 8 bits in two shards, and its weights as float32."""
    random = np.random.default_rng(0)
    shapes = {"a/kernel": (3, 3, 3, 4), "a/bias": (4,), "b/kernel": (1, 1, 7, 48), "b/bias": (48,)}
    weights, listed, raw = {}, [], b""
    for name, shape in shapes.items():
        quantised = {"dtype": "uint8", "scale": 0.002, "min": -0.25} if name.endswith("kernel") else None
        kind = np.uint8 if quantised else np.float32
        values = random.integers(0, 256, shape).astype(kind) if quantised else random.random(shape, np.float32)
        weights[name] = (values * 0.002 - 0.25).astype(np.float32) if quantised else values
        listed.append({"name": name, "shape": list(shape), "dtype": "float32"})
        if quantised:
            listed[-1]["quantization"] = quantised
        raw += values.tobytes()
    layers = [
        _layer("in", "InputLayer", []),
        _layer("a", "Conv2D", ["in"], activation="relu"),
        _layer("more", "MultiplyBeta", ["a"], beta=0.2),
        _layer("sum", "Add", ["a", "more"]),
        _layer("cut", "Activation", ["sum"], activation="relu"),
        _layer("both", "Concatenate", ["cut", "in"]),
        _layer("b", "Conv2D", ["both"], activation="linear"),
        _layer("out", "PixelShuffle4x", ["b"]),
    ]
    topology = {"model_config": {"config": {"layers": layers, "output_layers": [["out", 0, 0]]}}}
    shards = {"one.bin": raw[:100], "two.bin": raw[100:]}
    for name, content in shards.items():
        (tmp_path / name).write_bytes(content)
    document = {"modelTopology": topology, "weightsManifest": [{"paths": list(shards), "weights": listed}]}
    (tmp_path / "model.json").write_text(json.dumps(document))
    return tmp_path / "model.json", weights


def _expected(weights: dict[str, np.ndarray], image: Tensor) -> Tensor:
    """The same by hand, colours of a block moved to the front so that torch's own shuffle fits."""
    tensors = {name: torch.from_numpy(values) for name, values in weights.items()}
    a = F.conv2d(image, tensors["a/kernel"].permute(3, 2, 0, 1), tensors["a/bias"], padding=1).relu()
    b = F.conv2d(torch.cat([1.2 * a, image], 1), tensors["b/kernel"].permute(3, 2, 0, 1), tensors["b/bias"])
    return F.pixel_shuffle(b.unflatten(1, (16, 3)).transpose(1, 2).flatten(1, 2), 4)


def test_a_keras_network_runs_as_its_layers_say(stored: tuple[Path, dict[str, np.ndarray]]) -> None:
    path, weights = stored
    image = torch.rand(1, 3, 5, 6)
    torch.testing.assert_close(KerasNetwork(path)(image), _expected(weights, image))


def test_a_folder_of_inputs_is_enlarged_under_its_names(
    stored: tuple[Path, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    files = write_photographs(tmp_path / "inputs", [(8, 9), (10, 7)])
    assert peers.main([str(stored[0]), str(files[0].parent), "-o", str(tmp_path / "made")]) == 0
    made = [read_image(tmp_path / "made" / file.name) for file in files]
    assert [one.shape for one in made] == [(32, 36, 3), (40, 28, 3)]
    assert np.array_equal(made[0], enlarge(KerasNetwork(stored[0]), read_image(files[0])))


def test_what_is_not_known_or_damaged_is_said_in_one_sentence(
    stored: tuple[Path, dict[str, np.ndarray]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = stored
    written = path.read_text()
    path.write_text(written.replace("MultiplyBeta", "Lambda"))
    with pytest.raises(PublishedError, match="more is a Lambda"):
        KerasNetwork(path)(torch.rand(1, 3, 4, 4))
    path.write_text(written.replace('"relu"', '"tanh"'))
    with pytest.raises(PublishedError, match="tanh"):
        KerasNetwork(path)(torch.rand(1, 3, 4, 4))
    path.write_text(written)
    (tmp_path / "two.bin").write_bytes(b"")
    with pytest.raises(PublishedError, match="damaged"):
        KerasNetwork(path)
    (tmp_path / "two.bin").unlink()
    with pytest.raises(PublishedError, match=r"two\.bin cannot be read"):
        KerasNetwork(path)
    assert peers.main([str(tmp_path / "net.onnx"), str(tmp_path), "-o", str(tmp_path / "made")]) == 2
    assert "neither" in capsys.readouterr().err


def test_a_network_of_another_scale_is_refused() -> None:
    with pytest.raises(PublishedError, match="×4"):
        enlarge(lambda image: F.interpolate(image, scale_factor=2), picture(8, 8))


def test_ncnn_runs_its_own_networks(tmp_path: Path) -> None:
    pytest.importorskip("ncnn", reason="ncnn is not installed (pip install ncnn)")
    param = "7767517\n2 2\nInput in 0 1 data\nInterp out 1 1 data output 0=1 1=4.0 2=4.0\n"
    (tmp_path / "nearest.param").write_text(param)
    (tmp_path / "nearest.bin").write_bytes(b"")
    network = peers.load(tmp_path / "nearest.param")
    for small in (picture(40, 41, seed) for seed in range(20)):  # each in memory that the one before has left
        assert np.array_equal(enlarge(network, small), small.repeat(4, 0).repeat(4, 1))
    with pytest.raises(PublishedError, match=r"other\.param"):
        peers.load(tmp_path / "other.param")
