"""Image files: which there are in a folder, and what one holds."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from training.config import ConfigError
from training.degradation import resize, to_eight_bits

log = logging.getLogger(__name__)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
WHOLE = 256


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
    """RGB uint8 H×W×3, turned upright as its EXIF says; UnreadableImage with the reason where it is not whole."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"the file cannot be read: {error.strerror or error}") from error
    if not data:
        raise UnreadableImage("the file is empty")
    if data.startswith(b"\xff\xd8") and not _jpeg_has_an_end(data):
        raise UnreadableImage("the JPEG data are cut short")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:  # more pixels than OpenCV allows, and the like
        raise UnreadableImage(f"OpenCV cannot decode it: {' '.join(error.err.split())}") from error
    if image is None:
        raise UnreadableImage("the file is damaged or no picture")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


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


def _jpeg_has_an_end(data: bytes) -> bool:
    """Whether the picture's entropy-coded data end in EOI; OpenCV 4 fills what is missing with grey and says nothing.

    Segments before the first scan are stepped over (ITU-T T.81, annex B), since a thumbnail in them has an EOI too.
    """
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
        elif marker == 0xDA:  # start of scan: a 0xFF inside the scan's data is never followed by 0xD9
            return data.find(b"\xff\xd9", place) >= 0
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return False
