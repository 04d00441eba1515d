"""The Enhancer's promises, on a small random network; the released ones in `test_released.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from cf_esrt import checkpoints
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.engine.device import choose_device, choose_precision
from cf_esrt.enhance import Cancelled, EnhanceError, Enhancer, Reconstruction
from cf_esrt.models import ModelDescriptor, UnknownModel, from_checkpoint
from cf_esrt.networks import CFESRT, SRCNN, SRResNet, start_from_interpolation

CPU = torch.device("cpu")


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colour with some noise, RGB uint8."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 4 + 2, width // 4 + 2, 3), np.uint8)
    return np.array(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def small(tile: int | None = 24, network: nn.Module | None = None, precision: str = "auto") -> Enhancer:
    torch.manual_seed(0)
    built = CFESRT(width=8, skip_padding="replicate")
    start_from_interpolation(built)
    return Enhancer(
        ModelDescriptor(
            "small", "Small", "", stage="both" if network is None else "only", dtypes=("float32", "float16")
        ),
        network or built,
        CPU,
        tile=tile,
        precision=precision,
    )


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 60), (47, 2), (24, 24), (25, 49)])
def test_any_size_gives_four_times_the_size(height: int, width: int) -> None:
    result = small()(picture(height, width))
    assert result.shape == (4 * height, 4 * width, 3)
    assert result.dtype == np.uint8


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (197, 140, 133)])
@pytest.mark.parametrize("size", [(1, 1), (40, 70)])
def test_a_constant_image_stays_constant(colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    image = np.full((*size, 3), colour, np.uint8)
    stages = small().reconstruct(image)
    for stage in (stages.coarse, stages.refined):
        assert (stage == np.array(colour)).all()


def test_bicubic_is_pillows() -> None:
    image = picture(13, 17)
    result = Enhancer.load("bicubic")(image)
    expected = Image.fromarray(image).resize((68, 52), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(result, np.array(expected))


def test_tiles_differ_little_from_the_whole() -> None:
    image = picture(70, 90)
    whole, tiled = (small(tile).reconstruct(image).coarse.astype(float) for tile in (128, 24))
    assert 10 * np.log10(255**2 / np.mean((whole - tiled) ** 2)) > 45


def test_the_same_picture_gives_the_same_bytes() -> None:
    image, enhancer = picture(40, 40), small()
    np.testing.assert_array_equal(enhancer(image), enhancer(image))


def test_the_picture_given_is_not_changed() -> None:
    image = picture(30, 30)
    before = image.copy()
    small()(image)
    np.testing.assert_array_equal(image, before)


def test_blending_goes_from_coarse_to_refined() -> None:
    stages = Reconstruction(np.full((2, 2, 3), 100, np.uint8), np.full((2, 2, 3), 50, np.uint8))
    assert [int(stages.blend(d)[0, 0, 0]) for d in (0, 0.25, 0.5, 1)] == [100, 88, 75, 50]
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="between 0"):
            stages.blend(wrong)


def test_detail_is_the_blend_of_the_stages() -> None:
    image, enhancer = picture(20, 20), small()
    stages = enhancer.reconstruct(image)
    np.testing.assert_array_equal(enhancer(image, detail=0), stages.coarse)
    np.testing.assert_array_equal(enhancer(image, detail=0.3), stages.blend(0.3))


def test_progress_counts_every_tile() -> None:
    reported: list[tuple[int, int]] = []
    small().reconstruct(picture(50, 50), progress=lambda done, total: reported.append((done, total)))
    tiles, windows = 9, 4  # 3×3 tiles of 24, then cores of 2·4·24 = 192 in a picture of 200×200
    assert reported == [(i + 1, tiles + windows) for i in range(tiles + windows)]


def test_cancelling_stops_between_tiles() -> None:
    reported: list[int] = []
    with pytest.raises(Cancelled):
        small().reconstruct(
            picture(50, 50), progress=lambda done, _: reported.append(done), cancelled=lambda: len(reported) == 4
        )
    assert reported == [1, 2, 3, 4]


def test_refining_in_tiles_is_exact() -> None:
    """The second pass, tile by tile, against the refinement network on the whole coarse picture at once."""
    image, enhancer = picture(110, 130), small(tile=24)
    torch.manual_seed(1)
    network = CFESRT(width=8)  # PyTorch's own weights, so that the residual is not small
    enhancer = small(tile=24, network=network)
    stages = enhancer.reconstruct(image)
    whole = torch.from_numpy(stages.coarse).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        expected = network.refine(whole).clamp(0, 1)[0].permute(1, 2, 0) * 255
    assert (torch.from_numpy(stages.refined) - expected).abs().max() < 0.51
    assert (stages.refined != stages.coarse).any()


@pytest.fixture(params=["SRCNN", "SRResNet"])
def local(request: pytest.FixtureRequest, tmp_path: Path) -> ModelDescriptor:
    """A checkpoint of a network that is purely local, with random weights and some batch norm statistics."""
    torch.manual_seed(0)
    arguments = {} if request.param == "SRCNN" else {"blocks": 2, "width": 8}
    network = checkpoints.ARCHITECTURES[request.param](**arguments)
    for _ in range(3):
        network(torch.rand(2, 3, 16, 16))
    path = tmp_path / "local.safetensors"
    checkpoints.write(path, network.state_dict(), CheckpointInfo(request.param, arguments))
    return from_checkpoint(path)


def test_tiling_a_local_network_is_exact(local: ModelDescriptor) -> None:
    image, reported = picture(50, 70), []
    tiled = Enhancer.of(local, "cpu", tile=18).reconstruct(image, progress=lambda *steps: reported.append(steps))
    network = checkpoints.build(*checkpoints.read(local.checkpoint or Path()), "local")
    with torch.no_grad():
        whole = network(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
    expected = whole.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(tiled.refined - expected).max() < 0.51
    assert tiled.coarse is tiled.refined
    assert reported[-1] == (20, 20)  # cores of 16: 4 rows of 5


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 40), (16, 16), (17, 33)])
@pytest.mark.parametrize("network", [SRCNN(), SRResNet(blocks=1, width=8)], ids=["srcnn", "srresnet"])
def test_any_size_with_context(network: nn.Module, height: int, width: int) -> None:
    enhancer = Enhancer(ModelDescriptor("x", "X", "", context=12), network, CPU, tile=16)
    assert enhancer(picture(height, width)).shape == (4 * height, 4 * width, 3)


class Hungry(nn.Module):
    """Nearest ×4, with memory for tiles of at most ``limit`` pixels a side."""

    def __init__(self, limit: int, error: Callable[[], BaseException]) -> None:
        super().__init__()
        self.limit, self.error, self.sizes = limit, error, []

    def forward(self, x: Tensor) -> Tensor:
        self.sizes.append(max(x.shape[-2:]))
        if self.sizes[-1] > self.limit:
            raise self.error()
        return x.repeat_interleave(4, -1).repeat_interleave(4, -2)


def cpu_allocator() -> RuntimeError:
    return RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory: you tried …")


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, cpu_allocator])
def test_out_of_memory_shrinks_the_tiles_and_loses_none(error: Callable[[], BaseException]) -> None:
    network, image = Hungry(33, error), picture(150, 130)
    stages = small(tile=128, network=network).reconstruct(image)
    np.testing.assert_array_equal(stages.refined, image.repeat(4, 0).repeat(4, 1))
    assert (network.sizes[0] > 33, stages.tile) == (True, 32)


def test_out_of_memory_with_context_shrinks_the_tiles_and_loses_none() -> None:
    network, image = Hungry(50, cpu_allocator), picture(150, 130)
    enhancer = Enhancer(ModelDescriptor("x", "X", "", context=8), network, CPU, tile=100)
    stages = enhancer.reconstruct(image)
    np.testing.assert_array_equal(stages.refined, image.repeat(4, 0).repeat(4, 1))
    assert (network.sizes[0] > 50, stages.tile) == (True, 25)


class Narrow(nn.Module):
    """Enlarges by repetition; in a half precision it leaves the range where its input is over ``limit``."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit = limit
        self.ran: list[bool] = []

    def forward(self, x: Tensor) -> Tensor:
        half = torch.is_autocast_enabled("cpu")
        self.ran.append(half)
        x = x.repeat_interleave(4, -1).repeat_interleave(4, -2)
        return x.masked_fill(x > self.limit, torch.inf) if half else x


