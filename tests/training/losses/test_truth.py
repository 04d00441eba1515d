"""The losses that know detail: what ring correlation and structure reward, and what they do not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from training.config import Losses, Phase
from training.losses import lattice_loss, pixel_loss, ring_correlation, ring_correlation_loss, structure_loss
from training.losses.networks import LossNetworks
from training.losses.perceptual import PerceptualLoss
from training.losses.table import LPIPS_MARGIN, total_loss


def noise(seed: int, side: int = 96) -> Tensor:
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(seed))


def dotted(places: list[tuple[int, int]], depth: float = 0.15, side: int = 64) -> Tensor:
    """Plain skin with dark dots of a standard deviation of 1.5 px."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    skin = torch.full((side, side), 0.7)
    for top, left in places:
        skin = skin - depth * torch.exp(-((y - top) ** 2 + (x - left) ** 2) / (2 * 1.5**2))
    return skin.expand(1, 3, side, side).clone()


def test_ring_correlation_of_a_picture_with_itself_is_one() -> None:
    truth = noise(0)
    assert ring_correlation(truth, truth)[1:] == pytest.approx(1, abs=1e-3)
    assert float(ring_correlation_loss(truth, truth)) == pytest.approx(0, abs=1e-3)


def test_ring_correlation_of_unrelated_pictures_is_about_nothing() -> None:
    assert ring_correlation(noise(0), noise(1))[8:].abs().max() < 0.4
    assert ring_correlation(noise(0), noise(1))[8:].mean().abs() < 0.1


def test_ring_correlation_is_free_of_contrast_and_of_a_ring_shaped_filter() -> None:
    truth, other = noise(0), 0.5 * noise(0) + 0.5 * noise(2)
    spectrum = torch.fft.rfft2(0.3 * other)
    radius = torch.hypot(torch.fft.fftfreq(96)[:, None], torch.fft.rfftfreq(96)[None])
    filtered = torch.fft.irfft2(spectrum * (1 + radius), s=(96, 96))
    window = slice(8, 40)  # the Hann window mixes neighbouring rings a little
    assert ring_correlation(filtered, truth)[window] == pytest.approx(ring_correlation(other, truth)[window], abs=0.05)


def test_ring_correlation_falls_as_false_detail_is_added() -> None:
    truth = noise(0)
    losses = [float(ring_correlation_loss(truth + strength * noise(3), truth)) for strength in (0.0, 0.3, 1.0)]
    assert losses == sorted(losses)
    assert losses[-1] > losses[0] + 0.1


def test_ring_correlation_has_a_finite_gradient_where_nothing_is_shown() -> None:
    flat = torch.full((2, 3, 96, 96), 0.5, requires_grad=True)
    ring_correlation_loss(flat, noise(0)).backward()
    assert flat.grad is not None
    assert flat.grad.isfinite().all()


def test_a_true_dot_costs_less_than_none_and_a_false_one_more() -> None:
    truth = dotted([(20, 20), (40, 44)])
    perfect, missed = structure_loss(truth, truth), structure_loss(dotted([(20, 20)]), truth)
    false = structure_loss(dotted([(20, 20), (40, 44), (12, 50)]), truth)
    assert perfect < missed
    assert perfect < false


def test_a_mesh_of_faint_dots_is_not_worth_drawing() -> None:
    truth = dotted([(20, 20), (40, 44)])
    mesh = dotted([(top, left) for top in range(8, 60, 6) for left in range(8, 60, 6)], depth=0.08)
    assert structure_loss(mesh, truth) > structure_loss(dotted([]), truth)


def test_the_opening_setting_is_judged_by_truth_and_all_of_the_texture_by_looks() -> None:
    coarse, refined, truth = noise(0), noise(1), noise(2)
    half = 0.5 * (coarse + refined)
    phase = Phase("one", 1, opening=0.5, losses=Losses(ring=0.2, structure=0.3))
    total, terms = total_loss({"refined": refined}, truth, phase, LossNetworks(), coarse_image=coarse)
    expected = pixel_loss(half, truth) + 0.2 * ring_correlation_loss(half, truth) + 0.3 * structure_loss(half, truth)
    assert float(total) == pytest.approx(float(expected), rel=1e-5)
    assert set(terms) == {"refined/l1", "refined/ring", "refined/structure"}


