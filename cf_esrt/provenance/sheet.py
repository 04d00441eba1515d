"""A comparison sheet: all panes at one scale, one detail of each, figures and provenance; PNG or PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from cf_esrt import photo
from cf_esrt.fidelity.trust import veiled
from cf_esrt.photo import NOTICE
from cf_esrt.provenance.archive import LabelledResult, check_crop
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.record import Box, ImageDigest
from cf_esrt.provenance.strings import ENHANCED, INTERPOLATED, SYNTHETIC, VEILED, calibration, decibels
from cf_esrt.provenance.text_drawing import draw_lines, wrap
from cf_esrt.provenance.xmp import KEYWORD, packet

WIDTH = 2338
"""ImageDigest: the long side of A4 at `RESOLUTION`."""
RESOLUTION = 200.0
"""Dots per inch of the PDF."""
MAX_PANES = 7
WHERE_TO_BELIEVE = "Where to believe the reconstructions"
"""Heading of the page under the veil."""
_MARGIN, _GAP, _SIZE = 70, 28, 26
_MAGNIFIED = 3
"""Sheet pixels for one result pixel, in the second row."""
_PAPER, _INK, _MARK = "#ffffff", "#161616", "#ffffff"


def sheet_png(
    crop: np.ndarray, panes: Sequence[LabelledResult], *, detail: Box | None = None, millimetres: float | None = None
) -> bytes:
    """The sheet as a lossless PNG, labelled like a result; equal arguments give equal bytes.

    ``crop`` is RGB uint8 ``H×W×3``, each pane's pixels ``4H×4W×3``; ``detail`` is the place of the second row in pixels
    of the result (default: its middle); ``millimetres`` is the side of one pixel of the photograph where it was
    calibrated, which the footer states. ValueError or ProvenanceError where pictures, provenance or detail do not fit.
    """
    sheet = draw_sheet(crop, panes, detail, millimetres)
    return as_png(sheet, _label(np.asarray(sheet), panes))


def as_png(sheet: Image.Image, label: Label) -> bytes:
    """Lossless, with its label in the metadata."""
    return photo.png_bytes(np.asarray(sheet), text={**label.text, KEYWORD: packet(label)})


def sheet_pdf(
    crop: np.ndarray, panes: Sequence[LabelledResult], *, detail: Box | None = None, millimetres: float | None = None
) -> bytes:
    """The sheet as a page of PDF, as wide as A4 lying, and where a part of a result may be believed a second one with
    the rest under its veil; arguments as `sheet_png`, equal ones give equal bytes.

    Pillow stores it as JPEG of quality 100 without chroma subsampling: levels differ by a few from the PNG's.
    """
    sheet = draw_sheet(crop, panes, detail, millimetres)
    believed = any(pane.belief is not None for pane in panes)
    further = [draw_sheet(crop, panes, detail, millimetres, veil=True)] if believed else []
    return as_pdf(sheet, _label(np.asarray(sheet), panes), further)


def as_pdf(sheet: Image.Image, label: Label, further: Sequence[Image.Image] = ()) -> bytes:
    """A PDF of one page, and a page for each further sheet."""
    file = io.BytesIO()
    sheet.save(
        file,
        "PDF",
        save_all=True,
        append_images=list(further),
        resolution=RESOLUTION,
        quality=100,
        subsampling=0,
        title=label.title,
        subject=f"{label.description} {label.notice}",
        producer=f"CF-ESRT {label.version}",
        creationDate=None,  # exports hold no time
        modDate=None,
    )
    return file.getvalue()


def draw_sheet(
    crop: np.ndarray,
    panes: Sequence[LabelledResult],
    detail: Box | None = None,
    millimetres: float | None = None,
    *,
    veil: bool = False,
) -> Image.Image:
    """The sheet as an RGB picture, `WIDTH` pixels wide; with ``veil`` what is not to be believed is hatched."""
    check_crop(crop, [pane.provenance for pane in panes])
    if len(panes) > MAX_PANES:
        raise ValueError(f"A comparison sheet holds at most {MAX_PANES} results, not {len(panes)}.")
    for pane in panes:
        if ImageDigest.of(pane.pixels) != pane.provenance.result:
            raise ValueError("A provenance does not belong to its picture.")
    scale = panes[0].provenance.setting.scale
    pictures = [crop.repeat(scale, 0).repeat(scale, 1), *(under_veil(pane) if veil else pane.pixels for pane in panes)]
    side = column_side(len(pictures))
    place = middle_detail(pictures[0], side, detail)
    columns = [draw_column(*column, place, side) for column in zip(pictures, _captions(crop, panes), strict=True)]
    title = WHERE_TO_BELIEVE if veil else "Comparison of reconstructions"
    head = (title, *([VEILED] if veil else []), _about(panes), NOTICE)
    return assemble(head, columns, (calibration(millimetres), *_footer(panes)))


def assemble(head: Sequence[str], columns: Sequence[Image.Image], foot: Sequence[str]) -> Image.Image:
    """A page: a heading and its paragraphs, columns of one width beside each other, and paragraphs under a rule."""
    wide, side = WIDTH - 2 * _MARGIN, columns[0].width
    top, bottom = _block(head, wide, round(1.6 * _SIZE)), _block(("", *foot), wide)
    tall = max(column.height for column in columns)
    sheet = Image.new("RGB", (WIDTH, 2 * _MARGIN + top.height + tall + bottom.height), _PAPER)
    sheet.paste(top, (_MARGIN, _MARGIN))
    for number, column in enumerate(columns):
        sheet.paste(column, (_MARGIN + number * (side + _GAP), _MARGIN + top.height))
    sheet.paste(bottom, (_MARGIN, _MARGIN + top.height + tall))
    return sheet


def under_veil(pane: LabelledResult) -> np.ndarray:
    """A result's pixels, under its veil where there is one."""
    return pane.pixels if pane.belief is None else veiled(pane.pixels, pane.belief.mask(pane.level))


