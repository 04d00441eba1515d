"""Live in int8: exact integers, near float32, only for weights whose ranges are known, and only for quick pictures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from cf_esrt import checkpoints, models
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.engine import EngineError, cache, choice, processor, ranges
from cf_esrt.engine.processor import AMX, AVX2
from cf_esrt.enhance import Enhancer
from cf_esrt.models import ModelDescriptor
from cf_esrt.networks import ESRT, Live
from cf_esrt.networks.live import add_to_bicubic

on_openvino = pytest.importorskip("cf_esrt.engine.on_openvino", reason="OpenVINO is not installed")

EXAMPLES = sorted((Path(__file__).parents[2] / "assets" / "examples").glob("*.png"))
RELEASED = ("live", "live-camera")
AGREEMENT_DB = 54.5
"""Least PSNR between the pictures of int8 and float32; with ranges of half or of twice the length it is 47 to 54 dB."""
COMMAND = "measure them: python -m training.analyses.int8 … --model {} --write (assets/results/engines.md)"


@pytest.fixture
def slow_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the processor had AVX2 and nothing beyond it, so that ``auto`` takes float32."""
    monkeypatch.setattr(processor, "flags", lambda: frozenset({AVX2}))


def network_of(descriptor: ModelDescriptor) -> Live:
    assert descriptor.checkpoint is not None
    network = checkpoints.build(*checkpoints.read(descriptor.checkpoint), descriptor.name)
    assert isinstance(network, Live)
    return network.requires_grad_(False)


def example(number: int, height: int, width: int) -> np.ndarray:
    with Image.open(EXAMPLES[number]) as image:
        return np.array(image.convert("RGB"))[100 : 100 + height, 120 : 120 + width]


def decibels(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2)))


@pytest.mark.parametrize("name", RELEASED)
def test_released_weights_have_their_ranges(name: str) -> None:
    """Where this fails the weights have changed, and quick pictures take twice as long."""
    entry = json.loads(ranges.RANGES.read_text("utf-8")).get(models.describe(name).sha256)
    assert entry is not None, COMMAND.format(name)
    assert entry["model"] == name
    assert entry["loss_db"] < 0.02  # the rule
    assert (entry["calibrated_on"], entry["photographs"]) == (100, 50)
    assert len(entry["largest"]) == len(network_of(models.describe(name)).convolutions) - 1


@pytest.mark.parametrize("name", RELEASED)
def test_it_gives_nearly_the_picture_of_float32(name: str) -> None:
    exact = Enhancer.load(name, "cpu", engine="openvino", precision="float32")
    hasty = Enhancer.load(name, "cpu", engine="openvino", precision="int8")
    assert (hasty.engine, hasty.precision) == ("openvino", "int8")
    for number, size in ((0, (64, 64)), (1, (45, 91)), (3, (33, 27))):
        crop = example(number, *size)
        assert decibels(exact(crop), hasty(crop)) >= AGREEMENT_DB
    for level in (0, 128, 255):  # nothing is cut off at the ends
        nearly_flat = np.full((20, 24, 3), level, np.uint8)
        nearly_flat[8:12, 8:12] = abs(level - 20)
        assert np.abs(hasty(nearly_flat).astype(int) - exact(nearly_flat)).max() <= 3


@pytest.mark.parametrize("kind", ["noise", "extremes"])
def test_sums_are_of_exact_integers(kind: str) -> None:
    """Also where the processor adds products in 16 bits: noise under int8's 127 steps would fall to 42 and 36 dB."""
    descriptor = models.describe("live")
    network, random = network_of(descriptor), np.random.default_rng(0)
    image = random.integers(0, 256, (40, 40, 3), np.uint8)
    image = image if kind == "noise" else np.where(image > 127, np.uint8(255), np.uint8(0))
    hasty = on_openvino.OpenVinoEngine(network, "int8")
    wanted = in_integers(network, image, ranges.known()[str(descriptor.sha256)])
    assert decibels(hasty.levels(image[None])[0], wanted) >= 57  # rounding to levels alone leaves 58.9


@torch.no_grad()
def in_integers(network: Live, image: np.ndarray, largest: ranges.Ranges) -> np.ndarray:
    """What int8 stands for, in torch's float64: RGB uint8 H×W×3 → 4H×4W×3 in levels, not rounded."""
    x = given = torch.from_numpy(image).permute(2, 0, 1)[None].double() / 255
    for place, (convolve, most) in enumerate(zip(network.convolutions, (1.0, *largest), strict=True)):
        assert isinstance(convolve, nn.Conv2d)
        assert convolve.bias is not None
        x = _stepped(torch.relu(x) if place else x, most / 255).clamp(0, most)
        weight = convolve.weight.double()
        weight = _stepped(weight, weight.abs().amax((1, 2, 3), keepdim=True) / 64)
        x = F.conv2d(x, weight, convolve.bias.double(), padding=1)
    made = add_to_bicubic(x, given)
    return made.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255


def _stepped(x: Tensor, step: Tensor | float) -> Tensor:
    return torch.round(x / step) * step


