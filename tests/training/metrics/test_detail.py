"""Whether detail is there: on drawn fields with known answers, and beside the shared reference programs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tests.training.metrics.fields import dots, grain, lines, mesh, places, skin
from training.metrics.detail import Detail
from training.metrics.structure import marks, structures

SIDE = 128


def judged(results: list[np.ndarray], truths: list[np.ndarray]) -> dict[str, float]:
    detail = Detail()
    seen = [detail.observe(detail.prepare(a), detail.prepare(b)) for a, b in zip(results, truths, strict=True)]
    return detail.of_set(seen)


def drawn(seed: int = 0) -> np.ndarray:
    """Dots, lines and grain of one skin, in grey levels."""
    return dots(SIDE, places(SIDE, 20, seed)) + lines(SIDE, np.array([30, 95])) + grain(SIDE, 2, seed)


def test_the_truth_itself_is_all_there() -> None:
    truth = skin(drawn())
    found = judged([truth], [truth])
    for name in ("ring_correlation", "ring_correlation_fine", "gain", "explained"):
        assert found[name] == pytest.approx(1, abs=1e-6)
    for name in ("dot_precision", "dot_recall", "line_precision", "line_recall"):
        assert found[name] == found[f"{name}_alone"] == 1
    assert found["invented"] == pytest.approx(0, abs=1e-6)
    assert found["false_dots"] == 0


def test_dots_are_counted() -> None:
    """Of 20 dots 15 are shown; 5 of the 20 shown are made up."""
    at = places(SIDE, 25, 1)
    truth, result = skin(dots(SIDE, at[:20])), skin(dots(SIDE, at[5:]))
    found = judged([result], [truth])
    assert found["dot_precision_alone"] == 0.75
    assert found["dot_recall_alone"] == 0.75
    inner = (SIDE - 12) ** 2
    assert found["false_dots"] == pytest.approx(5 / inner * 1e6)
    marked = marks(structures(result), structures(truth))
    assert {kind: len(marked[kind]) for kind in marked} == {"true": 15, "false": 5, "missed": 5}


def test_a_dot_two_pixels_away_is_the_same_and_one_three_pixels_away_is_not() -> None:
    at = places(SIDE, 20, 2)
    truth = skin(dots(SIDE, at))
    for shift, precision in ((2, 1.0), (3, 0.0)):
        moved = skin(dots(SIDE, at + np.array([0, shift])))
        assert judged([moved], [truth])["dot_precision_alone"] == precision


def test_a_missing_line_is_missed_and_an_invented_one_is_false() -> None:
    truth, result = skin(lines(SIDE, np.array([20, 80]))), skin(lines(SIDE, np.array([20, 60])))
    found = judged([result], [truth])
    assert found["line_precision_alone"] == pytest.approx(0.5, abs=0.02)
    assert found["line_recall_alone"] == pytest.approx(0.5, abs=0.02)


def test_noise_has_no_correlation_and_is_invention() -> None:
    truth = [skin(grain(SIDE, 4, seed)) for seed in range(8)]
    found = judged([skin(grain(SIDE, 4, 20 + seed)) for seed in range(8)], truth)
    assert abs(found["ring_correlation"]) < 0.08
    assert abs(found["ring_correlation_fine"]) < 0.08
    assert found["explained"] < 0.01
    assert abs(found["dot_precision"]) < 0.15
    assert found["dot_precision_alone"] > 0.1  # what chance gives


def test_sharpening_and_blurring_change_no_correlation() -> None:
    field = drawn()
    truth, result = skin(field), skin(field + grain(SIDE, 2, 5))
    soft = ndimage.gaussian_filter(field + grain(SIDE, 2, 5), 1)
    sharp = field + grain(SIDE, 2, 5) + (field + grain(SIDE, 2, 5) - ndimage.gaussian_filter(field, 1.5)) * 0.5
    plain = judged([result], [truth])["ring_correlation"]
    assert judged([skin(soft)], [truth])["ring_correlation"] == pytest.approx(plain, abs=0.02)
    assert judged([skin(sharp)], [truth])["ring_correlation"] == pytest.approx(plain, abs=0.02)


def test_a_shifted_copy_loses_what_is_finer_than_the_shift() -> None:
    """A shift by d pixels turns a wave of f cycles a pixel by 2π·f·d: by 4 pixels the band around 1/8 is reversed."""
    field = grain(SIDE, 6, 3)
    result = judged([skin(np.roll(field, 4, axis=(0, 1)))], [skin(field)])
    assert result["ring_correlation"] < 0.1
    assert result["dot_precision"] < 0.3


def test_a_mesh_of_faint_dots_does_not_pass() -> None:
    """It finds dots by chance, and almost as many when it is turned: judged alone its recall doubles."""
    at = [places(SIDE, 30, seed, apart=9) for seed in range(3)]
    truths = [skin(dots(SIDE, one, depth=22)) for one in at]
    honest = [skin(dots(SIDE, one[:10], depth=22)) for one in at]
    meshed = [skin(dots(SIDE, one[:10], depth=22) + mesh(SIDE)) for one in at]
    before, after = judged(honest, truths), judged(meshed, truths)
    assert after["dot_recall_alone"] > 1.5 * before["dot_recall_alone"]
    assert after["dot_precision"] < 0.5 * before["dot_precision"]
    assert after["dot_recall"] < 1.2 * before["dot_recall"]
    assert after["invented"] > before["invented"] + 1
    assert after["ring_correlation"] < before["ring_correlation"] - 0.1


def test_invented_texture_on_plain_skin_is_measured_in_grey_levels() -> None:
    """High-passed grain of 3 levels; the quarter of blocks without dots stays below any blur of the truth."""
    truth = skin(dots(SIDE, places(SIDE, 20, 4)))
    added = grain(SIDE, 3, 6)
    wanted = np.std(added - ndimage.gaussian_filter(added, 2))
    found = judged([skin(dots(SIDE, places(SIDE, 20, 4)) + added)], [truth])
    assert found["invented"] == pytest.approx(wanted, rel=0.1)
    assert judged([truth], [truth])["invented"] < 0.01


def test_numbers_of_photographs_average_to_the_set() -> None:
    truths = [skin(drawn(seed)) for seed in range(5)]
    results = [skin(0.7 * drawn(seed) + grain(SIDE, 2, 50 + seed)) for seed in range(5)]
    detail = Detail()
    seen = [detail.observe(detail.prepare(a), detail.prepare(b)) for a, b in zip(results, truths, strict=True)]
    whole = detail.of_set(seen)
    for name, values in detail.per_photograph(seen).items():
        assert len(values) == 5
        assert np.mean(values) == pytest.approx(whole[name], rel=1e-9)


def test_their_bootstrap_is_that_of_the_sums() -> None:
    """To first order: intervals agree to a seventh of their width with resampled sums."""
    detail = Detail()
    truths = [skin(drawn(seed)) for seed in range(24)]
    results = [skin(0.7 * drawn(seed) + grain(SIDE, 1 + seed % 4, 50 + seed)) for seed in range(24)]
    seen = [detail.observe(detail.prepare(a), detail.prepare(b)) for a, b in zip(results, truths, strict=True)]
    numbers = detail.per_photograph(seen)
    counts = np.random.default_rng(0).multinomial(24, np.full(24, 1 / 24), size=2000)
    for measure, own in zip(detail.measures, zip(*seen, strict=True), strict=True):
        exact = measure.values(counts @ measure.sums(own))
        for name in measure.names:
            linear = np.percentile(counts @ np.array(numbers[name]) / 24, [2.5, 97.5])
            wanted = np.percentile(exact[name], [2.5, 97.5])
            assert linear == pytest.approx(wanted, abs=max((wanted[1] - wanted[0]) / 7, 1e-6)), name


def test_pictures_of_several_sizes_are_one_set() -> None:
    truths = [skin(grain(side, 4, side)) for side in (128, 96, 160)]
    assert judged(truths, truths)["ring_correlation"] == pytest.approx(1, abs=1e-6)


def reference(shared_data: Path, name: str) -> ModuleType:
    path = shared_data.parent / "measure" / f"{name}.py"
    if not path.is_file():
        pytest.skip(f"the reference program {path} is not here")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_programs_say_the_same(shared_data: Path, tmp_path: Path) -> None:
    """On photographs and their bicubic enlargements under a little noise, to a thousandth."""
    files = sorted((shared_data / "isic_cc0" / "val").glob("*.jpg"))[:4]
    truths, results = [], []
    for number, file in enumerate(files):
        whole = Image.open(file).convert("RGB").resize((192, 192), Image.Resampling.BICUBIC)
        small = whole.resize((64, 64), Image.Resampling.BICUBIC).resize((192, 192), Image.Resampling.BICUBIC)
        noise = grain(192, 2, number)[..., None]
        truths.append(np.array(whole))
        results.append(np.clip(np.rint(np.array(small) + noise), 0, 255).astype(np.uint8))
        for name, picture in (("truth", truths[-1]), ("result", results[-1])):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(picture).save(tmp_path / name / f"{number}.png")
    found = judged(results, truths)
    folders = str(tmp_path / "result"), str(tmp_path / "truth")
    rings = reference(shared_data, "frc").score(*folders)
    assert found["ring_correlation_input"] == pytest.approx(rings["band .0625-.125"], abs=1e-3)
    assert found["ring_correlation"] == pytest.approx(rings["band .125-.1875"], abs=1e-3)
    assert found["ring_correlation_fine"] == pytest.approx(rings["band .1875-.25"], abs=1e-3)
    texture = reference(shared_data, "plain_skin").score(*folders)
    for name in ("invented", "gain", "explained"):
        assert found[name] == pytest.approx(texture[name], abs=1e-3)
    structure = reference(shared_data, "structure")
    alone, chance = structure.score(*folders), structure.score(*folders, True)
    for name in ("dot_precision", "dot_recall", "line_precision", "line_recall"):
        assert found[f"{name}_alone"] == pytest.approx(alone[name], abs=1e-3)
        beyond = (alone[name] - chance[name]) / (1 - chance[name])
        assert found[name] == pytest.approx(beyond, abs=1e-3)
    assert found["false_dots"] == pytest.approx(alone["false_dots_per_mp"], abs=1)
