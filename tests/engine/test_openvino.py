"""OpenVINO gives torch's picture, as near as promised in bfloat16, to a rounding in float32; and if it cannot run."""

from __future__ import annotations

import copy
import json
import logging
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cf_esrt.engine import AGREEMENT_DB, REFINED_AGREEMENT_DB, EngineError, cache
from cf_esrt.engine.on_torch import TorchEngine
from cf_esrt.enhance import Enhancer
from cf_esrt.networks import CFESRT, ESRT, SRCNN

on_openvino = pytest.importorskip("cf_esrt.engine.on_openvino", reason="OpenVINO is not installed")

EXAMPLES = sorted((Path(__file__).parents[2] / "assets" / "examples").glob("*.png"))
PRECISIONS = ["float32", *(["bfloat16"] if on_openvino.has_bfloat16() else [])]
#: dB between pictures of 8 bits: in float32 a level may round the other way here and there.
LEAST = {"float32": (70, 70), "bfloat16": (AGREEMENT_DB, REFINED_AGREEMENT_DB)}
"""Of the coarse picture, and of the refined one."""
REFINEMENT_DB = {"bicubic": 60, "camera": 54}
"""Of the refinement alone in bfloat16, given the same picture; the texture of the camera's network is stronger."""


def example(number: int, height: int, width: int) -> np.ndarray:
    """The middle of a synthetic lesion."""
    with Image.open(EXAMPLES[number]) as image:
        pixels = np.array(image.convert("RGB"))
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def decibels(a: np.ndarray, b: np.ndarray) -> float:
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


@pytest.fixture(scope="module")
def loaded() -> dict[tuple[str, str, str], Enhancer]:
    return {}


def load(loaded: dict[tuple[str, str, str], Enhancer], name: str, engine: str, precision: str) -> Enhancer:
    key = name, engine, precision
    if key not in loaded:
        loaded[key] = Enhancer.load(name, "cpu", engine=engine, precision=precision)
    return loaded[key]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ["esrt", "cf-esrt", "cf-esrt-plus"])
def test_the_released_networks_give_torchs_picture(
    name: str, precision: str, loaded: dict[tuple[str, str, str], Enhancer]
) -> None:
    reference = load(loaded, name, "torch", "float32")
    enhancer = load(loaded, name, "openvino", precision)
    assert (enhancer.engine, enhancer.precision) == ("openvino", precision)
    for number, size in ((0, (64, 64)), (1, (45, 91)), (3, (33, 27))):  # one tile, two, and one of an odd number
        crop = example(number, *size)
        wanted, found = reference.reconstruct(crop), enhancer.reconstruct(crop)
        assert (found.engine, found.precision) == ("openvino", precision)
        pairs = [(wanted.coarse, found.coarse)]
        if wanted.refined is not wanted.coarse:
            pairs.append((wanted.refined, found.refined))
        for (a, b), least in zip(pairs, LEAST[precision], strict=False):
            assert decibels(a, b) >= least
            assert decibels(a[:12], b[:12]) >= least - 5  # borders no worse than the rest


@pytest.fixture(scope="module")
def networks() -> dict[str, torch.nn.Module]:
    """PyTorch's own weights: whatever is left out of a conversion shows."""
    torch.manual_seed(0)
    return {
        "esrt": ESRT(),
        "plain": CFESRT(width=8, skips=False),
        "skips": CFESRT(width=8, skip_padding="replicate"),
        "sharpen": CFESRT(width=8, sharpen=1.7),
    }


@pytest.mark.parametrize("name", ["esrt", "plain", "skips", "sharpen"])
def test_every_part_is_converted(name: str, networks: dict[str, torch.nn.Module]) -> None:
    """In float32, for sizes whose tokens fall into four groups with 0, 1, 2 and 3 left over, and the least ones."""
    network = networks[name].eval().requires_grad_(False)
    engine = on_openvino.OpenVinoEngine(network, "float32")
    first = network.coarse if isinstance(network, CFESRT) else network
    random = np.random.default_rng(0)
    for size in ((8, 8), (9, 9), (7, 10), (9, 11), (7, 7), (3, 5)):
        tiles = random.integers(0, 256, (1, *size, 3), np.uint8)
        wanted = first(torch.from_numpy(tiles).permute(0, 3, 1, 2) / 255).clamp(0, 1).permute(0, 2, 3, 1)
        np.testing.assert_allclose(engine.first(tiles), wanted, atol=2e-5)
    if isinstance(network, CFESRT):
        pictures = random.integers(0, 256, (1, 20, 28, 3), np.uint8)
        wanted = network.refine(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255).clamp(0, 1).permute(0, 2, 3, 1)
        np.testing.assert_allclose(engine.refine(pictures), wanted, atol=2e-5)


