"""The pictures that can be compared. Adding one: a line in ``_panes``; a new model brings its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.interface.preview import texts
from cf_esrt.models import Family, ModelDescriptor, UnknownModel

log = logging.getLogger(__name__)

MODELS = ("bicubic", "esrt", "cf-esrt")
"""What is compared at first, left to right. Their panes are there even where a checkpoint is missing."""
ORIGINAL = "original"
BASE = "bicubic"
"""The model that always runs: added detail is the difference from it."""
BLENDED = "cf-esrt"
"""The pane that the detail slider acts on."""
CAMERA = "-camera"
"""What is added to a model's name for its network of the camera family (`models.Family`)."""

Describe = Callable[[str], Any]


@dataclass(frozen=True)
class Pane:
    """One picture that can be chosen."""

    name: str
    title: str
    note: str
    """What it is, in few words, under its title."""
    model: str | None
    """The model that has to run for it; None for the original, which is shown unchanged."""
    stage: Literal["refined", "coarse", "blend"] = "refined"
    """Which of the model's images it shows; ``blend`` follows the detail slider."""
    camera_model: str | None = None
    """The model that runs in its place for photographs from a camera; None: the same."""

    def model_for(self, family: Family) -> str | None:
        """The model to run for a photograph of that family."""
        return self.camera_model if family == "camera" and self.camera_model else self.model


def available_panes(describe: Describe, names: Sequence[str]) -> tuple[tuple[Pane, ...], tuple[Any, ...]]:
    """The panes that this installation can show, and the descriptors of their models, in the same order.

    Args:
        describe: from a model's name to its descriptor.
        names: all models there are; those besides ``MODELS`` are left out where their checkpoint is missing.
    """
    camera = _camera_models(describe, names)
    hidden = {f"{BLENDED}-coarse", f"{BLENDED}{CAMERA}-coarse", *camera}
    others = [name for name in names if name not in MODELS and name not in hidden]
    variants = [name for name in others if name.startswith(BLENDED)]  # after the model that they are variants of
    first, *rest = MODELS
    order = (first, *(name for name in others if name not in variants), *rest, *variants)
    models = [model for name in order if (model := _describe(describe, name)) is not None]
    return tuple(_panes(models, camera)), (*models, *camera.values())


def switchable(panes: Sequence[Pane]) -> bool:
    """Whether there are networks for photographs from a camera, so that a family can be chosen."""
    return any(pane.camera_model for pane in panes)


def first_models(panes: Sequence[Pane]) -> tuple[str, ...]:
    """The models that an Enhance of either family runs where no other panes were chosen."""
    families: tuple[Family, ...] = ("clean", "camera")
    models = [pane.model_for(family) for family in families for pane in panes if pane.name in MODELS]
    return tuple(dict.fromkeys(filter(None, models)))


def _camera_models(describe: Describe, names: Sequence[str]) -> dict[str, Any]:
    """The descriptors of the camera family by name: of every network among ``MODELS``, or none at all."""
    found = {}
    for name in MODELS:
        known = _describe(describe, name + CAMERA) if name + CAMERA in names else None
        if known is not None:
            found[known.name] = known
    return found if len(found) == len(MODELS) - 1 else {}  # interpolation has none


def _panes(models: Sequence[Any], camera: Mapping[str, Any]) -> list[Pane]:
    panes = [Pane(ORIGINAL, texts.TITLES[ORIGINAL], texts.PANE_NOTES[ORIGINAL], None)]
    for model in models:
        if model.name == BLENDED:
            coarse = f"{BLENDED}-coarse"
            other = BLENDED + CAMERA if BLENDED + CAMERA in camera else None
            panes.append(Pane(coarse, texts.TITLES[coarse], texts.PANE_NOTES[coarse], BLENDED, "coarse", other))
        note = texts.PANE_NOTES.get(model.name) or model.summary
        other = model.name + CAMERA if model.name + CAMERA in camera else None
        stage = "blend" if model.name == BLENDED else "refined"
        panes.append(Pane(model.name, model.title, note, model.name, stage, other))
    return panes


def _describe(describe: Describe, name: str) -> Any:
    """A model's descriptor, or None. The page opens without a checkpoint, and Enhance says what is missing."""
    try:
        return describe(name)
    except (CheckpointError, UnknownModel) as error:
        if name not in MODELS:
            return None
        log.warning("%s", error)
        return ModelDescriptor(name, texts.TITLES[name], "", parameters=-1)
