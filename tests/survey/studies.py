"""Small studies to test with: pictures of some pixels, and enhancers that repeat pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from cf_esrt.survey import stimuli
from cf_esrt.survey.protocol import Protocol
from cf_esrt.survey.session import RaterSession
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey

PASSWORD = "a horse's battery"


def settings(images: int = 4, methods: tuple[str, ...] = ("original", "bicubic", "esrt"), **changes: Any) -> dict:
    """A protocol as its YAML has it."""
    return {
        "title": "A test",
        "instructions": "Look.",
        "consent": "Agree.",
        "questions": ["realism"],
        "methods": list(methods),
        "images": [f"images/p{number}.png" for number in range(images)],
        "minimum_seconds": 0,
        **changes,
    }


def protocol(images: int = 4, methods: tuple[str, ...] = ("original", "bicubic", "esrt"), **changes: Any) -> Protocol:
    return Protocol.model_validate(settings(images, methods, **changes))


class Repeat:
    """In the place of an `Enhancer`: each model repeats pixels, and leaves a mark of its own."""

    def __init__(self, model: str, engine: str) -> None:
        self._mark = sum(model.encode()) % 7
        self.engine, self.precision = (None, None) if model == "bicubic" else (engine, "float32")

    def __call__(self, image: np.ndarray, *, detail: float = 1.0) -> np.ndarray:
        large = image.repeat(4, axis=0).repeat(4, axis=1)
        large[: 1 + self._mark, :4] = 255 - self._mark
        return large


def repeat(model: str, device: str, engine: str) -> Repeat:
    """In the place of `Enhancer.load`."""
    return Repeat(model, engine)


def folder(path: Path, given: dict, side: int = 16) -> Folder:
    """A study's folder with photographs of noise, not yet prepared."""
    (path / "images").mkdir(parents=True)
    for number in range(len(given["images"])):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(path / "images" / f"p{number}.png")
    (path / "protocol.yaml").write_text(yaml.safe_dump(given, sort_keys=False), "utf-8")
    return Folder.of(path)


def prepared(path: Path, given: dict) -> Folder:
    folder_ = folder(path, given)
    stimuli.prepare(folder_, folder_.read(), load=repeat)
    return folder_


def opened(path: Path, given: dict | None = None, raters: int = 1, database: str | None = None) -> tuple[Survey, list]:
    """An open study, and its raters' codes."""
    survey = Survey.open(prepared(path, settings() if given is None else given), PASSWORD, database)
    codes = [code for _, code in survey.organiser(PASSWORD).add_raters(raters)]
    return survey, codes


def at_the_items(survey: Survey, code: str) -> RaterSession:
    """A rater who has done what comes before the items."""
    session = survey.sign_in(code)
    session.consent()
    if survey.protocol.background:
        session.answer_background({question.name: question.choices[0] for question in survey.protocol.background})
    session.log_viewing({"zoom": 1.0})
    return session


def vote(session: RaterSession, score: int = 3, shown_ms: int = 1500):
    item = session.item()
    assert item is not None
    return session.vote(item.token, score, shown_ms)
