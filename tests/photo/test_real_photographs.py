"""Real photographs, where the shared folder is given: smartphone PNG, dermoscopy JPEG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    if not files:
        pytest.skip(f"real images are not here: {folder} is absent or empty")
    return files


def test_smartphone_photographs(shared_data):
    for path in _files(shared_data / "pad_ufes_20"):
        found = photo.read(path)
        with Image.open(path) as picture:  # PNG: Pillow's decoder is an independent witness
            reference = np.array(picture.convert("RGBA"))
        assert found.metadata.format == "PNG"
        assert found.metadata.original_size == (
            reference.shape[1],
            reference.shape[0],
        )
        if not found.metadata.alpha_flattened and not found.metadata.icc_applied and found.metadata.orientation == 1:
            assert np.array_equal(found.pixels, reference[..., :3])


def test_dermoscopy(shared_data):
    for path in _files(shared_data / "ham10000" / "test"):
        found = photo.read(path)
        assert found.metadata.format == "JPEG"
        assert found.pixels.shape == (450, 600, 3)
        red, green, blue = found.pixels.reshape(-1, 3).mean(axis=0)
        assert red > green > 0.5 * blue  # skin is warm: a swap of red and blue would show here
