"""Exports and back-projection."""

from __future__ import annotations

from collections.abc import Mapping

from cf_esrt.fidelity import Effect

EXPORT = {
    "title": "Save",
    "name": "Name of the photograph in the files' names",
    "name_example": "photograph-1",
    "nothing": "There is nothing to save of the chosen box yet; press Enhance first.",
    "all": "All panes",
    "png": "PNG",
    "png_title": "Lossless PNG with a caption under the picture that says how it was made",
    "png_plain": "Plain PNG",
    "png_plain_title": "The same picture without the caption under it, exactly as large as the result; the same label "
    "in its metadata",
    "original_title": "Lossless PNG of the box as it came, with a caption under it",
    "dicom": "DICOM",
    "dicom_title": "DICOM Secondary Capture, derived, without the patient's identity",
    "mask": "Mask",
    "mask_title": "Lossless PNG, white where the result may be believed to the level of the slider",
    "dicom_believe": "DICOM, hatched",
    "dicom_believe_title": "A second DICOM Secondary Capture of the same series: what is not to be believed is hatched",
    "zip": "ZIP with provenance",
    "zip_title": "All pictures with their captions, and the settings and provenance as JSON",
    "sheet_pdf": "Sheet (PDF)",
    "sheet_png": "Sheet (PNG)",
    "sheet_title": "One page with all panes, figures and provenance",
    "dates_pdf": "Two dates (PDF)",
    "dates_png": "Two dates (PNG)",
    "dates_title": "One page with the same network's pictures of both photographs, one laid over the other",
    "making": "Making the file…",
    "done": "{file} is ready.",
    "labelled": "Every file says in its metadata how it was made and that added detail is synthetic; all but the plain "
    "PNG also say it beside the picture.",
}
BACK_PROJECTION = {
    "switch": "Correct results until they agree with the photograph (45 dB)",
    "title": "Back-projection: corrects each result until it shrinks back to the photograph; detail that shrinking "
    "hides stays as it is, true or not.",
    "working": "Correcting…",
}
EFFECT = "What it changes was measured on {photographs} photographs ({data}, {protocol}): {models}."
LPIPS_KEPT = "{title} no result"
LPIPS_CHANGED = "{title} {changed} results, their mean LPIPS from {before:.3f} to {after:.3f} (lower is better)"
UNCHANGED = "Agreed already: unchanged"
CORRECTED = "Corrected to agree"
UNREACHED = "45 dB cannot be reached here: unchanged"
SHORT = "Corrected; 45 dB cannot be reached here"
MOVED = "The panes show another box than the one chosen; press Enhance first, or go back to that box."
NOTHING_TO_EXPORT = "There is no such result to export; press Enhance first."
UNFINISHED = "Some panes are still being made; export them all once they are there, or one pane now."
EXPORT_FAILED = "The file could not be made on our side; try again."


def agreement(unchanged: bool, reached: bool) -> str:
    """What back-projection did to a result."""
    if unchanged:
        return UNCHANGED if reached else UNREACHED
    return CORRECTED if reached else SHORT


def effect(measured: Mapping[str, Effect]) -> str:
    """What back-projection was measured to do, by the models' titles; all of one set of photographs."""
    sentences = []
    for title, one in measured.items():
        template = LPIPS_CHANGED if one.changed else LPIPS_KEPT
        before, after = one.lpips_before, one.lpips_after
        sentences.append(template.format(title=title, changed=one.changed, before=before, after=after))
    return EFFECT.format(**vars(next(iter(measured.values()))), models="; ".join(sentences))
