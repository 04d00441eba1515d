"""Metrics mean what their definitions say, and LPIPS is the published one."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file
from scipy.ndimage import gaussian_filter
from torch import Tensor

from cf_esrt.fidelity import shrink
from tests.training.helpers import ALEXNET, picture
from training.metrics import DISTS, LPIPS, METRICS, Comparison, luma, measure, metric, psnr, ssim

#: LPIPS of ex_ref.png against each, as the reference repository's README has it
PUBLISHED = {"ex_p0.png": 0.7219, "ex_p1.png": 0.1376}


@pytest.fixture(scope="module")
def lpips(alexnet: Path) -> LPIPS:
    return LPIPS(alexnet)


@pytest.fixture(scope="module")
def dists(vgg16: Path) -> DISTS:
    return DISTS(vgg16)


def tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255


def comparison(result: np.ndarray, truth: np.ndarray, lpips: LPIPS, dists: DISTS | None = None) -> Comparison:
    return Comparison(result, truth, shrink(truth), lpips, dists)


@given(st.integers(1, 120), st.integers(12, 40), st.integers(12, 40))
def test_psnr_of_a_constant_error(error: int, height: int, width: int) -> None:
    truth = np.full((height, width, 3), 100, np.uint8)
    value = float(psnr(tensor(truth + np.uint8(error)), tensor(truth)))
    assert value == pytest.approx(20 * math.log10(255 / error), abs=1e-3)


def test_luma_is_that_of_bt_601() -> None:
    corners = torch.tensor([[0.0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])[:, :, None, None]
    expected = [16, 235, 16 + 65.481, 16 + 128.553, 16 + 24.966]
    torch.testing.assert_close(255 * luma(corners).flatten(), torch.tensor(expected))


def ssim_by_formula(first: np.ndarray, second: np.ndarray) -> float:
    """Wang et al. 2004, equation 13, averaged over pixels and channels, mirrored at the border: no code of torch."""
    a, b = first / 255, second / 255

    def mean(x: np.ndarray) -> np.ndarray:
        return gaussian_filter(x, 1.5, axes=(0, 1), radius=5, mode="mirror")

    products = mean(a) * mean(b)
    spreads = mean(a * a) - mean(a) ** 2, mean(b * b) - mean(b) ** 2
    upper = (2 * products + 0.01**2) * (2 * (mean(a * b) - products) + 0.03**2)
    lower = (mean(a) ** 2 + mean(b) ** 2 + 0.01**2) * (sum(spreads) + 0.03**2)
    return float((upper / lower).mean())


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(12, 48), st.integers(12, 48))
def test_ssim_is_its_formula(seed: int, height: int, width: int) -> None:
    truth, result = picture(height, width, seed), picture(height, width, seed + 1)
    result = ((truth.astype(int) + result) // 2).astype(np.uint8)
    assert float(ssim(tensor(result), tensor(truth))) == pytest.approx(ssim_by_formula(result, truth), abs=1e-4)


#: Of a result against its truth; the lattice looks at the result alone.
AGAINST_TRUTH = [m.name for m in METRICS if m.per_photograph and m.name != "lattice"]


@pytest.mark.parametrize("name", AGAINST_TRUTH)
def test_equal_pictures_reach_the_better_end(name: str, lpips: LPIPS, dists: DISTS) -> None:
    truth = picture(64, 72)
    value = measure(comparison(truth, truth, lpips, dists))[name]
    assert value == pytest.approx(metric(name).high if metric(name).better == "higher" else metric(name).low, abs=1e-6)


@pytest.mark.parametrize("name", AGAINST_TRUTH)
def test_more_noise_is_worse_and_inside_the_range(name: str, lpips: LPIPS, dists: DISTS) -> None:
    truth = picture(64, 72)
    noise = np.random.default_rng(0).normal(size=truth.shape)
    noisy = [np.clip(truth + spread * noise, 0, 255).astype(np.uint8) for spread in (5, 40)]
    little, much = (measure(comparison(result, truth, lpips, dists))[name] for result in noisy)
    assert metric(name).low <= min(little, much) <= max(little, much) <= metric(name).high
    assert (little > much) == (metric(name).better == "higher")


def test_dists_is_left_out_where_its_network_is_not_given(lpips: LPIPS) -> None:
    truth = picture(64, 72)
    assert "dists" not in measure(comparison(truth, truth, lpips))


def test_definitions_are_complete() -> None:
    names = [m.name for m in METRICS]
    assert len(set(names)) == len(names)
    assert all(m.title and m.colours and m.source and m.low < m.high for m in METRICS)
    assert metric("psnr").heading == "PSNR RGB ↑ (dB)"
    assert metric("lpips").heading == "LPIPS ↓"
    assert "FID" not in metric("frechet_vgg16").title


def written_out(first: Tensor, second: Tensor, weights: Path) -> float:
    """LPIPS by its paper's equation 1, on AlexNet's five ReLU layers: no code of torchmetrics."""
    from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

    import torchmetrics  # isort: skip

    state = load_file(weights)
    linear = torch.load(
        Path(torchmetrics.__file__).parent / "functional/image/lpips_models/alex.pth", "cpu", weights_only=True
    )
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    first, second = ((x - mean) / std for x in (first, second))
    total = 0.0
    for number, layer in enumerate(ALEXNET):
        if number in (1, 2):
            first, second = (F.max_pool2d(x, 3, 2) for x in (first, second))
        how = {"stride": 4, "padding": 2} if number == 0 else {"padding": 2 if number == 1 else 1}
        weight, bias = state[f"features.{layer}.weight"], state[f"features.{layer}.bias"]
        first, second = (F.relu(F.conv2d(x, weight, bias, **how)) for x in (first, second))
        units = [x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10) for x in (first, second)]
        squared = (units[0] - units[1]).square()
        total += float((squared * linear[f"lin{number}.model.1.weight"]).sum(1).mean())
    return total


def pairs() -> list[tuple[Tensor, Tensor]]:
    truth = picture(96, 128)
    noisy = np.clip(truth + np.random.default_rng(1).normal(0, 20, truth.shape), 0, 255).astype(np.uint8)
    return [(tensor(noisy), tensor(truth)), (tensor(picture(96, 128, 5)), tensor(truth))]


@pytest.mark.parametrize("number", [0, 1])
def test_lpips_is_its_formula(backbones: Path, number: int) -> None:
    weights = backbones / "alexnet_features.safetensors"
    first, second = pairs()[number]
    value = float(LPIPS(weights)(first, second))
    assert value > 0.05
    # ImageNet's statistics and LPIPS's scaling layer are the same numbers, rounded differently
    assert value == pytest.approx(written_out(first, second, weights), rel=2e-3)


@pytest.mark.filterwarnings("ignore::UserWarning")  # the package calls torchvision as its older versions wished
@pytest.mark.parametrize("number", [0, 1])
def test_lpips_agrees_with_the_published_package(backbones: Path, number: int) -> None:
    from training import torchvision_shim  # noqa: F401  (lpips imports torchvision)

    published = pytest.importorskip("lpips", reason="the reference implementation (pip install lpips) is not here")
    own = LPIPS(backbones / "alexnet_features.safetensors")
    reference = published.LPIPS(net="alex", version="0.1", pnet_rand=True, verbose=False)
    reference.net.load_state_dict(own.network.net.state_dict())
    first, second = pairs()[number]
    with torch.no_grad():
        expected = float(reference.eval()(first * 2 - 1, second * 2 - 1))
    assert float(own(first, second)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_lpips_of_the_published_example(backbones: Path, name: str) -> None:
    folder = os.environ.get("CF_ESRT_LPIPS_REPOSITORY")
    if not folder:
        pytest.skip("CF_ESRT_LPIPS_REPOSITORY names no folder with imgs/ex_ref.png of richzhang/PerceptualSimilarity")
    pictures = [np.array(Image.open(Path(folder) / "imgs" / n).convert("RGB")) for n in ("ex_ref.png", name)]
    value = float(LPIPS(backbones / "alexnet_features.safetensors")(*(tensor(p) for p in pictures)))
    assert value == pytest.approx(PUBLISHED[name], abs=1e-3)


def test_weights_that_are_missing_or_foreign_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"not at .*nowhere\.safetensors"):
        LPIPS(tmp_path / "nowhere.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no weights")
    with pytest.raises(ValueError, match="AlexNet's convolutions"):
        LPIPS(damaged)
