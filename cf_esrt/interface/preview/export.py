"""Exports: one result or all of them, always with their label."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cf_esrt.interface.common.picture_store import Download
from cf_esrt.interface.preview import texts
from cf_esrt.interface.preview.panes import ORIGINAL, Pane
from cf_esrt.interface.preview.session_state import LesionResults, SessionState
from cf_esrt.provenance import (
    ImageDigest,
    LabelledResult,
    Provenance,
    dicom_bytes,
    original_png,
    result_png,
    sheet_pdf,
    sheet_png,
    stem,
    zip_bytes,
)

MIN_MILLIMETRES, MAX_MILLIMETRES = 1e-4, 100.0
"""Plausible side of a pixel of a photograph; what lies outside is no calibration."""


class NothingToExport(ValueError):
    """One sentence on an export that was not made."""


@dataclass(frozen=True)
class ExportRequest:
    """What the browser asks for."""

    kind: str
    """A key of `EXPORTERS`."""
    pane: str
    millimetres: float | None
    """Side of one pixel of the photograph, as calibrated; None: it was not."""

    @classmethod
    def parse(cls, value: Any) -> ExportRequest:
        """Read what the browser sent; NothingToExport where it makes no sense."""
        data = value if isinstance(value, dict) else {}
        if data.get("kind") not in EXPORTERS:
            raise NothingToExport(texts.NOTHING_TO_EXPORT)
        length = data.get("millimetres")
        number = isinstance(length, (int, float)) and not isinstance(length, bool) and math.isfinite(length)
        plausible = number and MIN_MILLIMETRES <= length <= MAX_MILLIMETRES  # type: ignore[operator]
        return cls(str(data["kind"]), str(data.get("pane")), float(length) if plausible else None)  # type: ignore[arg-type]


def export(session: SessionState, request: ExportRequest, panes: tuple[Pane, ...]) -> Download:
    """The requested file. NothingToExport or ProvenanceError say in one sentence why there is none."""
    with session.display_lock:
        results = session.results
        if results is None or results.photograph is None:
            raise NothingToExport(texts.NOTHING_TO_EXPORT)
        return EXPORTERS[request.kind](session, results, request, panes)


def _png(session: SessionState, results: LesionResults, request: ExportRequest, panes: tuple[Pane, ...]) -> Download:
    return _labelled_png(results, request, caption=True)


def _plain_png(
    session: SessionState, results: LesionResults, request: ExportRequest, panes: tuple[Pane, ...]
) -> Download:
    return _labelled_png(results, request, caption=False)


def _labelled_png(results: LesionResults, request: ExportRequest, *, caption: bool) -> Download:
    plain = "" if caption else "plain."
    if request.pane == ORIGINAL:
        png = original_png(results.crop, _photograph(results), caption=caption)
        return Download(png, f"lesion-crop-original.{plain}png", "image/png")
    result = _displayed(results, request.pane)
    png = result_png(result.pixels, result.provenance, caption=caption)
    return Download(png, _file_name(result.provenance, f"{plain}png"), "image/png")


def _dicom(session: SessionState, results: LesionResults, request: ExportRequest, panes: tuple[Pane, ...]) -> Download:
    result = _displayed(results, request.pane)
    data = dicom_bytes(result.pixels, result.provenance, source=results.metadata, millimetres=request.millimetres)
    return Download(data, _file_name(result.provenance, "dcm"), "application/dicom")


def _zip(session: SessionState, results: LesionResults, request: ExportRequest, panes: tuple[Pane, ...]) -> Download:
    settings = {
        "detail": results.detail,
        "back_projection": session.back_project,
        "map": session.overlay,
        "photograph": session.family,
        "panes": [pane.name for pane in panes if pane.name in session.panes],
        "missing_panes": [
            pane.name for pane in panes if pane.name in session.selected and pane.name not in session.panes
        ],
        "millimetres_per_photograph_pixel": request.millimetres,
    }
    data = zip_bytes(results.crop, _all_displayed(session, results, panes), settings=settings)
    return Download(data, "lesion-x4-enhanced.zip", "application/zip")


def _sheet_pdf(
    session: SessionState, results: LesionResults, request: ExportRequest, panes: tuple[Pane, ...]
) -> Download:
    data = sheet_pdf(results.crop, _all_displayed(session, results, panes), millimetres=request.millimetres)
    return Download(data, "lesion-x4-comparison-enhanced.pdf", "application/pdf")


def _sheet_png(
    session: SessionState, results: LesionResults, request: ExportRequest, panes: tuple[Pane, ...]
) -> Download:
    data = sheet_png(results.crop, _all_displayed(session, results, panes), millimetres=request.millimetres)
    return Download(data, "lesion-x4-comparison-enhanced.png", "image/png")


EXPORTERS: dict[str, Callable[[SessionState, LesionResults, ExportRequest, tuple[Pane, ...]], Download]] = {
    "png": _png,
    "png-plain": _plain_png,
    "dicom": _dicom,
    "zip": _zip,
    "sheet-pdf": _sheet_pdf,
    "sheet-png": _sheet_png,
}
"""By kind. To add one: a function, its line here, and its button in ``markup/export.html``."""


def _photograph(results: LesionResults) -> ImageDigest:
    assert results.photograph is not None  # checked in `export`
    return results.photograph


def _labelled(results: LesionResults, name: str) -> LabelledResult:
    image = results.images[name]
    return LabelledResult(image.pixels, image.provenance(_photograph(results), results.box, results.crop))


def _displayed(results: LesionResults, name: str) -> LabelledResult:
    if name not in results.images:
        raise NothingToExport(texts.NOTHING_TO_EXPORT)
    return _labelled(results, name)


def _all_displayed(session: SessionState, results: LesionResults, panes: tuple[Pane, ...]) -> list[LabelledResult]:
    if session.unfinished(results):  # a comparison would be taken for the whole one
        raise NothingToExport(texts.UNFINISHED)
    return [_labelled(results, pane.name) for pane in panes if pane.name in results.images]


def _file_name(record: Provenance, suffix: str) -> str:
    return f"lesion-x4-{stem(record.setting)}-enhanced.{suffix}"