def narrow(limit: float, **how: str) -> tuple[Narrow, Enhancer]:
    network = Narrow(limit)
    return network, Enhancer(ModelDescriptor("x", "X", "", dtypes=("float32", "float16")), network, CPU, **how)  # type: ignore[arg-type]


def test_a_cpu_takes_float32_and_half_precision_where_asked() -> None:
    image = picture(20, 20)
    network, enhancer = narrow(2)
    assert (enhancer.reconstruct(image).precision, network.ran) == ("float32", [False])
    network, enhancer = narrow(2, precision="float16")
    stages = enhancer.reconstruct(image)
    assert (stages.precision, network.ran) == ("float16", [True])
    np.testing.assert_array_equal(stages.refined, image.repeat(4, 0).repeat(4, 1))


def test_what_leaves_the_range_of_float16_is_run_again() -> None:
    image = picture(20, 20)
    network, enhancer = narrow(0.1, precision="float16")
    np.testing.assert_array_equal(enhancer(image), image.repeat(4, 0).repeat(4, 1))
    assert network.ran == [True, False]


def test_the_fastest_precision_that_the_model_allows() -> None:
    cuda, both = torch.device("cuda"), ModelDescriptor("x", "X", "", dtypes=("float32", "float16"))
    assert choose_precision(both, cuda, "auto") == "float16"
    assert choose_precision(ModelDescriptor("x", "X", ""), cuda, "auto") == "float32"
    assert choose_precision(both, cuda, "float32") == "float32"
    with pytest.raises(ValueError, match="does not run in 'bfloat16'; choose auto or float32 or float16"):
        choose_precision(both, CPU, "bfloat16")
    assert Enhancer.load("bicubic").reconstruct(picture(4, 4)).precision is None


def test_float16_changes_the_network_little() -> None:
    image = picture(40, 40)
    half = small(precision="float16").reconstruct(image).coarse.astype(float)
    exact = small().reconstruct(image).coarse
    assert (half != exact).any()
    assert 10 * np.log10(255**2 / np.mean((half - exact) ** 2)) > 50


def test_too_little_memory_is_said() -> None:
    with pytest.raises(EnhanceError, match="not enough memory"):
        small(network=Hungry(4, torch.OutOfMemoryError))(picture(50, 50))


def test_other_errors_are_not_taken_for_memory() -> None:
    with pytest.raises(RuntimeError, match="shape"):
        small(network=Hungry(4, lambda: RuntimeError("shape mismatch")))(picture(50, 50))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 3), np.float32), "not float32"),
        (np.zeros((4, 4), np.uint8), "not 4 × 4"),
        (np.zeros((4, 4, 4), np.uint8), "not 4 × 4 × 4"),
        (np.zeros((0, 4, 3), np.uint8), "not 0 × 4 × 3"),
        ([1, 2], "not list"),
    ],
)
def test_other_arrays_are_refused(image: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small()(image)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        small(tile=3)
    with pytest.raises(UnknownModel):
        Enhancer.load("esrgan")
    with pytest.raises(ValueError, match="no device 'tpu'"):
        choose_device("tpu")
