"""Where to believe a result, as files: the mask, the result under its veil, and the words for both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust import Belief, Unknown, believe, mask_picture, trust_text, veiled
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.png import labelled_png
from cf_esrt.provenance.record import ImageDigest, Provenance, Setting
from cf_esrt.provenance.strings import MASK, VEILED


def believed(
    setting: Setting, result: np.ndarray, crop: np.ndarray, *, measured: InputMeasures | None = None
) -> Belief | Unknown:
    """Where to believe a result (RGB uint8 ``4H×4W×3``) of ``crop`` (``H×W×3``) that was made with that setting; the
    rest as `fidelity.trust.believe`."""
    return believe(
        result,
        crop,
        model=setting.model,
        title=setting.title,
        sha256=setting.checkpoint_sha256,
        detail=setting.detail,
        degradation=setting.degradation,
        altered="back-projection" if setting.back_projection else "",
        measured=measured,
    )


def mask_label(belief: Belief, record: Provenance, level: float | None = None) -> tuple[np.ndarray, Label]:
    """The mask as a picture, RGB uint8 of the result's size, white where the result may be believed; and its label."""
    picture = mask_picture(belief.mask(level))
    return picture, _label(picture, belief, record, level, MASK)


def veiled_label(
    pixels: np.ndarray, belief: Belief, record: Provenance, level: float | None = None
) -> tuple[np.ndarray, Label]:
    """The result (RGB uint8) under its veil, and its label. ValueError where the mask is another picture's."""
    picture = veiled(pixels, belief.mask(level))
    return picture, _label(picture, belief, record, level, VEILED)


def _label(picture: np.ndarray, belief: Belief, record: Provenance, level: float | None, kind: str) -> Label:
    label = Label.of(record)
    return replace(
        label,
        title=f"{label.title}: where to believe it",
        description=f"{label.description} {kind}",
        picture=ImageDigest.of(picture),
        believed=trust_text(belief, level),
    )


def mask_png(belief: Belief, record: Provenance, level: float | None = None) -> bytes:
    """The mask as a lossless PNG of the result's size, labelled in text and XMP; equal arguments give equal bytes."""
    return labelled_png(*mask_label(belief, record, level), caption=False)
