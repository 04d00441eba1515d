"""From what the browser uploaded to pixels; the file itself is gone when this is done."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cf_esrt import photo
from cf_esrt.interface import texts
from cf_esrt.interface.crop import first_box
from cf_esrt.interface.desk import Desk
from cf_esrt.interface.pictures import address

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
PREVIEW_SIDE = 1200
"""Longest side of the picture that the crop box lies on; the crop itself is cut from the original."""

log = logging.getLogger(__name__)


class IntakeError(ValueError):
    """One sentence for the user on an upload that did not become a photograph."""


def upload_folder() -> Path:
    """Where Gradio puts uploads, as ``environment.prepare`` told it."""
    from gradio.utils import get_upload_folder

    return Path(get_upload_folder()).resolve()


def take(payload: Any, folder: Path) -> bytes:
    """Read an upload and delete it at once, whatever comes after.

    Args:
        payload: what the page sent, ``{"path": …}``.
        folder: uploads lie in here; a path that leads elsewhere is refused and not touched.

    Raises:
        IntakeError: where there is no such upload.
    """
    path = payload.get("path") if isinstance(payload, dict) else None
    if not isinstance(path, str) or "\0" in path:
        raise IntakeError(texts.NOT_RECEIVED)
    file = Path(path).resolve()
    if folder.resolve() not in file.parents or not file.is_file():
        raise IntakeError(texts.NOT_RECEIVED)
    try:
        return file.read_bytes()
    except OSError as error:
        raise IntakeError(texts.NOT_RECEIVED) from error
    finally:
        file.unlink(missing_ok=True)
        _forget_folder(file.parent, folder)


def _forget_folder(inner: Path, folder: Path) -> None:
    """Gradio gives each upload a folder of its own, named by hash; drop it when it is empty."""
    if inner != folder:
        try:
            inner.rmdir()
        except OSError:
            log.debug("upload folder is not empty yet")


def examples() -> list[Path]:
    """The synthetic photographs that ship with the project, by name."""
    return sorted(EXAMPLES.glob("*.png"))


def example(payload: Any) -> bytes:
    """The bytes of the example with the sent index.

    Raises:
        IntakeError: where there is no such example.
    """
    index = payload.get("index") if isinstance(payload, dict) else None
    known = examples()
    if not isinstance(index, int) or not 0 <= index < len(known):
        raise IntakeError(texts.NOT_RECEIVED)
    return known[index].read_bytes()


def place(desk: Desk, data: bytes) -> dict[str, Any]:
    """Decode a photograph onto the desk.

    Returns:
        What the crop stage shows: preview address, size in original pixels, first box, one line of facts,
        the names of dropped metadata, and sentences of caution.

    Raises:
        photo.PhotoError: where the bytes cannot be used; the desk is then as it was.
    """
    opened = photo.read(data, keep_reference=True)
    desk.open(opened.pixels, opened.facts)
    height, width = opened.pixels.shape[:2]
    facts = opened.facts
    name = desk.show("preview", photo.png_bytes(preview(opened.pixels)))
    return {
        "photo": desk.number,
        "url": address(name),
        "width": width,
        "height": height,
        "box": asdict(first_box(width, height)),
        "facts": texts.photo_facts(
            (width, height),
            facts.format,
            facts.orientation != 1,
            facts.icc_profile if facts.icc_applied else None,
        ),
        "receipt": photo.receipt(facts),
        "cautions": photo.cautions(facts),
    }


def preview(pixels: np.ndarray) -> np.ndarray:
    """The photograph, shrunk where it is larger than the crop stage needs."""
    height, width = pixels.shape[:2]
    factor = PREVIEW_SIDE / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
