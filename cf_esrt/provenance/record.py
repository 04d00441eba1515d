"""Provenance of a result: everything needed to reproduce it, and nothing of the patient or the machine."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Literal

import numpy as np

from cf_esrt import __version__
from cf_esrt.fidelity import Report
from cf_esrt.fidelity.backprojection import ITERATIONS, TARGET
from cf_esrt.photo import NOTICE
from cf_esrt.pixels import check_rgb
from cf_esrt.provenance.errors import ProvenanceError

if TYPE_CHECKING:
    from cf_esrt.fidelity.trust import Belief, Unknown
    from cf_esrt.models import Degradation, ModelDescriptor

_LIBRARIES = ("numpy", "pillow", "torch")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_ITERATIONS = 1000
"""Of back-projection: fifty times what the page makes; a record is no reason to compute for years."""
_LARGEST_TILE = 1 << 16
"""Pixels; wider than any photograph that is read."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def pixel_digest(pixels: np.ndarray) -> str:
    """SHA-256 (hexadecimal) over ``RGB8 <width> <height>\\n`` and the bytes of RGB uint8 ``H×W×3``, row by row.

    Raises ValueError for other arrays.
    """
    check_rgb(pixels, "picture that is hashed")
    total = hashlib.sha256(f"RGB8 {pixels.shape[1]} {pixels.shape[0]}\n".encode())
    total.update(np.ascontiguousarray(pixels).data)
    return total.hexdigest()


@dataclass(frozen=True)
class ImageDigest:
    """A picture, identified by its size and hash."""

    width: int
    height: int
    sha256: str
    """`pixel_digest`."""

    def __post_init__(self) -> None:
        _require(self.width >= 1 and self.height >= 1, "a picture's width and height are at least 1")
        _require(_SHA256.fullmatch(self.sha256) is not None, "a SHA-256 is 64 hexadecimal digits")

    @classmethod
    def of(cls, pixels: np.ndarray) -> ImageDigest:
        """Of RGB uint8 ``H×W×3``; ValueError for other arrays."""
        digest = pixel_digest(pixels)
        return cls(pixels.shape[1], pixels.shape[0], digest)


@dataclass(frozen=True)
class Box:
    """The crop in pixels of the upright photograph; ``x`` and ``y`` count from its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        fits = self.x >= 0 and self.y >= 0 and self.width >= 1 and self.height >= 1
        _require(fits, "a crop box begins inside the photograph and holds a pixel")

    def crop_from(self, photograph: np.ndarray) -> np.ndarray:
        """A copy of the box's pixels of the photograph ``H×W×3``; ValueError where the box reaches outside."""
        if self.x + self.width > photograph.shape[1] or self.y + self.height > photograph.shape[0]:
            raise ValueError("The crop box reaches outside the photograph.")
        return photograph[self.y : self.y + self.height, self.x : self.x + self.width].copy()


@dataclass(frozen=True)
class BackProjection:
    """The step of `fidelity.back_project`, as it was set."""

    iterations: int = ITERATIONS
    target_db: float = TARGET

    def __post_init__(self) -> None:
        _require(0 <= self.iterations <= _MOST_ITERATIONS, f"back-projection has 0 to {_MOST_ITERATIONS} iterations")
        _require(math.isfinite(self.target_db), "back-projection has a target in dB")


