"""What the released checkpoints promise, on the synthetic examples, and on real photographs where they are given."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cf_esrt import checkpoints, models
from cf_esrt.engine.tiling import Plan
from cf_esrt.enhance import Enhancer, Reconstruction
from cf_esrt.fidelity import low_resolution_consistency
from training.data import decode, list_images
from training.data.images import to_tensor
from training.evaluation.methods import load_truth
from training.evaluation.protocols import PROTOCOLS
from training.metrics import LPIPS, Detail, psnr
from training.metrics.detail import Observation
from training.metrics.grid_artifact import grid_artifact, strength

NETWORKS = ("esrt", "cf-esrt", "cf-esrt-plus")
#: Photographs that may guide releases; ham10000/test has guided nine and gates none any more.
GATES = "isic_cc0/val"
#: dB over bicubic (``lpips``: times bicubic's) on eight photographs that no later release may fall behind.
FLOORS = {"coarse": 0.8, "esrt": 0.8, "cf-esrt": 0.3, "cf-esrt-plus": 0.0, "lpips": 0.6}
#: Share of its coarse network's ring correlation beyond the input that a refinement keeps, at least, with all of its
#: texture (until commit 4c0a4e5 the camera's kept half).
KEEPS = {"cf-esrt": 0.9, "cf-esrt-plus": 0.85, "cf-esrt-camera": 0.8}
#: dB that CF-ESRT-plus may lose against CF-ESRT, for an LPIPS of at most `PLUS_GAINS` times its.
PLUS_LOSES, PLUS_GAINS = 0.4, 0.95
#: Grey levels of the grid artifact, at most; bicubic interpolation has 0.04, the release before 0.40.
GRID_ARTIFACT = 0.15
EXAMPLES = sorted((Path(__file__).parents[1] / "assets" / "examples").glob("*.png"))


@pytest.fixture(scope="module", params=NETWORKS)
def enhancer(request: pytest.FixtureRequest) -> Enhancer:
    return Enhancer.load(request.param, "cpu")


Results = Callable[[str, str], list[tuple[np.ndarray, Reconstruction]]]


@pytest.fixture(scope="module")
def results(shared_data: Path) -> Results:
    """Of a model and a protocol: eight ground truths, evenly spaced, and what the model makes of their inputs, made
    once for the tests of this file. They stand for the set, which `training.evaluation.evaluate` scores in full."""
    files = list_images([shared_data / GATES])
    files = files[:: len(files) // 8][:8]

    @functools.cache
    def results_of(name: str, protocol: str) -> list[tuple[np.ndarray, Reconstruction]]:
        enhancer = Enhancer.load(name, "cpu")
        found = [one for path in files if (one := load_truth(path, PROTOCOLS[protocol])) is not None]
        assert len(found) == 8
        return [(one.image, enhancer.reconstruct(one.low)) for one in found]

    return results_of


def decibels(a: np.ndarray, b: np.ndarray) -> float:
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def example(number: int = 0) -> np.ndarray:
    return np.array(Image.open(EXAMPLES[number]).convert("RGB"))


def stages_of(result: Reconstruction) -> list[np.ndarray]:
    return [result.coarse] if result.coarse is result.refined else [result.coarse, result.refined]


def whole(enhancer: Enhancer) -> Enhancer:
    return Enhancer.of(enhancer.descriptor, "cpu", tile=256)


def test_checkpoints_are_whole_and_free() -> None:
    for name in NETWORKS:
        path = models.describe(name).checkpoint
        assert path is not None
        _, info = checkpoints.read(path)
        assert info.licence == "CC0-1.0"
        assert set(info.training_data.split(", ")) <= {"isic_cc0/train", "isic_cc0/train_2"}
        assert info.metrics
        assert len(info.git_commit) >= 40


def test_tiles_differ_from_the_whole_by_less_than_is_visible(enhancer: Enhancer) -> None:
    picture = example()[110:206, 150:270]  # two tiles each way
    tiled, untiled = enhancer.reconstruct(picture), whole(enhancer).reconstruct(picture)
    for a, b in zip(stages_of(tiled), stages_of(untiled), strict=True):
        assert decibels(a, b) >= 45


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (197, 140, 133), (61, 38, 30)])
def test_a_constant_image_stays_constant(enhancer: Enhancer, colour: tuple[int, int, int]) -> None:
    for stage in stages_of(enhancer.reconstruct(np.full((50, 90, 3), colour, np.uint8))):
        assert (stage == np.array(colour)).all()


def test_half_precision_is_not_visible(enhancer: Enhancer) -> None:
    """What a GPU runs, computed by the CPU; `training.analyses.precision` tells what it costs on photographs."""
    picture = example(1)[110:160, 150:210]
    half = Enhancer.load(enhancer.descriptor.name, "cpu", precision="float16").reconstruct(picture)
    for a, b in zip(stages_of(half), stages_of(enhancer.reconstruct(picture)), strict=True):
        assert 50 <= decibels(a, b) < 80


def test_results_agree_with_their_input(enhancer: Enhancer) -> None:
    """Shrunk back, the coarse image is the input to at least 40 dB (NTIRE 2021 asked for 45)."""
    picture = example(2)[100:200, 150:250]
    assert low_resolution_consistency(enhancer.reconstruct(picture).coarse, picture) > 40


def test_the_same_bytes_every_time(enhancer: Enhancer) -> None:
    picture = example()[:40, :40]
    np.testing.assert_array_equal(enhancer(picture), enhancer(picture))


@pytest.mark.slow
@pytest.mark.parametrize("enhancer", ["esrt", "cf-esrt"], indirect=True)  # CF-ESRT plus is tiled as CF-ESRT is
def test_tiles_leave_no_seam_on_real_photographs(shared_data: Path, enhancer: Enhancer) -> None:
    """Against the whole-picture result, gradient energy across tile borders is within 1% of that elsewhere.

    Energies are summed over all photographs: borders are a few lines of each, and over eight or sixteen of them the
    ratio still wavers by about 1% with either engine and any overlap.
    """
    sums = np.zeros((2, 2, 2, 2))  # stage; rows, columns; borders, everywhere; tiled, whole
    for path in list_images([shared_data / GATES]):
        image = decode(path)
        assert image is not None
        picture = np.ascontiguousarray(image[150:278, 180:356])
        plan = Plan.of(picture.shape[0], picture.shape[1], enhancer.tile, enhancer.descriptor.overlap)
        results = [one.reconstruct(picture) for one in (enhancer, whole(enhancer))]
        for stage, pair in enumerate(zip(*map(stages_of, results), strict=True)):
            assert decibels(*pair) >= 45
            for axis, tiles in ((0, plan.rows), (1, plan.columns)):
                borders = [4 * s for s in tiles.starts[1:]] + [4 * (s + tiles.size) for s in tiles.starts[:-1]]
                energies = [np.square(np.diff(one.astype(float), axis=axis)) for one in pair]
                sums[stage, axis, 0] += [np.take(e, [b - 1 for b in borders], axis).mean() for e in energies]
                sums[stage, axis, 1] += [e.mean() for e in energies]
    for on_borders, everywhere in sums[: len(stages_of(results[0]))].reshape(-1, 2, 2):
        ratio = (on_borders[0] / on_borders[1]) / (everywhere[0] / everywhere[1])
        assert ratio == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("name", "protocol"),
    [("cf-esrt", "patch256"), ("cf-esrt-plus", "patch256"), ("cf-esrt-camera", "camera256-patch")],
)
def test_there_is_no_grid_artifact(results: Results, name: str, protocol: str) -> None:
    """Perceptual losses reward one (`training.analyses.grid_artifact`)."""
    errors = [result.refined - truth.astype(float) for truth, result in results(name, protocol)]
    assert strength(grid_artifact(errors)) < GRID_ARTIFACT


@functools.cache
def additions(name: str) -> tuple[np.ndarray, ...]:
    """What the refinement adds to the middle of each synthetic example, 192×192×3 grey levels."""
    enhancer, added = Enhancer.load(name, "cpu", engine="torch"), []
    for path in EXAMPLES:
        image = np.asarray(Image.open(path).convert("RGB"))
        top, left = image.shape[0] // 2 - 24, image.shape[1] // 2 - 24
        result = enhancer.reconstruct(image[top : top + 48, left : left + 48])
        added.append(result.refined.astype(np.float64) - result.coarse)
    return tuple(added)


@pytest.mark.parametrize("name", ["cf-esrt", "cf-esrt-plus", "cf-esrt-camera"])
class TestAdditions:
    def test_are_as_strong_at_the_edges_as_within(self, name: str) -> None:
        """Zeros around the picture made a pattern of up to 1.65 times the strength of the texture."""
        strengths = []
        for added in additions(name):
            size = np.abs(added).mean(axis=2)
            edge = np.ones(size.shape, bool)
            edge[8:-8, 8:-8] = False
            strengths.append((size[edge].mean(), size[40:-40, 40:-40].mean()))
        at_edges, within = np.mean(strengths, axis=0)
        assert within > 0.1
        assert at_edges < 1.2 * within

    def test_leave_the_colour_as_it_is(self, name: str) -> None:
        """LPIPS once brought a green channel two grey levels darker, which no table showed."""
        shift = np.mean([added.mean((0, 1)) for added in additions(name)], axis=0)
        assert np.abs(shift).max() < 0.4


@pytest.mark.parametrize(
    ("name", "protocol"),
    [("cf-esrt", "whole256"), ("cf-esrt-plus", "whole256"), ("cf-esrt-camera", "camera256-patch")],
)
def test_refinement_keeps_truth(results: Results, name: str, protocol: str) -> None:
    """Texture may look better and be less true; how much less is bounded (`training.metrics.ring_correlation`)."""
    detail = Detail()
    seen: dict[str, list[Observation]] = {"coarse": [], "refined": []}
    for image, result in results(name, protocol):
        truth = detail.prepare(image)
        for stage, picture in (("coarse", result.coarse), ("refined", result.refined)):
            seen[stage].append(detail.observe(detail.prepare(picture), truth))
    coarse, refined = (detail.of_set(seen[stage])["ring_correlation"] for stage in ("coarse", "refined"))
    logging.info("%s: ring correlation %.3f, refined %.3f", name, coarse, refined)
    assert refined > KEEPS[name] * coarse > 0.1 * KEEPS[name]


@pytest.mark.parametrize("protocol", ["whole256", "patch256"])
def test_quality_floors(results: Results, backbones: Path, protocol: str) -> None:
    lpips = LPIPS(backbones / "alexnet_features.safetensors")
    rows: dict[str, list[tuple[float, float]]] = {}
    for name in ("bicubic", *NETWORKS):
        for truth, result in results(name, protocol):
            pictures = {name: result.refined} | ({"coarse": result.coarse} if name == "cf-esrt" else {})
            for row, picture in pictures.items():
                a, b = to_tensor(picture), to_tensor(truth)
                rows.setdefault(row, []).append((float(psnr(a, b)), float(lpips(a, b))))
    means = {name: np.mean(scores, 0) for name, scores in rows.items()}
    gain = {name: float(mean[0] - means["bicubic"][0]) for name, mean in means.items()}
    logging.info("%s %s: %s, LPIPS ×%.3f", GATES, protocol, gain, means["cf-esrt"][1] / means["bicubic"][1])
    assert gain["coarse"] > FLOORS["coarse"]
    assert gain["esrt"] > FLOORS["esrt"]
    assert gain["cf-esrt"] > FLOORS["cf-esrt"]
    assert means["cf-esrt"][1] < FLOORS["lpips"] * means["bicubic"][1]
    assert gain["cf-esrt-plus"] > gain["cf-esrt"] - PLUS_LOSES
    assert gain["cf-esrt-plus"] > FLOORS["cf-esrt-plus"]
    assert means["cf-esrt-plus"][1] < PLUS_GAINS * means["cf-esrt"][1]
