"""The Enhancer's promises with either engine: sizes, tiles, progress, cancel, memory, several sessions."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from cf_esrt.engine.base import is_out_of_memory
from cf_esrt.enhance import Cancelled, EnhanceError, Enhancer
from cf_esrt.models import ModelDescriptor
from cf_esrt.networks import CFESRT, start_from_interpolation

NAMES = ["torch", *(["openvino"] if importlib.util.find_spec("openvino") else [])]
BOTH = ModelDescriptor("small", "Small", "", stage="both")


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colour with some noise, RGB uint8."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 4 + 2, width // 4 + 2, 3), np.uint8)
    return np.array(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def make(engine: str, **how: bool) -> Enhancer:
    torch.manual_seed(0)
    network = CFESRT(width=8, skip_padding="replicate")
    start_from_interpolation(network)
    return Enhancer(BOTH, network, torch.device("cpu"), tile=24, precision="float32", engine=engine, **how)


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def enhancer(engine: str) -> Enhancer:
    return make(engine)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (7, 24), (33, 21), (40, 70)])
def test_sizes_constants_and_bytes(enhancer: Enhancer, size: tuple[int, int]) -> None:
    image = picture(*size)
    result = enhancer.reconstruct(image)
    assert result.refined.shape == (4 * size[0], 4 * size[1], 3)
    assert result.engine == enhancer.engine
    np.testing.assert_array_equal(result.refined, enhancer(image))
    flat = np.full((*size, 3), (197, 140, 133), np.uint8)
    assert (enhancer(flat) == flat[0, 0]).all()


def test_tiles_progress_and_cancel(enhancer: Enhancer) -> None:
    reported: list[tuple[int, int]] = []
    image = picture(50, 50)
    enhancer.reconstruct(image, progress=lambda *steps: reported.append(steps))
    assert reported == [(step, 13) for step in range(1, 14)]  # nine tiles and four windows
    reported.clear()
    with pytest.raises(Cancelled):
        enhancer.reconstruct(
            image, progress=lambda *steps: reported.append(steps), cancelled=lambda: len(reported) == 4
        )
    assert len(reported) == 4


def test_the_refinement_s_tiles_are_exact(enhancer: Enhancer) -> None:
    stages = enhancer.reconstruct(picture(60, 110))
    engine = enhancer._engine
    assert engine is not None
    whole = np.rint(engine.refine(stages.coarse[None])[0] * 255)
    assert np.abs(stages.refined - whole).max() <= 1


@pytest.mark.parametrize(
    "error",
    [
        MemoryError,
        lambda: RuntimeError("could not create a primitive"),
        lambda: RuntimeError("Exception from src/inference: std::bad_alloc"),
    ],
)
def test_out_of_memory_shrinks_the_tiles(
    enhancer: Enhancer, error: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, image = enhancer._engine, picture(60, 60)
    assert engine is not None
    enhancer.tile = 48
    real, sides = engine.first, []

    def hungry(tiles: np.ndarray) -> np.ndarray:
        sides.append(max(tiles.shape[1:3]))
        if sides[-1] > 30:
            raise error()
        return real(tiles)

    monkeypatch.setattr(engine, "first", hungry)
    result = enhancer.reconstruct(image)
    assert (sides[0] > 30, result.tile) == (True, 24)
    monkeypatch.setattr(engine, "first", lambda _: (_ for _ in ()).throw(error()))
    with pytest.raises(EnhanceError, match="not enough memory"):
        enhancer.reconstruct(image)


def test_other_errors_are_not_memory() -> None:
    assert not is_out_of_memory(RuntimeError("Check 'shape' failed"))
    assert not is_out_of_memory(ValueError("std::bad_alloc"))


def test_sessions_do_not_disturb_each_other(enhancer: Enhancer) -> None:
    """Three at once with one Enhancer, one of which is cancelled."""
    images = [picture(40, 40, seed) for seed in range(3)]
    wanted = [enhancer(image) for image in images]
    found: dict[int, np.ndarray | BaseException] = {}

    def session(number: int) -> None:
        try:
            found[number] = enhancer(images[number], cancelled=lambda: number == 1)
        except Cancelled as error:
            found[number] = error

    threads = [threading.Thread(target=session, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(found[1], Cancelled)
    for number in (0, 2):
        np.testing.assert_array_equal(found[number], wanted[number])


def test_the_self_ensemble_is_the_mean_of_eight(engine: str) -> None:
    plain, mean = make(engine), make(engine, self_ensemble=True)
    image, reported = picture(30, 20), []
    result = mean.reconstruct(image, progress=lambda *steps: reported.append(steps))
    poses = []
    for flip in (False, True):
        for turns in range(4):
            posed = np.rot90(image[:, ::-1] if flip else image, turns)
            one = plain.reconstruct(np.ascontiguousarray(posed)).refined
            back = np.rot90(one, -turns)
            poses.append((back[:, ::-1] if flip else back).astype(float))
    np.testing.assert_array_equal(result.refined, np.rint(np.mean(poses, 0)))
    assert (result.coarse != result.refined).any()
    assert reported == [(step, 24) for step in range(1, 25)]  # two tiles and one window, eight times
    turned = np.ascontiguousarray(np.rot90(image))
    np.testing.assert_array_equal(mean(turned), np.rot90(result.refined))


def test_the_self_ensemble_leaves_interpolation_alone_and_can_be_cancelled(engine: str) -> None:
    image = picture(30, 20)
    bicubic = Enhancer.load("bicubic", self_ensemble=True)
    assert not bicubic.self_ensemble
    np.testing.assert_array_equal(bicubic(image), Enhancer.load("bicubic")(image))
    reported: list[int] = []
    with pytest.raises(Cancelled):
        make(engine, self_ensemble=True)(
            image, progress=lambda done, _: reported.append(done), cancelled=lambda: len(reported) == 5
        )
    assert len(reported) == 5
