"""Photographs and examples: decoded into the session, and what the crop stage shows of them."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps

from cf_esrt import photo
from cf_esrt.assets_folder import ASSETS
from cf_esrt.fidelity.degradation import Suggestion, round_field
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.interface.common.picture_store import picture_url
from cf_esrt.interface.common.strings import NOT_RECEIVED
from cf_esrt.interface.common.uploads import UploadError
from cf_esrt.interface.common.worker_pool import WorkerPool
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.crop import MIN_SIDE, default_box
from cf_esrt.interface.preview.proposals import propose
from cf_esrt.interface.preview.second_photo import SecondPhoto
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.photo.sandbox import MAX_WORKERS
from cf_esrt.remarks import suggested_degradation

EXAMPLES = ASSETS / "examples"
THUMBNAIL = (128, 104)
"""Width and height of an example's picture on the page, twice as fine as it is shown."""
MAX_OPENING = 32
"""Photographs of all sessions and programs that are opened or wait for it."""
PREVIEW_SIDE = 1200
"""Longest side of the picture that the crop box lies on; the crop itself is cut from the original."""


def opening_pool() -> WorkerPool:
    """Where photographs are opened: several beside each other, as many as there are decoders."""
    return WorkerPool("opening", threads=MAX_WORKERS, capacity=MAX_OPENING)


def examples() -> list[Path]:
    """The synthetic photographs that ship with the project, by name."""
    return sorted(EXAMPLES.glob("*.png"))


def thumbnail(path: Path) -> bytes:
    """An example as a small JPEG file; the example itself is opened when it is chosen."""
    with Image.open(path) as whole:
        small = ImageOps.fit(whole.convert("RGB"), THUMBNAIL)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


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


def open_photo(
    session: SessionState, data: bytes, *, choice: bool = False, opening: int | None = None
) -> dict[str, Any]:
    """Decode a photograph into the session, and return what the crop stage shows of it (see ``stage``).

    ``choice``: there are networks for photographs from a camera, and those that its traces speak for are chosen.
    ``opening``: from ``session.begin_opening``, where several may be opened at once.

    Raises:
        photo.PhotoError: where the bytes cannot be used; the session is then as it was.
        Superseded: where one that was chosen later is open already.
        MemoryFull: where there is no memory for it now.
    """
    opened = photo.read(data, keep_reference=True)
    suggested, measured = None, InputMeasures(opened.pixels)
    if choice:
        suggested = suggested_degradation(measured, opened.metadata)
        suggested = replace(suggested, field=round_field(opened.pixels))
    proposed, resolution = propose(opened.pixels), measured.resolution
    with session.display_lock:  # another photograph may be opened meanwhile
        session.open_photo(opened.pixels, opened.metadata, suggested, opening=opening)
        session.proposed, session.resolution = proposed, resolution
        return stage(session)


class NoFirst(ValueError):
    """There is no first photograph for a second one to lie beside; one sentence."""


def open_second(session: SessionState, data: bytes) -> None:
    """Decode a photograph of another date, and put it beside the session's, aligned by features where these tell.

    Raises:
        photo.PhotoError: where the bytes cannot be used; the session is then as it was.
        NoFirst: where no first photograph is open, or another one was opened meanwhile.
        MemoryFull: where there is no memory for it now.
    """
    first, number = session.photo, session.photo_number
    if first is None:
        raise NoFirst(strings.NO_PHOTO)
    opened = photo.read(data, keep_reference=True)
    name = session.put_picture("second preview", photo.png_bytes(preview(opened.pixels)))
    second = SecondPhoto(opened.pixels, opened.metadata, picture_url(name))
    second.align(first, None)
    with session.memory.room(session, first.nbytes + opened.pixels.nbytes), session.display_lock:
        if session.photo_number != number or session.photo is None:
            raise NoFirst(strings.NO_PHOTO)
        for results in session.shown_or_finished:
            results.second = None
        session.second = second


def open_shrunk(session: SessionState) -> dict[str, Any]:
    """Open the session's photograph anew at the size that it is sharp at; gives what ``open_photo`` does."""
    assert session.photo is not None
    assert session.resolution is not None
    height, width = session.photo.shape[:2]
    size = (
        max(MIN_SIDE, round(width * session.resolution.share)),
        max(MIN_SIDE, round(height * session.resolution.share)),
    )
    # Pillow's: antialiased, as the photographs were shrunk that the networks learned from
    smaller = np.asarray(Image.fromarray(session.photo).resize(size, Image.Resampling.BICUBIC))
    suggested = None if session.suggested is None else Suggestion("bicubic", "none")
    proposed = propose(smaller)
    with session.display_lock:
        second, factor = session.second, size[0] / width
        session.open_photo(smaller, session.metadata, suggested)
        if second is not None:  # what lies beside it stays there
            second.alignment = None if second.alignment is None else second.alignment.of_resized(factor)
            session.second = second
        session.proposed, session.resolution = proposed, None
        return stage(session)


def stage(session: SessionState) -> dict[str, Any]:
    """What the crop stage shows of the session's photograph: preview address, size in original pixels, default box,
    a one-line summary, the names of dropped metadata, sentences of caution, and which networks are chosen and why.
    """
    pixels, metadata = session.photo, session.metadata
    assert pixels is not None
    assert metadata is not None
    height, width = pixels.shape[:2]
    name = session.put_picture("preview", photo.png_bytes(preview(pixels)))
    return {
        "photo": session.photo_number,
        "url": picture_url(name),
        "width": width,
        "height": height,
        "box": asdict(default_box(width, height)),
        "found": [asdict(box) for box in session.proposed],
        "summary": strings.photo_summary(
            (width, height),
            metadata.format,
            metadata.orientation != 1,
            metadata.icc_profile if metadata.icc_applied else None,
        ),
        "dropped": photo.dropped_metadata(metadata),
        "cautions": photo.cautions(metadata),
        "resolution": None if session.resolution is None else strings.resolution(session.resolution),
        "shrink": strings.shrink(session.resolution),
        "degradation": None
        if session.suggested is None
        else {
            "chosen": session.source,
            "reason": strings.suggestion(session.suggested.source, session.suggested.short),
            "detail": strings.suggestion(session.suggested.source, session.suggested.reason),
        },
    }


def preview(pixels: np.ndarray) -> np.ndarray:
    """The photograph, shrunk where it is larger than the crop stage needs."""
    height, width = pixels.shape[:2]
    factor = PREVIEW_SIDE / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
