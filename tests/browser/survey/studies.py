"""Studies for the browser: pictures made on the spot, methods of names that stand nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image, ImageFilter

from cf_esrt.survey import stimuli
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey

PASSWORD = "a wombat's burrow"
METHODS = ("quokkamethod", "numbatmethod")
IMAGES = ("bilbyphoto", "potoroophoto", "dunnartphoto")
SIDE = (120, 88)
"""Width and height of every picture."""


def settings(**changes: Any) -> dict[str, Any]:
    """A protocol as its YAML has it: two passes, practice, gold, a question about the rater."""
    return {
        "title": "Trial of pictures",
        "instructions": "Look at each picture.\nVote by your first impression.",
        "consent": "Taking part is voluntary.",
        "questions": ["realism", "fidelity"],
        "methods": ["original", *(f"{name}=results-{name}" for name in METHODS)],
        "images": [f"photographs/{name}.png" for name in IMAGES],
        "training": [{"image": IMAGES[0], "method": METHODS[0]}],
        "gold": [{"image": IMAGES[1], "method": "original", "expect": [4, 5]}],
        "background": [{"name": "role", "text": "What are you?", "choices": ["Physician", "Something else"]}],
        "minimum_seconds": 0.3,
        "breaks": {"after_items": 5, "after_minutes": 20},
        "raters": 2,
        **changes,
    }


def write(path: Path, given: dict[str, Any], size: tuple[int, int] = SIDE) -> Folder:
    """A study's folder with its photographs and ready-made results, not yet prepared."""
    for place, name in enumerate(IMAGES):
        picture = _picture(size, place)
        _save(picture, path / "photographs" / f"{name}.png")
        _save(picture.filter(ImageFilter.GaussianBlur(2)), path / f"results-{METHODS[0]}" / f"{name}.png")
        _save(picture.filter(ImageFilter.SHARPEN), path / f"results-{METHODS[1]}" / f"{name}.png")
    (path / "protocol.yaml").write_text(yaml.safe_dump(given, sort_keys=False), "utf-8")
    return Folder.of(path)


def opened(
    path: Path, raters: int = 1, size: tuple[int, int] = SIDE, database: str | None = None, **changes: Any
) -> tuple[Survey, list[str]]:
    """An open study, and its raters' codes."""
    folder = write(path, settings(**changes), size)
    stimuli.prepare(folder, folder.read())
    survey = Survey.open(folder, PASSWORD, database)
    return survey, [code for _, code in survey.local_organiser().add_raters(raters)]


def _picture(size: tuple[int, int], seed: int) -> Image.Image:
    width, height = size
    rng = np.random.default_rng(seed)
    ramp = np.linspace(60, 200, width)[None, :, None] + np.zeros((height, 1, 3))
    return Image.fromarray(np.clip(ramp + rng.normal(0, 20, (height, width, 3)), 0, 255).astype(np.uint8))


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
