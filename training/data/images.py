"""Image files: which there are in a folder, and what one holds."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from cf_esrt.photo.colour import to_srgb
from cf_esrt.photo.errors import PhotoError, Truncated
from cf_esrt.photo.formats.jpeg import segments
from training.config import ConfigError
from training.degradation import resize, to_eight_bits

log = logging.getLogger(__name__)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
WHOLE = 256
_COLOURS = {"L": "grey", "RGB": "RGB", "RGBA": "RGB"}
"""Pillow's modes whose profile is of the pixels that OpenCV gives."""


class UnreadableImage(ValueError):
    """A file that holds no whole picture; the message is the reason and does not repeat the name."""


def list_images(folders: Iterable[Path]) -> list[Path]:
    """The image files directly in the folders, sorted. ConfigError names a folder that is missing or empty."""
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"The image folder {folder} is not there: check data.train and data.validate.")
        files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
        if not files:
            raise ConfigError(f"The image folder {folder} holds no images ({', '.join(SUFFIXES)}).")
        found += files
    return found


def read_image(path: Path) -> np.ndarray:
    """sRGB uint8 H×W×3, turned upright as its EXIF says; UnreadableImage with the reason where it is not whole."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"the file cannot be read: {error.strerror or error}") from error
    if not data:
        raise UnreadableImage("the file is empty")
    if data.startswith(b"\xff\xd8"):
        _check_jpeg(data)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:  # more pixels than OpenCV allows, and the like
        raise UnreadableImage(f"OpenCV cannot decode it: {' '.join(error.err.split())}") from error
    if image is None:
        raise UnreadableImage("the file is damaged or no picture")
    return _in_srgb(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), data)


def decode(path: Path) -> np.ndarray | None:
    """As `read_image`, but None where the file is damaged (which is logged by name, with the reason)."""
    try:
        return read_image(path)
    except UnreadableImage as error:
        log.warning("%s is left out: %s", path.name, error)
        return None


def header_size(path: Path) -> tuple[int, int] | None:
    """Height and width by the file's header alone, before it is turned upright; None where there is none to be read."""
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def to_tensor(image: np.ndarray) -> Tensor:
    """RGB uint8 H×W×3 → 1×3×H×W in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255


def to_image(picture: Tensor) -> np.ndarray:
    """1×3×H×W in 0..1 → RGB uint8 H×W×3."""
    return (picture[0] * 255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy()


def shrink_whole(image: np.ndarray) -> np.ndarray:
    """A whole photograph at 256×256, aspect not kept, as the paper's phase 1 has it."""
    return to_image(to_eight_bits(resize(to_tensor(image), (WHOLE, WHOLE))))


def _check_jpeg(data: bytes) -> None:
    """UnreadableImage where the segments do not lead to EOI: OpenCV fills what is missing with grey, silently."""
    try:
        for _ in segments(data, "JPEG"):
            pass
    except Truncated as error:
        raise UnreadableImage("the JPEG data are cut short") from error
    except PhotoError as error:
        raise UnreadableImage(f"{str(error)[:1].lower()}{str(error)[1:].rstrip('.')}") from error


def _in_srgb(image: np.ndarray, data: bytes) -> np.ndarray:
    """Decoded pixels in sRGB, as inference has them (`cf_esrt.photo.colour`), where the file has a profile for them."""
    try:
        with Image.open(io.BytesIO(data)) as header:
            profile, mode = header.info.get("icc_profile"), header.mode
        if not profile or mode not in _COLOURS:
            return image
        return to_srgb(image, profile, _COLOURS[mode])[0]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # Pillow reads less than OpenCV
        return image
