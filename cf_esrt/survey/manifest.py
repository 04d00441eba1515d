"""Which stimulus is which picture by which method: the private half of what `stimuli.prepare` writes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from cf_esrt.survey.errors import StudyError


class Stimulus(BaseModel):
    """One picture."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: str
    method: str
    file: str
    """Name inside the folder of stimuli; random."""
    width: int
    height: int
    pixels: str
    """SHA-256 of the RGB bytes."""
    made_with: str
    """The model and its checkpoint's hash, or the ready-made file's name."""
    engine: str | None = None
    """What ran the network (`cf_esrt.engine`); None where none was run."""
    precision: str | None = None
    """Of the network's numbers, by torch's name; None where none was run."""


class Manifest(BaseModel):
    """All pictures of a study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: str
    """The study's own random name: the key of its rows in a database."""
    protocol: str
    """SHA-256 of the protocol that the pictures were made for."""
    stimuli: tuple[Stimulus, ...]
    order_secret: str | None = None
    """64 hexadecimal digits that mix into every rater's order; None of a study prepared before there was one."""

    def find(self, image: str, method: str) -> Stimulus:
        """The picture of an image by a method."""
        return next(one for one in self.stimuli if (one.image, one.method) == (image, method))

    @property
    def sha256(self) -> str:
        """Digest of what the pictures show; their files' names are no part of it."""
        lines = sorted(f"{one.image}\t{one.method}\t{one.pixels}" for one in self.stimuli)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read(path: Path) -> Manifest:
    """The manifest in a file; StudyError where there is none."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise StudyError("This study has no stimuli yet; make them with 'survey prepare'.") from error
    except (OSError, ValidationError) as error:
        raise StudyError(f"{path} is no manifest of stimuli; make them again with 'survey prepare'.") from error


def pixels_digest(pixels: np.ndarray) -> str:
    """SHA-256 of RGB uint8 H×W×3, row by row."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
