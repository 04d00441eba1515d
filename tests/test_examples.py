"""The committed example photographs are what their generator draws, and say that they are drawings."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo

ASSETS = Path(__file__).resolve().parents[1] / "assets"
EXAMPLES = sorted((ASSETS / "examples").glob("*.png"))


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_examples", ASSETS / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_one_file_for_each_scene(generator):
    expected = [f"synthetic-{number}.png" for number in range(1, len(generator.SCENES) + 1)]
    assert [path.name for path in EXAMPLES] == expected


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_files_are_small_readable_and_labelled(path):
    assert path.stat().st_size < 350_000
    assert photo.read(path).pixels.shape == (360, 480, 3)
    with Image.open(path) as picture:
        assert picture.info["Title"] == "synthetic"
        assert "no person" in picture.info["Description"]


@pytest.mark.parametrize("number", range(1, len(EXAMPLES) + 1))
def test_the_generator_draws_them_again(generator, number):
    drawn = generator.draw(generator.SCENES[number - 1])
    kept = photo.read(ASSETS / "examples" / f"synthetic-{number}.png").pixels
    # One version of the libraries gives the same bytes; another may round a few values the other way.
    difference = np.abs(drawn.astype(int) - kept)
    assert difference.max() <= 6
    assert difference.mean() < 0.02


def test_a_drawing_twice_gives_the_same_bytes(generator):
    once, twice = (generator.png(generator.draw(generator.SCENES[1])) for _ in range(2))
    assert once == twice
    with Image.open(io.BytesIO(once)) as picture:
        assert picture.size == (generator.WIDTH, generator.HEIGHT)


def test_the_script_writes_into_the_given_folder(generator, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ASSETS)!r}); import make_examples; from pathlib import Path; "
        "make_examples.SCENES = make_examples.SCENES[:1]; make_examples.main(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-B", "-c", code, str(tmp_path / "new" / "folder")], check=True)
    written = tmp_path / "new" / "folder" / "synthetic-1.png"
    assert np.array_equal(photo.read(written).pixels, generator.draw(generator.SCENES[0]))


def test_lesions_hold_fine_structure_and_skins_differ(generator):
    """There must be something to reconstruct: detail that a ×4 shrink loses, in each lesion."""
    brightness = []
    for path in EXAMPLES:
        pixels = photo.read(path).pixels
        lesion = Image.fromarray(pixels[112:240, 176:304])
        blurred = lesion.resize((32, 32), Image.Resampling.BICUBIC).resize((128, 128), Image.Resampling.BICUBIC)
        lost = np.asarray(lesion).astype(float) - np.asarray(blurred)
        assert lost.std() > 3
        corner = pixels[:90, :90].mean()
        assert np.asarray(lesion).mean() < corner  # the lesion is darker than its skin
        brightness.append(corner)
    assert max(brightness) - min(brightness) > 60