@pytest.fixture(scope="module")
def esrt(networks: dict[str, torch.nn.Module]) -> torch.nn.Module:
    return networks["esrt"].eval().requires_grad_(False)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("name", ["esrt", "plain"])
def test_a_batch_is_its_tiles_and_torchs_batch(name: str, count: int, networks: dict[str, torch.nn.Module]) -> None:
    engine = on_openvino.OpenVinoEngine(networks[name], "float32")
    reference = TorchEngine(copy.deepcopy(networks[name]), torch.device("cpu"), "float32")
    tiles = np.random.default_rng(0).integers(0, 256, (count, 12, 9, 3), np.uint8)
    found = engine.first(tiles)
    np.testing.assert_allclose(found, np.concatenate([engine.first(tile[None]) for tile in tiles]), atol=1e-6)
    np.testing.assert_allclose(found, reference.first(tiles), atol=2e-5)
    if name == "plain":
        pictures = np.random.default_rng(0).integers(0, 256, (count, 20, 28, 3), np.uint8)
        np.testing.assert_allclose(engine.refine(pictures), reference.refine(pictures), atol=2e-5)


def test_several_threads_get_what_one_gets(esrt: torch.nn.Module) -> None:
    """Of one engine, tiles of several sizes at once."""
    engine = on_openvino.OpenVinoEngine(esrt, "float32")
    random = np.random.default_rng(0)
    tiles = [random.integers(0, 256, (1, 8 + side, 20, 3), np.uint8) for side in range(6)]
    wanted = [engine.first(tile) for tile in tiles]
    found: list[np.ndarray | None] = [None] * len(tiles)

    def work(place: int) -> None:
        found[place] = engine.first(tiles[place])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(tiles))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_converted_network_is_kept_and_read_again(
    esrt: torch.nn.Module, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = np.random.default_rng(0).integers(0, 256, (1, 10, 12, 3), np.uint8)
    wanted = on_openvino.OpenVinoEngine(esrt, "float32").first(tile)
    assert {path.name.split("-")[0] for path in fresh_cache.iterdir()} == {"tail", "body"}

    def unexpected(*_: object) -> None:
        raise AssertionError("it is converted a second time")

    monkeypatch.setattr(on_openvino.convert, "body", unexpected)
    np.testing.assert_array_equal(on_openvino.OpenVinoEngine(esrt, "float32").first(tile), wanted)


def test_other_weights_or_another_openvino_are_converted_anew(
    esrt: torch.nn.Module, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_openvino.OpenVinoEngine(esrt, "float32")
    (body,) = fresh_cache.glob("body-*")
    before = body.read_bytes()
    monkeypatch.setattr(on_openvino, "_where", lambda: {"openvino": "of another day"})
    on_openvino.OpenVinoEngine(esrt, "float32")
    assert b"of another day" in body.read_bytes()[:2000]
    assert b"of another day" not in before[:2000]
    torch.manual_seed(1)  # not what the fixture drew
    changed = ESRT()
    on_openvino.OpenVinoEngine(changed, "float32")
    assert len(list(fresh_cache.glob("body-*"))) == 2


def test_what_openvino_does_not_take_is_made_anew(esrt: torch.nn.Module, fresh_cache: Path) -> None:
    """A file that is whole, and holds no network."""
    tile = np.random.default_rng(0).integers(0, 256, (1, 10, 12, 3), np.uint8)
    wanted = on_openvino.OpenVinoEngine(esrt, "float32").first(tile)
    (body,) = fresh_cache.glob("body-*")
    head = body.read_bytes().split(b"\n")[1]
    body.unlink()
    key = json.loads(head)
    cache.fetch(body.stem, key, lambda: b"no network")
    np.testing.assert_array_equal(on_openvino.OpenVinoEngine(esrt, "float32").first(tile), wanted)


def test_it_runs_where_nothing_can_be_kept(
    esrt: torch.nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "file" / "below")
    tile = np.random.default_rng(0).integers(0, 256, (1, 10, 12, 3), np.uint8)
    assert on_openvino.OpenVinoEngine(esrt, "float32").first(tile).shape == (1, 40, 48, 3)


def test_other_networks_and_precisions_are_refused(esrt: torch.nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="SRCNN does not run in OpenVINO"):
        on_openvino.OpenVinoEngine(SRCNN(), "auto")
    with pytest.raises(EngineError, match="does not run in 'float16'"):
        on_openvino.OpenVinoEngine(esrt, "float16")

    class Old:
        def get_property(self, _: str, name: str) -> object:
            return {"OPTIMIZATION_CAPABILITIES": ["FP32"], "FULL_DEVICE_NAME": "Old"}[name]

    monkeypatch.setattr(on_openvino, "core", Old)
    assert on_openvino.choose_precision("auto") == "float32"
    with pytest.raises(EngineError, match="does not compute in bfloat16"):
        on_openvino.choose_precision("bfloat16")


def test_what_openvino_cannot_prepare_is_one_sentence(
    esrt: torch.nn.Module, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Exception from somewhere:\nCheck failed")

    monkeypatch.setattr(on_openvino.convert, "body", broken)
    with pytest.raises(EngineError, match=r"^OpenVINO cannot prepare the network: .* Check failed\.$"):
        on_openvino.OpenVinoEngine(esrt, "float32")


def _refined(enhancer: Enhancer, coarse: np.ndarray) -> np.ndarray:
    assert enhancer._engine is not None
    return np.round(enhancer._engine.refine(coarse[None])[0] * 255)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["esrt", "cf-esrt", "cf-esrt-plus", "cf-esrt-camera"])
def test_on_real_photographs(
    name: str, shared_data: Path, backbones: Path, loaded: dict[tuple[str, str, str], Enhancer]
) -> None:
    """20 photographs: as near to torch as promised, and as good (``python -m training.analyses.precision``)."""
    from training.data import decode, list_images
    from training.data.images import to_tensor
    from training.evaluation.protocols import PROTOCOLS
    from training.metrics import LPIPS, psnr

    lpips = LPIPS(backbones / "alexnet_features.safetensors")
    pair = [load(loaded, name, "torch", "float32"), load(loaded, name, "openvino", PRECISIONS[-1])]
    degradation = pair[0].descriptor.degradation
    assert degradation is not None
    protocol = PROTOCOLS["camera256" if degradation == "camera" else "whole256"]
    files = list_images([shared_data / "isic_cc0" / "val"])[:20]
    scores = []
    for path in files:
        image = decode(path)
        assert image is not None
        truth = np.ascontiguousarray(protocol.truth(image))
        low = protocol.make_input(truth, path.stem)
        results = [enhancer.reconstruct(low) for enhancer in pair]
        assert decibels(results[0].coarse, results[1].coarse) >= AGREEMENT_DB
        if results[0].refined is not results[0].coarse:
            assert decibels(results[0].refined, results[1].refined) >= REFINED_AGREEMENT_DB
            again = [_refined(enhancer, results[0].coarse) for enhancer in pair]
            assert decibels(*again) >= REFINEMENT_DB[degradation]
        wanted = to_tensor(truth)
        pictures = [to_tensor(result.refined) for result in results]
        scores.append([(float(psnr(one, wanted)), float(lpips(one, wanted))) for one in pictures])
    (torch_psnr, torch_lpips), (other_psnr, other_lpips) = np.mean(scores, 0)
    logging.info("%s: %+.4f dB, %+.5f LPIPS", name, other_psnr - torch_psnr, other_lpips - torch_lpips)
    assert len(scores) == 20
    assert abs(other_psnr - torch_psnr) <= 0.01
    assert abs(other_lpips - torch_lpips) <= 0.001
