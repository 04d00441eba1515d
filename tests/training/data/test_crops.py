"""Crops: shared between processes without changing them, cut the same on CPU and where the pixels are resident."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.data.test_data import write_photographs
from training.config import Phase
from training.data import ImageStore, shrink_whole
from training.data.crops import CropSampler, Share, gather, slice_out

PHASE = Phase("p", 1, whole=0.5, zoom=(0.5, 1.0), crop=32, batch=7)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[ImageStore, ImageStore]:
    folder = tmp_path_factory.mktemp("data")
    files = write_photographs(folder / "photos", [(70, 90), (80, 66)])
    whole = ImageStore.open(files, folder / "cache", "whole256", shrink_whole)
    return whole, ImageStore.open(files, folder / "cache", "original", lambda image: image)


def sampler(stores: tuple[ImageStore, ImageStore], share: Share | None = None, seed: int = 0) -> CropSampler:
    return CropSampler(*stores, torch.device("cpu"), torch.Generator().manual_seed(seed), share)


@given(count=st.integers(1, 200), processes=st.integers(1, 16))
def test_shares_are_even_and_cover_everything(count: int, processes: int) -> None:
    items = list(range(count))
    parts = [items[Share(process, processes).of(count)] for process in range(processes)]
    assert [item for part in parts for item in part] == items
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_cut_together_what_one_would(stores: tuple[ImageStore, ImageStore], processes: int) -> None:
    one = sampler(stores)
    several = [sampler(stores, Share(process, processes)) for process in range(processes)]
    for _ in range(4):
        assert torch.equal(one.draw(PHASE), torch.cat([each.draw(PHASE) for each in several]))


def test_resident_pixels_are_cut_the_same(stores: tuple[ImageStore, ImageStore]) -> None:
    maker = sampler(stores)
    turned = set()
    for _ in range(8):
        drawn = maker.sample(PHASE)
        store = stores[0] if drawn.whole else stores[1]
        assert store.pixels is not None
        flat = torch.from_numpy(store.pixels.copy())
        assert torch.equal(gather(flat, store, drawn.crops), slice_out(store, drawn.crops))
        turned |= {crop.symmetry for crop in drawn.crops}
    assert turned == set(range(8))


def test_a_symmetry_is_a_turn_or_a_mirror_image(stores: tuple[ImageStore, ImageStore]) -> None:
    drawn = sampler(stores).sample(PHASE)
    store = stores[0] if drawn.whole else stores[1]
    crop = drawn.crops[0]
    views = {slice_out(store, [crop._replace(symmetry=s)]).numpy().tobytes() for s in range(8)}
    plain = slice_out(store, [crop._replace(symmetry=0)])[0]
    expected = set()
    for turns in range(4):
        rotated = torch.rot90(plain, turns, (0, 1))
        expected |= {rotated.contiguous().numpy().tobytes(), rotated.flip(1).contiguous().numpy().tobytes()}
    assert views == expected


def test_zoomed_crops_have_the_phases_side(stores: tuple[ImageStore, ImageStore]) -> None:
    maker = sampler(stores)
    sides = set()
    for _ in range(10):
        drawn = maker.sample(PHASE)
        assert maker.cut(drawn, drawn.crops).shape == (7, 3, 32, 32)
        sides.add(drawn.crops[0].side)
    assert len(sides) > 2
    assert max(sides) <= 64
