"""Exports: one result or all of them, always with their label, and only of the box that the person sees."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cf_esrt.fidelity.trust import Belief
from cf_esrt.interface.common.picture_store import Download
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.display import Display
from cf_esrt.interface.preview.panes import ORIGINAL, Pane
from cf_esrt.interface.preview.second_photo import SECOND
from cf_esrt.interface.preview.session_state import LesionResults, SessionState
from cf_esrt.provenance import (
    ImageDigest,
    LabelledResult,
    TwoDates,
    dicom_bytes,
    mask_png,
    original_png,
    result_png,
    sheet_pdf,
    sheet_png,
    stem,
    two_dates_pdf,
    two_dates_png,
    zip_bytes,
)
from cf_esrt.provenance.sheet import under_veil

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
    photograph: str
    """What the person calls the photograph, as a part of a file's name; empty: nothing."""
    place: tuple[int, ...] | None
    """Photograph, lesion and box that the page shows as chosen: x, y, width, height; None: it did not say."""

    @classmethod
    def parse(cls, value: Any) -> ExportRequest:
        """Read what the browser sent; NothingToExport where it makes no sense."""
        data = value if isinstance(value, dict) else {}
        if data.get("kind") not in EXPORTERS:
            raise NothingToExport(strings.NOTHING_TO_EXPORT)
        return cls(
            str(data["kind"]),
            str(data.get("pane")),
            plausible_millimetres(data.get("millimetres")),
            file_part(data.get("name")),
            _place(data.get("place")),
        )


def plausible_millimetres(length: Any) -> float | None:
    """Side of a pixel as the browser sent it; None where it is no calibration."""
    number = isinstance(length, (int, float)) and not isinstance(length, bool) and math.isfinite(length)
    return float(length) if number and MIN_MILLIMETRES <= length <= MAX_MILLIMETRES else None


def file_part(name: Any) -> str:
    """A person's name for a photograph as a part of a file's name: plain letters, digits and dashes, at most 40."""
    plain = unicodedata.normalize("NFKD", name if isinstance(name, str) else "").encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:40].strip("-")


