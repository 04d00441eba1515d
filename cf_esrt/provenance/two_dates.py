"""One sheet of one lesion on two photographs: both crops and one network's results of both, the second laid over the
first; PNG or PDF."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from cf_esrt.photo import NOTICE
from cf_esrt.provenance.archive import LabelledResult, check_crop
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.record import ImageDigest
from cf_esrt.provenance.sheet import (
    WHERE_TO_BELIEVE,
    as_pdf,
    as_png,
    assemble,
    column_side,
    draw_column,
    middle_detail,
    record_line,
    under_veil,
)
from cf_esrt.provenance.strings import ENHANCED, INTERPOLATED, SYNTHETIC, VEILED, calibration

TITLE = "One lesion on two photographs"


@dataclass(frozen=True)
class TwoDates:
    """What is on the sheet. Pictures are RGB uint8."""

    crop: np.ndarray
    """``H×W×3`` of the first photograph."""
    second_crop: np.ndarray
    """``h×w×3`` of the second one, as it came."""
    first: LabelledResult
    second: LabelledResult
    """Of ``second_crop``, as the network made it."""
    moved_crop: np.ndarray
    """The second crop laid over the first: ``H×W×3``."""
    moved: np.ndarray
    """The second result laid over the first: ``4H×4W×3``."""
    how: str
    """How it was aligned, in one sentence."""
    moved_under_veil: np.ndarray | None = None
    """As ``moved``, with what is not to be believed hatched; None where nothing is promised of it."""


def two_dates_png(dates: TwoDates, *, millimetres: float | None = None) -> bytes:
    """Lossless and labelled; ``millimetres`` is the side of one pixel of the first photograph where it was calibrated.
    ValueError or ProvenanceError where pictures and provenance do not fit."""
    sheet = draw_two_dates(dates, millimetres)
    return as_png(sheet, _label(np.asarray(sheet), dates))


def two_dates_pdf(dates: TwoDates, *, millimetres: float | None = None) -> bytes:
    """As one page of PDF, and where a part of a result may be believed a second one with the rest under its veil;
    arguments as `two_dates_png`."""
    sheet = draw_two_dates(dates, millimetres)
    believed = dates.first.belief is not None or dates.moved_under_veil is not None
    further = [draw_two_dates(dates, millimetres, veil=True)] if believed else []
    return as_pdf(sheet, _label(np.asarray(sheet), dates), further)


def draw_two_dates(dates: TwoDates, millimetres: float | None = None, *, veil: bool = False) -> Image.Image:
    """The sheet as an RGB picture; with ``veil`` what is not to be believed is hatched."""
    check_crop(dates.crop, [dates.first.provenance])
    check_crop(dates.second_crop, [dates.second.provenance])
    for pane in (dates.first, dates.second):
        if ImageDigest.of(pane.pixels) != pane.provenance.result:
            raise ValueError("A provenance does not belong to its picture.")
    first, moved = dates.first.pixels, dates.moved
    if veil:
        first = under_veil(dates.first)
        moved = moved if dates.moved_under_veil is None else dates.moved_under_veil
    if moved.shape != first.shape or dates.moved_crop.shape != dates.crop.shape:
        raise ValueError("The second photograph's pictures have to lie over the first's.")
    scale = dates.first.provenance.setting.scale
    pictures = [_enlarged(dates.crop, scale), first, moved, _enlarged(dates.moved_crop, scale)]
    captions = [
        _caption("Photograph 1", _original(dates.first)),
        _caption("Photograph 1", Label.of(dates.first.provenance), dates.first.believed),
        _caption("Photograph 2, laid over photograph 1", Label.of(dates.second.provenance), dates.second.believed),
        _caption("Photograph 2, laid over photograph 1", _original(dates.second)),
    ]
    side = column_side(len(pictures))
    place = middle_detail(pictures[0], side)
    columns = [draw_column(*column, place, side) for column in zip(pictures, captions, strict=True)]
    heads = (f"{TITLE}. {WHERE_TO_BELIEVE}", VEILED) if veil else (TITLE,)
    head = (*heads, f"{dates.how} {_boxes(dates)} Results of networks hold {SYNTHETIC}.", NOTICE)
    foot = [calibration(millimetres)]
    for name, pane in (("Photograph 1", dates.first), ("Photograph 2", dates.second)):
        record = pane.provenance
        foot.append(f"{name}: SHA-256 {record.photograph.sha256}, crop {record.crop.sha256}. {record_line(pane)}")
    return assemble(head, columns, [*foot, f"CF-ESRT {dates.first.provenance.version}. {NOTICE}"])


def _enlarged(crop: np.ndarray, scale: int) -> np.ndarray:
    return crop.repeat(scale, 0).repeat(scale, 1)


def _original(pane: LabelledResult) -> Label:
    return Label.of_original(pane.provenance.crop, pane.provenance.photograph)


def _caption(which: str, label: Label, believed: str | None = None) -> tuple[str, ...]:
    return (which, label.settings, label.description, *([] if believed is None else [believed]))


def _boxes(dates: TwoDates) -> str:
    first, second = (
        f"{one.width} × {one.height} px at {one.x}, {one.y}"
        for one in (dates.first.provenance.box, dates.second.provenance.box)
    )
    return f"Crop of photograph 1: {first}; of photograph 2: {second}, laid over the first after enhancing."


def _label(pixels: np.ndarray, dates: TwoDates) -> Label:
    first = dates.first.provenance
    networks = any(one.provenance.setting.checkpoint_sha256 for one in (dates.first, dates.second))
    return Label(
        title=TITLE,
        description=ENHANCED if networks else INTERPOLATED,
        picture=ImageDigest.of(pixels),
        crop_sha256=first.crop.sha256,
        photograph_sha256=first.photograph.sha256,
        version=first.version,
        model=first.setting.model,
    )