def test_every_convolution_is_one_of_integers() -> None:
    if not processor.has_fast_int8(processor.flags()):
        pytest.skip("this processor has no fast kernels of integers")
    network = network_of(models.describe("live"))
    largest = ranges.known()[checkpoints.digest(network.state_dict())]
    model = on_openvino.convert.live(network, largest)
    compiled = on_openvino.core().compile_model(model, "CPU", on_openvino.settings("int8"))
    layers = [one.get_rt_info() for one in compiled.get_runtime_model().get_ordered_ops()]
    if not all({"layerType", "primitiveType"} <= set(info) for info in layers):
        pytest.skip("this OpenVINO does not name its kernels")
    kernels = [_text(info, "primitiveType") for info in layers if _text(info, "layerType") == "Convolution"]
    assert len(kernels) == len(network.convolutions)
    assert {kernel.rpartition("_")[2] for kernel in kernels} == {"I8"}, kernels


def _text(info: Mapping[str, Any], name: str) -> str:
    value = info[name]
    return str(getattr(value, "value", value))


@pytest.mark.usefixtures("slow_floats")
def test_quick_pictures_take_it_where_auto_takes_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    enhancer = Enhancer.load("live", "cpu")
    assert (enhancer.engine, enhancer.precision) == ("openvino", "float32")
    hasty = enhancer.in_haste()
    assert (hasty.engine, hasty.precision) == ("openvino", "int8")
    assert (hasty.descriptor, hasty.tile) == (enhancer.descriptor, enhancer.tile)
    monkeypatch.setattr(processor, "flags", lambda: frozenset({AVX2, AMX}))
    if on_openvino.has_bfloat16():
        fast = Enhancer.load("live", "cpu")
        assert fast.precision == "bfloat16"
        assert fast.in_haste() is fast
    monkeypatch.setattr(processor, "flags", frozenset)
    assert enhancer.in_haste() is enhancer


@pytest.mark.usefixtures("slow_floats")
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("live", {"precision": "float32"}),
        ("live", {"engine": "torch"}),
        ("live", {"self_ensemble": True}),
        ("bicubic", {}),
    ],
)
def test_what_was_asked_for_stays_as_it_is(name: str, how: dict[str, Any]) -> None:
    enhancer = Enhancer.load(name, "cpu", **how)
    assert enhancer.in_haste() is enhancer


@pytest.fixture
def changed(tmp_path: Path) -> ModelDescriptor:
    """Live as released but for one weight."""
    network = network_of(models.describe("live"))
    network.convolutions[3].bias[0] += 0.001  # type: ignore[index,operator]
    checkpoints.write(tmp_path / "live.safetensors", network.state_dict(), CheckpointInfo("Live"))
    return models.from_checkpoint(tmp_path / "live.safetensors")


@pytest.mark.usefixtures("slow_floats")
def test_changed_weights_have_no_int8(changed: ModelDescriptor) -> None:
    enhancer = Enhancer.of(changed, "cpu")
    assert enhancer.in_haste() is enhancer
    with pytest.raises(EngineError, match="ranges are not known"):
        on_openvino.OpenVinoEngine(network_of(changed), "int8")


@pytest.mark.usefixtures("slow_floats")
def test_weights_that_were_changed_since_leave_float32_at_work(
    changed: ModelDescriptor, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is another than the one that was loaded."""
    before = Enhancer.of(changed, "cpu")
    before.descriptor = dataclasses.replace(changed, sha256=models.describe("live").sha256)
    with caplog.at_level("INFO"):
        assert before.in_haste() is before
    assert "ranges are not known" in caplog.text


def test_other_networks_have_none() -> None:
    with pytest.raises(EngineError, match="ESRT does not run in int8"):
        on_openvino.OpenVinoEngine(ESRT(), "int8")
    with pytest.raises(ValueError, match="does not run in 'int8'"):
        choice.choose("auto", models.describe("esrt"), ESRT(), torch.device("cpu"), precision="int8")


def test_it_is_kept_converted_until_its_ranges_change(fresh_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, tile = network_of(models.describe("live")), example(0, 20, 24)[None]
    wanted = on_openvino.OpenVinoEngine(network, "int8").levels(tile)
    (file,) = fresh_cache.glob("live-*-int8.network")
    convert = on_openvino.convert.live

    def unexpected(*_: object) -> None:
        raise AssertionError("it is converted a second time")

    monkeypatch.setattr(on_openvino.convert, "live", unexpected)
    np.testing.assert_array_equal(on_openvino.OpenVinoEngine(network, "int8").levels(tile), wanted)
    monkeypatch.setattr(on_openvino.convert, "live", convert)
    before = file.read_bytes()
    halved = {digest: tuple(one / 2 for one in largest) for digest, largest in ranges.known().items()}
    monkeypatch.setattr(ranges, "known", lambda: halved)
    assert np.abs(on_openvino.OpenVinoEngine(network, "int8").levels(tile).astype(int) - wanted).max() > 0
    assert file.read_bytes() != before
    assert cache.folder() == fresh_cache


@pytest.mark.parametrize("text", ["", '{"a": {}}', '{"a": {"largest": [1, 0]}}', '{"a": {"largest": [NaN]}}'])
def test_another_file_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "ranges.json").write_text(text)
    with pytest.raises(ranges.RangesError, match=r"^ranges\.json holds .* training\.analyses\.int8\.$"):
        ranges.read_ranges(tmp_path / "ranges.json")
