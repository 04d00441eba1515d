"""The label of a picture, in every form: caption strip, text chunks, XMP, DICOM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cf_esrt import __version__, photo
from cf_esrt.fidelity.trust import unveiled
from cf_esrt.photo import NOTICE
from cf_esrt.provenance.record import ImageDigest, Provenance
from cf_esrt.provenance.strings import CONSISTENCY, ENHANCED, INTERPOLATED, ORIGINAL, decibels

_SHORT = 12
"""Digits of a hash that are written in the strip."""


@dataclass(frozen=True)
class Label:
    """The label of a result, or of the crop itself, whose ``model`` is None. There is no way to leave it out."""

    title: str
    description: str
    """One sentence: whether the picture is enhanced, and by what kind of thing."""
    picture: ImageDigest
    """The picture without its strip."""
    crop_sha256: str
    photograph_sha256: str
    version: str = __version__
    notice: str = NOTICE
    model: str | None = None
    checkpoint_sha256: str | None = None
    scale: int = 1
    detail: float | None = None
    back_projected: bool = False
    consistency: float | None = None
    """Low-resolution consistency in dB, ``inf`` where equal; None for the crop itself."""
    believed: str | None = None
    """Where to believe the result, in words; None where nothing was measured."""

    @property
    def enhanced(self) -> bool:
        """Whether an algorithm made these pixels; interpolation is one."""
        return self.model is not None

    @classmethod
    def of(cls, record: Provenance) -> Label:
        """The label of a result."""
        setting = record.setting
        return cls(
            title=setting.title,
            description=INTERPOLATED if setting.checkpoint_sha256 is None else ENHANCED,
            picture=record.result,
            crop_sha256=record.crop.sha256,
            photograph_sha256=record.photograph.sha256,
            version=record.version,
            model=setting.model,
            checkpoint_sha256=setting.checkpoint_sha256,
            scale=setting.scale,
            detail=setting.detail,
            back_projected=setting.back_projection is not None,
            consistency=record.consistency,
            believed=believed_words(record.fidelity.get("trust")),
        )

    @classmethod
    def of_original(cls, crop: ImageDigest, photograph: ImageDigest) -> Label:
        """The label of the crop unchanged."""
        return cls("Original", ORIGINAL, crop, crop.sha256, photograph.sha256)

    @property
    def settings(self) -> str:
        """Title, scale and settings in one line."""
        scale = f" ×{self.scale}" if self.scale > 1 else ""
        detail = "" if self.detail is None else f", detail {self.detail:.2f}"
        return f"{self.title}{scale}{detail}{', back-projected' if self.back_projected else ''}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The strip's lines, the first as a heading."""
        size = f"{self.picture.width} × {self.picture.height} px"
        input_size = f"{self.picture.width // self.scale} × {self.picture.height // self.scale} px"
        hashes = {"weights": self.checkpoint_sha256, "input": self.crop_sha256, "result": self.picture.sha256}
        if not self.enhanced:
            hashes = {"picture": self.crop_sha256}
        short = ", ".join(f"{name} {value[:_SHORT]}" for name, value in hashes.items() if value)
        figures = [] if self.consistency is None else [CONSISTENCY.format(value=decibels(self.consistency))]
        figures += [] if self.believed is None else [self.believed]
        size_change = f"{input_size} enlarged to {size}. " if self.enhanced else f"{size}. "
        return (
            self.settings,
            self.description,
            self.notice,
            *figures,
            f"{size_change}SHA-256: {short}. CF-ESRT {self.version}.",
        )

    @property
    def text(self) -> dict[str, str]:
        """Text chunks of a PNG: the keys that every result of this project has, with title and description."""
        if not self.enhanced:
            text = {"Software": f"CF-ESRT {self.version}"}
        else:
            text = photo.labels(model=self.model or "", sha256=self.checkpoint_sha256, detail=self.detail)
            text["Software"] = f"CF-ESRT {self.version}"
        return {"Title": self.settings, "Description": self.description, **text, "Disclaimer": self.notice}


def believed_words(trust: object) -> str | None:
    """What a record's ``trust`` says, in a sentence or two; None where it says nothing."""
    if not isinstance(trust, Mapping):
        return None
    off, sentence, shares, level = (trust.get(key) for key in ("off", "sentence", "unveiled", "level"))
    if isinstance(off, str):
        return off
    if not isinstance(sentence, str) or not isinstance(shares, Mapping) or not isinstance(level, (int, float)):
        return None
    share = shares.get(f"{level:g}")
    return f"{unveiled(share)} {sentence}" if isinstance(share, (int, float)) else sentence
