"""The veil over what is not to be believed: its level, its mask, and what is said of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from cf_esrt.fidelity.trust import Belief, calibrations
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.result_image import ResultImage
from cf_esrt.interface.preview.session_state import LesionResults, SessionState

OVERLAY = "trust"


@cache
def levels() -> tuple[float, ...]:
    """Grey levels that the slider offers."""
    return calibrations().levels()


def mask(image: ResultImage, session: SessionState) -> np.ndarray | None:
    """What of a result may be believed at the session's level; None where nobody asks, or that is not known."""
    if session.overlay != OVERLAY or not isinstance(image.belief, Belief):
        return None
    return image.belief.mask(session.believe_level)


def under_pane(image: ResultImage, session: SessionState) -> dict[str, str]:
    """The sentence under a pane while the veil is on: the share that can be believed to the slider's level, or that it
    is not known."""
    if session.overlay != OVERLAY:
        return {}
    belief = image.belief
    if isinstance(belief, Belief):
        level = session.believe_level
        return {"sentence": strings.unveiled(belief.share(level), level)}
    return {"sentence": strings.NOTHING_PROMISED}


def value(session: SessionState, results: LesionResults | None) -> dict[str, Any]:
    """The level, and in words what it promises while the veil is on, or why there is no promise (``off``)."""
    sentence, off, level = "", False, session.believe_level
    if session.overlay == OVERLAY and results is not None:
        images = list(results.images.values())  # another thread may add one
        if session.second_pane is not None and results.second is not None:
            images += results.second.images.values()
        beliefs = [image.belief for image in images]
        known = [belief for belief in beliefs if isinstance(belief, Belief)]
        some = next((belief for belief in known if belief.blocks(level).any()), next(iter(known), None))
        off = bool(beliefs) and some is None
        if some is not None:
            sentence = some.sentence(level)
        elif beliefs:
            sentence = next(belief.sentence for belief in beliefs if not isinstance(belief, Belief))
    return {"level": level, "sentence": sentence, "off": off}