def _place(value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        return (value["photo"], value["lesion"], *(value["box"][side] for side in ("x", "y", "width", "height")))
    except (TypeError, KeyError):
        raise NothingToExport(strings.MOVED) from None


class Exports:
    """What can leave one session: what its panes show."""

    def __init__(self, session: SessionState, panes: tuple[Pane, ...]) -> None:
        self.session = session
        self._panes = panes

    def make(self, request: ExportRequest) -> Download:
        """The requested file. NothingToExport or ProvenanceError say in one sentence why there is none."""
        with self.session.display_lock:
            results = self.session.results
            if results is None or results.photograph is None:
                raise NothingToExport(strings.NOTHING_TO_EXPORT)
            if not results.of(self.session) or request.place not in (None, results.place):
                raise NothingToExport(strings.MOVED)
            return EXPORTERS[request.kind](_Export(self.session, self._panes, results, results.photograph, request))


@dataclass(frozen=True)
class _Export:
    """One export, under way."""

    session: SessionState
    panes: tuple[Pane, ...]
    results: LesionResults
    photograph: ImageDigest
    request: ExportRequest

    @property
    def of(self) -> LesionResults:
        """What the chosen pane shows: of the photograph, or of the second one."""
        if self.request.pane != SECOND:
            return self.results
        if self.results.second is None or SECOND not in self.session.panes:
            raise NothingToExport(strings.NOTHING_TO_EXPORT)
        return self.results.second

    @property
    def millimetres(self) -> float | None:
        """Side of one pixel of that photograph, as calibrated."""
        second = self.session.second
        return second.millimetres if self.request.pane == SECOND and second is not None else self.request.millimetres

    def file(self, what: str, suffix: str) -> str:
        """A name that says of which photograph, lesion and box it is, and how it was made."""
        box, name = self.of.box, self.request.photograph or f"photograph-{self.results.photo_number}"
        name = f"{name}-second" if self.request.pane == SECOND else name
        where = f"lesion-{self.results.lesion}_x{box.x}-y{box.y}-{box.width}x{box.height}"
        return f"{name}_{where}_{what}.{suffix}"

    def original(self, *, caption: bool) -> bytes | None:
        """The crop as it came, where the chosen pane shows that."""
        shown = self.session.second_pane if self.request.pane == SECOND else self.request.pane
        if shown != ORIGINAL or self.of.photograph is None:
            return None
        return original_png(self.of.crop, self.of.photograph, caption=caption)

    def result(self, name: str) -> LabelledResult:
        """A pane's result; of the second photograph its own, which was not moved over the first."""
        of = self.results.second if name == SECOND else self.results
        if of is None or of.photograph is None or name not in of.images:
            raise NothingToExport(strings.NOTHING_TO_EXPORT)
        image = of.images[name]
        level = self.session.believe_level  # whether the veil is on or not: all files of a set say the same
        record = image.provenance(of.photograph, of.box, of.crop, level)
        belief = image.belief if isinstance(image.belief, Belief) else None
        return LabelledResult(image.pixels, record, belief, level)

    def belief(self, name: str) -> Belief:
        """Where to believe a result; NothingToExport in the sentence on why that is not known."""
        of = self.results.second if name == SECOND else self.results
        belief = of.images[name].belief if of is not None and name in of.images else None
        if isinstance(belief, Belief):
            return belief
        raise NothingToExport(strings.NOTHING_TO_EXPORT if belief is None else belief.sentence)

    def both_dates(self) -> TwoDates:
        """The pane that is shown of both photographs, on each."""
        second, of, shown = self.session.second, self.results.second, self.session.second_pane
        if second is None or second.alignment is None or of is None or shown is None or SECOND not in of.images:
            raise NothingToExport(strings.NOTHING_TO_EXPORT)
        found, box, result = second.alignment, self.results.box, self.result(SECOND)

        def over_the_first(picture: np.ndarray) -> np.ndarray:
            return found.bring(picture, of.box, box, result.provenance.setting.scale)

        return TwoDates(
            self.results.crop,
            of.crop,
            self.result(shown),
            result,
            found.bring(of.crop, of.box, box, 1),
            over_the_first(result.pixels),
            strings.aligned(found),
            None if result.belief is None else over_the_first(under_veil(result)),
        )

    def all_results(self) -> list[LabelledResult]:
        if self.session.unfinished(self.results):  # a comparison would be taken for the whole one
            raise NothingToExport(strings.UNFINISHED)
        return [self.result(pane.name) for pane in self.panes if pane.name in self.results.images]


def _png(export: _Export) -> Download:
    return _labelled_png(export, caption=True)


def _plain_png(export: _Export) -> Download:
    return _labelled_png(export, caption=False)


def _labelled_png(export: _Export, *, caption: bool) -> Download:
    suffix = "png" if caption else "plain.png"
    original = export.original(caption=caption)
    if original is not None:
        return Download(original, export.file("original", suffix), "image/png")
    result = export.result(export.request.pane)
    png = result_png(result.pixels, result.provenance, caption=caption)
    return Download(png, export.file(_made(result), suffix), "image/png")


def _dicom(export: _Export) -> Download:
    result = export.result(export.request.pane)
    return _dicom_file(export, result, _made(result))


def _mask(export: _Export) -> Download:
    belief, result = export.belief(export.request.pane), export.result(export.request.pane)
    level = export.session.believe_level
    png = mask_png(belief, result.provenance, level)
    return Download(png, export.file(f"{_made(result)}_believe-{level:g}", "png"), "image/png")


def _veiled_dicom(export: _Export) -> Download:
    belief, result = export.belief(export.request.pane), export.result(export.request.pane)
    level = export.session.believe_level
    return _dicom_file(export, result, f"{_made(result)}_believe-{level:g}", belief=belief, level=level)


def _dicom_file(export: _Export, result: LabelledResult, what: str, **veil: Any) -> Download:
    """With metadata and calibration of the photograph that the pane shows."""
    source, millimetres = export.of.metadata, export.millimetres
    data = dicom_bytes(result.pixels, result.provenance, source=source, millimetres=millimetres, **veil)
    return Download(data, export.file(what, "dcm"), "application/dicom")


def _zip(export: _Export) -> Download:
    session, panes = export.session, export.panes
    settings = {
        "detail": Display(session, panes).detail(export.results.degradation),
        "back_projection": session.back_project,
        "map": session.overlay,
        "believe_level": session.believe_level,
        "photograph": session.degradation,
        "panes": [pane.name for pane in panes if pane.name in session.panes],
        "missing_panes": [
            pane.name for pane in panes if pane.name in session.selected and pane.name not in session.panes
        ],
        "millimetres_per_photograph_pixel": export.request.millimetres,
    }
    data = zip_bytes(export.results.crop, export.all_results(), settings=settings)
    return Download(data, export.file("all-panes_x4-enhanced", "zip"), "application/zip")


def _sheet_pdf(export: _Export) -> Download:
    data = sheet_pdf(export.results.crop, export.all_results(), millimetres=export.request.millimetres)
    return Download(data, export.file("comparison_x4-enhanced", "pdf"), "application/pdf")


def _sheet_png(export: _Export) -> Download:
    data = sheet_png(export.results.crop, export.all_results(), millimetres=export.request.millimetres)
    return Download(data, export.file("comparison_x4-enhanced", "png"), "image/png")


def _dates_pdf(export: _Export) -> Download:
    data = two_dates_pdf(export.both_dates(), millimetres=export.request.millimetres)
    return Download(data, export.file("two-dates_x4-enhanced", "pdf"), "application/pdf")


def _dates_png(export: _Export) -> Download:
    data = two_dates_png(export.both_dates(), millimetres=export.request.millimetres)
    return Download(data, export.file("two-dates_x4-enhanced", "png"), "image/png")


EXPORTERS: dict[str, Callable[[_Export], Download]] = {
    "png": _png,
    "png-plain": _plain_png,
    "dicom": _dicom,
    "mask": _mask,
    "dicom-believe": _veiled_dicom,
    "zip": _zip,
    "sheet-pdf": _sheet_pdf,
    "sheet-png": _sheet_png,
    "dates-pdf": _dates_pdf,
    "dates-png": _dates_png,
}
"""By kind. To add one: a function, its line here, and its button in ``markup/save.html``."""


def _made(result: LabelledResult) -> str:
    return f"{stem(result.provenance.setting)}_x4-enhanced"
