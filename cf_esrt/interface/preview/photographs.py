"""Photographs and examples: decoded into the session, and what the crop stage shows of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cf_esrt import photo
from cf_esrt.interface.common.picture_store import picture_url
from cf_esrt.interface.common.texts import NOT_RECEIVED
from cf_esrt.interface.common.uploads import UploadError
from cf_esrt.interface.preview import texts
from cf_esrt.interface.preview.crop import default_box
from cf_esrt.interface.preview.session_state import SessionState

EXAMPLES = Path(__file__).parents[3] / "assets" / "examples"
PREVIEW_SIDE = 1200
"""Longest side of the picture that the crop box lies on; the crop itself is cut from the original."""


def examples() -> list[Path]:
    """The synthetic photographs that ship with the project, by name."""
    return sorted(EXAMPLES.glob("*.png"))


def example(payload: Any) -> bytes:
    """The bytes of the example with the sent index.

    Raises:
        UploadError: where there is no such example.
    """
    index = payload.get("index") if isinstance(payload, dict) else None
    known = examples()
    if not isinstance(index, int) or not 0 <= index < len(known):
        raise UploadError(NOT_RECEIVED)
    return known[index].read_bytes()


def open_photo(session: SessionState, data: bytes) -> dict[str, Any]:
    """Decode a photograph into the session.

    Returns:
        What the crop stage shows: preview address, size in original pixels, default box, a one-line summary,
        the names of dropped metadata, and sentences of caution.

    Raises:
        photo.PhotoError: where the bytes cannot be used; the session is then as it was.
    """
    opened = photo.read(data, keep_reference=True)
    session.open_photo(opened.pixels, opened.metadata)
    height, width = opened.pixels.shape[:2]
    metadata = opened.metadata
    name = session.put_picture("preview", photo.png_bytes(preview(opened.pixels)))
    return {
        "photo": session.photo_number,
        "url": picture_url(name),
        "width": width,
        "height": height,
        "box": asdict(default_box(width, height)),
        "summary": texts.photo_summary(
            (width, height),
            metadata.format,
            metadata.orientation != 1,
            metadata.icc_profile if metadata.icc_applied else None,
        ),
        "dropped": photo.dropped_metadata(metadata),
        "cautions": photo.cautions(metadata),
    }


def preview(pixels: np.ndarray) -> np.ndarray:
    """The photograph, shrunk where it is larger than the crop stage needs."""
    height, width = pixels.shape[:2]
    factor = PREVIEW_SIDE / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