def lpips_of(refined: Tensor, coarse: Tensor, truth: Tensor, lpips: Any) -> Tensor:
    phase = Phase("one", 1, opening=0.5, losses=Losses(l1=0.0, lpips=1.0))
    networks = LossNetworks(lpips=lpips)
    return total_loss({"refined": refined}, truth, phase, networks, coarse_image=coarse)[0]


def test_lpips_judges_all_of_the_texture_of_every_other_crop_and_the_opening_setting_of_the_rest() -> None:
    grey = [torch.full((4, 3, 96, 96), value) for value in (0.2, 0.6, 0.0)]
    seen: list[Tensor] = []

    def lpips(image: Tensor, truth: Tensor) -> Tensor:
        seen.append(image)
        return pixel_loss(image, truth)

    total = lpips_of(grey[1], grey[0], grey[2], lpips)
    assert seen[0].mean((1, 2, 3)).tolist() == pytest.approx([0.6, 0.4, 0.6, 0.4])
    assert float(total) == pytest.approx(0.5)


def test_lpips_sees_nothing_near_the_edges_of_a_crop_and_the_same_place_of_its_truth() -> None:
    place = torch.arange(96.0 * 96).view(1, 1, 96, 96).expand(8, 3, 96, 96)
    seen: list[Tensor] = []

    def lpips(image: Tensor, truth: Tensor) -> Tensor:
        torch.testing.assert_close(image, truth)
        seen.append(image)
        return image.mean()

    lpips_of(place, place, place, lpips)
    (image,) = seen
    rows, columns = image // 96, image % 96
    assert image.shape == (8, 3, 48, 48)
    for where in (rows, columns):
        assert where.min() == LPIPS_MARGIN
        assert where.max() <= 95 - LPIPS_MARGIN
        assert len(where[:, 0, 0, 0].unique()) > 4  # no two edges of what it sees are on one line


class Means(torch.nn.Module):
    """Stands for VGG16."""

    def forward(self, image: Tensor) -> Tensor:
        return F.avg_pool2d(image, 8)


def test_the_perceptual_loss_can_see_a_part_of_the_crops() -> None:
    perceptual = PerceptualLoss(Means())  # type: ignore[arg-type]
    image, truth = noise(0), noise(1)
    phase = Phase("one", 1, perceptual_crops=1, losses=Losses(l1=0.0, perceptual=1.0))
    total, _ = total_loss({"image": image}, truth, phase, LossNetworks(perceptual))
    assert float(total) == pytest.approx(float(perceptual(image[:1], perceptual.target(truth[:1]))))


def test_structure_agrees_with_the_reference_loss() -> None:
    shared = Path(os.environ.get("CF_ESRT_SHARED") or Path(__file__).parents[4] / "shared")
    reference = shared / "measure" / "structure_loss.py"
    if not reference.is_file():
        pytest.skip("The reference loss is not here.")
    names: dict = {}
    exec(compile(reference.read_text(), str(reference), "exec"), names)
    truth, result = noise(0), (noise(0) + 0.1 * noise(1)).clamp(0, 1)
    assert float(structure_loss(result, truth)) == pytest.approx(
        float(names["structure_loss"](result, truth)), rel=1e-5
    )


def test_a_lattice_is_punished_and_grain_is_not() -> None:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.full((8, 3, 96, 96), 0.5)
    grain = 0.004 * torch.randn(coarse.shape, generator=generator)
    rows, columns = torch.meshgrid(torch.arange(96), torch.arange(96), indexing="ij")
    lattice = ((rows % 4 == 0) & (columns % 4 == 0)).float() - 1 / 16
    refined = (coarse + grain + 0.005 * lattice).requires_grad_()
    assert lattice_loss(coarse + grain, coarse) < 0.3
    punished = lattice_loss(refined, coarse)
    assert punished > 3
    punished.backward()
    assert refined.grad is not None
    assert (refined.grad * lattice).sum() > 0  # a weaker lattice costs less


def test_a_lattices_weight_adds_it_to_the_refined_pictures_loss() -> None:
    coarse, refined, truth = (torch.rand(2, 3, 32, 32) for _ in range(3))
    phase = Phase("one", 1, losses=Losses(l1=0.0, lattice=2.0))
    total, terms = total_loss({"refined": refined}, truth, phase, LossNetworks(), coarse_image=coarse)
    assert float(total) == pytest.approx(2 * float(lattice_loss(refined, coarse)), rel=1e-4)
    assert set(terms) == {"refined/lattice"}
