"""Photographs, decoded once into a memory-mapped cache."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from training.config import ConfigError
from training.degradation import resize, to_eight_bits

log = logging.getLogger(__name__)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
WHOLE = 256


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


def decode(path: Path) -> np.ndarray | None:
    """RGB uint8 H×W×3, or None where the file is damaged (which is logged by name)."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        log.warning("%s cannot be decoded and is left out", path.name)
        return None
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def shrink_whole(image: np.ndarray) -> np.ndarray:
    """A whole photograph at 256×256, aspect not kept, as the paper's phase 1 has it."""
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    small = to_eight_bits(resize(tensor, (WHOLE, WHOLE)))
    return (small[0].permute(1, 2, 0) * 255).round().byte().numpy()


@dataclass(frozen=True)
class ImageStore:
    """Many RGB uint8 images end to end in one memory-mapped array."""

    pixels: np.ndarray
    shapes: list[tuple[int, int]]
    offsets: list[int]

    def __len__(self) -> int:
        return len(self.shapes)

    def image(self, index: int) -> np.ndarray:
        height, width = self.shapes[index]
        start = self.offsets[index]
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    @classmethod
    def open(cls, files: list[Path], cache: Path, name: str, prepare: Callable[[np.ndarray], np.ndarray]) -> ImageStore:
        """The files, decoded and prepared; written to ``cache`` the first time, mapped from it afterwards."""
        listing = "\n".join(f"{p.name} {p.stat().st_size}" for p in files)
        key = f"{name}-{hashlib.sha256(listing.encode()).hexdigest()[:12]}"
        data, index = cache / f"{key}.u8", cache / f"{key}.json"
        if not index.exists():
            cache.mkdir(parents=True, exist_ok=True)
            partial = data.with_suffix(".partial")
            written: list[tuple[int, int]] = []
            with partial.open("wb") as out:
                for path in files:
                    image = decode(path)
                    if image is None:
                        continue
                    image = np.ascontiguousarray(prepare(image))
                    out.write(image.tobytes())
                    written.append((image.shape[0], image.shape[1]))
            os.replace(partial, data)
            index.write_text(json.dumps(written))  # last: its presence says that the data file is whole
        shapes = [(int(h), int(w)) for h, w in json.loads(index.read_text())]
        if not shapes:
            raise ConfigError("None of the training images could be decoded.")
        offsets = np.concatenate([[0], np.cumsum([h * w * 3 for h, w in shapes])[:-1]]).astype(int).tolist()
        return cls(np.memmap(data, np.uint8, "r"), shapes, offsets)