@dataclass(frozen=True)
class Setting:
    """Which network was run, and how."""

    model: str
    """The name a user asks for (`models.names`)."""
    title: str
    """As written under its picture."""
    checkpoint_sha256: str | None
    """Digest of the weights (`checkpoints.digest`); None for interpolation, which has none."""
    scale: int
    detail: float | None
    """0 (coarse) to 1 (most texture); None where the model has no such setting."""
    back_projection: BackProjection | None
    tile: int | None
    """Side of a tile in input pixels; None where nothing is tiled."""
    device: Literal["cpu", "cuda"]
    precision: str
    """Of the network's numbers, such as ``"float32"``."""
    engine: str = ""
    """What ran the network (`cf_esrt.engine`), or ``pillow``; empty becomes what it was before there was a choice."""
    degradation: Literal["bicubic", "camera"] = "bicubic"
    """What the photograph was assumed to have gone through (`models.Degradation`): shrinking alone, or a camera."""

    def __post_init__(self) -> None:
        if not self.engine:
            object.__setattr__(self, "engine", "pillow" if self.checkpoint_sha256 is None else "torch")
        _require(_NAME.fullmatch(self.engine) is not None, "an engine's name is letters, digits, points and dashes")
        _require(_NAME.fullmatch(self.model) is not None, "a model's name is letters, digits, points and dashes")
        sha256 = self.checkpoint_sha256
        _require(sha256 is None or _SHA256.fullmatch(sha256) is not None, "a SHA-256 is 64 hexadecimal digits")
        _require(self.scale == 4, "the scale is 4")
        _require(self.detail is None or 0 <= self.detail <= 1, "the detail setting lies between 0 and 1")
        fits = self.tile is None or 1 <= self.tile <= _LARGEST_TILE
        _require(fits, f"a tile's side is 1 to {_LARGEST_TILE} pixels")
        _require(self.device in ("cpu", "cuda"), "the device is cpu or cuda")
        _require(self.degradation in ("bicubic", "camera"), "the degradation is bicubic or camera")

    @classmethod
    def of(
        cls,
        model: ModelDescriptor,
        *,
        device: str,
        tile: int | None = None,
        detail: float | None = None,
        back_projection: BackProjection | None = None,
        precision: str | None = None,
        engine: str | None = None,
        degradation: Degradation | None = None,
    ) -> Setting:
        """As `Enhancer` ran it: ``device`` is its device's type, ``tile`` its tile (None: the model's own),
        ``precision`` its numbers' (None: float32), ``engine`` what ran it (None: torch),
        ``degradation`` what the photograph was taken for (None: what the model's network learned from).

        What does not apply to the model (the detail of one stage, the device and tile of interpolation) is left out.
        """
        network = model.checkpoint is not None
        return cls(
            model=model.name,
            title=model.title,
            checkpoint_sha256=model.sha256,
            scale=model.scale,
            detail=float(1.0 if detail is None else detail) if model.stage == "both" else None,
            back_projection=back_projection,
            tile=(tile or model.tile) if network else None,
            device=device if network else "cpu",  # type: ignore[arg-type]  # checked as it is made
            precision=(precision or "float32") if network else "8-bit",
            engine=(engine or "torch") if network else "pillow",
            degradation=degradation or model.degradation or "bicubic",
        )


def _libraries(engine: str = "torch") -> dict[str, str]:
    """Versions of the libraries that a result's last bit can depend on."""
    names = (*_LIBRARIES, "openvino") if engine == "openvino" else _LIBRARIES
    return {name: metadata.version(name) for name in names}


@dataclass(frozen=True)
class Provenance:
    """How one result was made, from what, and its fidelity. `serialisation` converts it to JSON and back."""

    setting: Setting
    box: Box
    photograph: ImageDigest
    """The whole photograph as decoded: upright sRGB (`photo.read`)."""
    crop: ImageDigest
    """What the network was given."""
    result: ImageDigest
    fidelity: Mapping[str, object]
    """`fidelity.Report.as_json()`; under ``trust`` where to believe the result (`fidelity.trust`)."""
    version: str = __version__
    """Of this package."""
    libraries: Mapping[str, str] = field(default_factory=_libraries)
    notice: str = NOTICE

    def __post_init__(self) -> None:
        box, whole, crop, scale = self.box, self.photograph, self.crop, self.setting.scale
        inside = box.x + box.width <= whole.width and box.y + box.height <= whole.height
        _require(inside, "the crop box lies inside the photograph")
        _require((crop.width, crop.height) == (box.width, box.height), "the crop is as large as its box")
        enlarged = (crop.width * scale, crop.height * scale)
        _require((self.result.width, self.result.height) == enlarged, "the result is four times the crop")
        value = self.fidelity.get("consistency_db", "absent")
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        _require(value is None or number, "the fidelity figures hold a consistency in dB")

    @classmethod
    def of(
        cls,
        setting: Setting,
        *,
        photograph: ImageDigest,
        box: Box,
        crop: np.ndarray,
        result: np.ndarray,
        report: Report,
        belief: Belief | Unknown | None = None,
        level: float | None = None,
    ) -> Provenance:
        """Of a result (RGB uint8 ``4H×4W×3``) of ``crop`` (``H×W×3``), the ``box`` of the photograph.

        ``belief``: where to believe it, for the record, at that ``level`` (`Belief.as_json`). ProvenanceError where the
        sizes do not belong together.
        """
        return cls(
            setting,
            box,
            photograph,
            ImageDigest.of(crop),
            ImageDigest.of(result),
            report.as_json() if belief is None else {**report.as_json(), "trust": belief.as_json(level)},
            libraries=_libraries(setting.engine),
        )

    @property
    def consistency(self) -> float:
        """Low-resolution consistency in dB; ``inf`` where the shrunk result equals the crop."""
        value = self.fidelity["consistency_db"]
        return float(value) if isinstance(value, (int, float)) else math.inf


def stem(setting: Setting) -> str:
    """The start of a file name that says how the result was made, such as ``cf-esrt-detail-0.70``."""
    detail = "" if setting.detail is None else f"-detail-{setting.detail:.2f}"
    return f"{setting.model}{detail}{'-backprojected' if setting.back_projection else ''}"


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise ProvenanceError(f"The record contradicts itself: {rule}.")