def column_side(columns: int) -> int:
    """Width of each of so many columns."""
    return (WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) // columns


def middle_detail(picture: np.ndarray, side: int, wanted: Box | None = None) -> Box:
    """The same place of every picture: what fits into a square of ``side``, magnified."""
    height, width = picture.shape[:2]
    most = max(1, side // _MAGNIFIED)
    if wanted is None:
        w, h = min(width, most), min(height, most)
        return Box((width - w) // 2, (height - h) // 2, w, h)
    if wanted.x >= width or wanted.y >= height:
        raise ValueError("The detail lies outside the result.")
    return Box(
        wanted.x, wanted.y, min(wanted.width, most, width - wanted.x), min(wanted.height, most, height - wanted.y)
    )


def draw_column(picture: np.ndarray, caption: tuple[str, ...], place: Box, side: int) -> Image.Image:
    """Whole picture with a frame around the detail, the detail magnified in whole pixels, and the caption."""
    height, width = picture.shape[:2]
    factor = min(side / width, side / height)
    # pixels stay squares where the picture is enlarged, and are averaged where it is reduced
    how = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BOX
    factor = float(int(factor)) if factor >= 1 else factor
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    whole = Image.fromarray(np.ascontiguousarray(picture)).resize(size, how)
    corners = [round(value * factor) for value in (place.x, place.y, place.x + place.width, place.y + place.height)]
    draw = ImageDraw.Draw(whole)
    draw.rectangle((corners[0] - 1, corners[1] - 1, corners[2], corners[3]), outline=_INK, width=1)
    draw.rectangle((corners[0] - 2, corners[1] - 2, corners[2] + 1, corners[3] + 1), outline=_MARK, width=1)
    near = place.crop_from(picture).repeat(_MAGNIFIED, 0).repeat(_MAGNIFIED, 1)
    text = _block(caption, side)
    column = Image.new("RGB", (side, whole.height + near.shape[0] + text.height + 2 * _GAP), _PAPER)
    column.paste(whole, (0, 0))
    column.paste(Image.fromarray(near), (0, whole.height + _GAP))
    column.paste(text, (0, whole.height + near.shape[0] + 2 * _GAP))
    return column


def _block(strings: Sequence[str], width: int, heading: int = _SIZE) -> Image.Image:
    """Wrapped paragraphs, the first in letters of ``heading`` pixels; an empty one is a rule across."""
    sizes = [heading] + [_SIZE] * len(strings)
    parts = [(wrap(text, size, width), size) for text, size in zip(strings, sizes, strict=False)]
    heights = [max(1, len(lines)) * round(1.4 * size) for lines, size in parts]
    image = Image.new("RGB", (width, sum(heights) + _SIZE), _PAPER)
    draw = ImageDraw.Draw(image)
    top = 0
    for (lines, size), height in zip(parts, heights, strict=True):
        draw_lines(draw, (0, top), lines, size, _INK)
        if not lines:
            draw.line((0, top + height // 2, width, top + height // 2), fill=_INK, width=2)
        top += height
    return image


def _captions(crop: np.ndarray, panes: Sequence[LabelledResult]) -> list[tuple[str, ...]]:
    first = panes[0].provenance
    original = Label.of_original(first.crop, first.photograph)
    shown = f"Shown with each pixel as {first.setting.scale} × {first.setting.scale}."
    captions: list[tuple[str, ...]] = [(original.settings, original.description, shown)]
    for pane in panes:
        label, measured = Label.of(pane.provenance), pane.provenance.fidelity
        figures = [f"Low-resolution consistency {decibels(pane.provenance.consistency)}"]
        figures += _figure("CIEDE2000 to its input", measured.get("ciede2000"), "")
        figures += _figure("Beyond bicubic", measured.get("beyond_bicubic"), " levels of 255")
        figures += [] if pane.believed is None else [pane.believed]
        captions.append((label.settings, label.description, *figures))
    return captions


def _figure(name: str, values: object, unit: str) -> list[str]:
    """Mean and 95th percentile, where the record holds them."""
    if not isinstance(values, dict) or not all(isinstance(values.get(key), float) for key in ("mean", "percentile95")):
        return []
    return [f"{name}: mean {values['mean']:.2f}, 95% up to {values['percentile95']:.2f}{unit}"]


def _about(panes: Sequence[LabelledResult]) -> str:
    first = panes[0].provenance
    box, whole, result = first.box, first.photograph, first.result
    return (
        f"Crop of {box.width} × {box.height} px at {box.x}, {box.y} of a photograph of {whole.width} × {whole.height} "
        f"px; results {result.width} × {result.height} px. Upper row: the whole crop. Lower row: the framed detail, "
        f"{_MAGNIFIED} × {_MAGNIFIED} dots for each result pixel. Results of networks hold {SYNTHETIC}."
    )


def _footer(panes: Sequence[LabelledResult]) -> list[str]:
    first = panes[0].provenance
    lines = [
        f"Photograph SHA-256 {first.photograph.sha256}",
        f"Crop SHA-256 {first.crop.sha256}",
    ]
    lines += map(record_line, panes)
    noticed = first.fidelity.get("notices")
    for notice in noticed if isinstance(noticed, (list, tuple)) else ():
        if isinstance(notice, dict) and isinstance(notice.get("sentence"), str):
            lines.append(notice["sentence"])
    return [*lines, f"CF-ESRT {first.version}. {NOTICE}"]


def record_line(pane: LabelledResult) -> str:
    """How a result was made, its weights and its hash."""
    record = pane.provenance
    weights = f"weights {record.setting.checkpoint_sha256}" if record.setting.checkpoint_sha256 else "no weights"
    return f"{Label.of(record).settings}: {weights}; result {record.result.sha256}"


def _label(pixels: np.ndarray, panes: Sequence[LabelledResult]) -> Label:
    """The whole sheet is the picture; it is enhanced, since its panes are."""
    first = panes[0].provenance
    networks = any(pane.provenance.setting.checkpoint_sha256 for pane in panes)
    return Label(
        title="Comparison sheet",
        description=ENHANCED if networks else INTERPOLATED,
        picture=ImageDigest.of(pixels),
        crop_sha256=first.crop.sha256,
        photograph_sha256=first.photograph.sha256,
        version=first.version,
        model=", ".join(dict.fromkeys(pane.provenance.setting.model for pane in panes)),
    )
