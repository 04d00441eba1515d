"""What leaves the page: one result or all of them, always with their label."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cf_esrt.interface.common.picture_store import Download
from cf_esrt.interface.preview import texts
from cf_esrt.interface.preview.panes import ORIGINAL, Pane
from cf_esrt.interface.preview.session_state import Desk, Results
from cf_esrt.provenance import Pane as Recorded
from cf_esrt.provenance import (
    Pixels,
    Provenance,
    dicom_bytes,
    original_png,
    result_png,
    sheet_pdf,
    sheet_png,
    stem,
    zip_bytes,
)

FINEST, COARSEST = 1e-4, 100.0
"""Millimetres that a pixel of a photograph can measure; what lies outside is no calibration."""


class NothingToTake(ValueError):
    """One sentence on an export that was not made."""


@dataclass(frozen=True)
class Wish:
    """What the browser asks for."""

    what: str
    pane: str
    millimetres: float | None
    """Of one pixel of the photograph, as it was calibrated; None: it was not."""

    @classmethod
    def of(cls, value: Any) -> Wish:
        """Read what the browser sent; NothingToTake where it makes no sense."""
        given = value if isinstance(value, dict) else {}
        if given.get("what") not in KINDS:
            raise NothingToTake(texts.NOTHING_TO_TAKE)
        length = given.get("millimetres")
        number = isinstance(length, (int, float)) and not isinstance(length, bool) and math.isfinite(length)
        known = float(length) if number and FINEST <= length <= COARSEST else None  # type: ignore[arg-type,operator]
        return cls(str(given["what"]), str(given.get("pane")), known)


def parcel(desk: Desk, wish: Wish, panes: tuple[Pane, ...]) -> Download:
    """The file that was asked for. NothingToTake or RecordError say in one sentence why there is none."""
    with desk.looking:
        results = desk.results
        if results is None or results.photograph is None:
            raise NothingToTake(texts.NOTHING_TO_TAKE)
        return KINDS[wish.what](desk, results, wish, panes)


def _png(desk: Desk, results: Results, wish: Wish, panes: tuple[Pane, ...]) -> Download:
    if wish.pane == ORIGINAL:
        return Download(original_png(results.crop, _whole(results)), "lesion-crop-original.png", "image/png")
    shown = _one(results, wish.pane)
    return Download(result_png(shown.pixels, shown.provenance), _file(shown.provenance, "png"), "image/png")


def _dicom(desk: Desk, results: Results, wish: Wish, panes: tuple[Pane, ...]) -> Download:
    shown = _one(results, wish.pane)
    data = dicom_bytes(shown.pixels, shown.provenance, source=results.facts, millimetres=wish.millimetres)
    return Download(data, _file(shown.provenance, "dcm"), "application/dicom")


def _zip(desk: Desk, results: Results, wish: Wish, panes: tuple[Pane, ...]) -> Download:
    settings = {
        "detail": results.detail,
        "back_projection": desk.agree,
        "map": desk.layer,
        "panes": [pane.name for pane in panes if pane.name in desk.panes],
        "millimetres_per_photograph_pixel": wish.millimetres,
    }
    data = zip_bytes(results.crop, _all(results, panes), settings=settings)
    return Download(data, "lesion-x4-enhanced.zip", "application/zip")


def _sheet_pdf(desk: Desk, results: Results, wish: Wish, panes: tuple[Pane, ...]) -> Download:
    data = sheet_pdf(results.crop, _all(results, panes), millimetres=wish.millimetres)
    return Download(data, "lesion-x4-comparison-enhanced.pdf", "application/pdf")


def _sheet_png(desk: Desk, results: Results, wish: Wish, panes: tuple[Pane, ...]) -> Download:
    data = sheet_png(results.crop, _all(results, panes), millimetres=wish.millimetres)
    return Download(data, "lesion-x4-comparison-enhanced.png", "image/png")


KINDS: dict[str, Callable[[Desk, Results, Wish, tuple[Pane, ...]], Download]] = {
    "png": _png,
    "dicom": _dicom,
    "zip": _zip,
    "sheet-pdf": _sheet_pdf,
    "sheet-png": _sheet_png,
}
"""What can be asked for. Adding one: a function, its line here, and its button in ``markup/taking.html``."""


def _whole(results: Results) -> Pixels:
    assert results.photograph is not None  # `parcel` has seen to it
    return results.photograph


def _recorded(results: Results, name: str) -> Recorded:
    done = results.outcomes[name]
    return Recorded(done.pixels, done.record(_whole(results), results.box, results.crop))


def _one(results: Results, name: str) -> Recorded:
    if name not in results.outcomes:
        raise NothingToTake(texts.NOTHING_TO_TAKE)
    return _recorded(results, name)


def _all(results: Results, panes: tuple[Pane, ...]) -> list[Recorded]:
    return [_recorded(results, pane.name) for pane in panes if pane.name in results.outcomes]


def _file(record: Provenance, ending: str) -> str:
    return f"lesion-x4-{stem(record.setting)}-enhanced.{ending}"
