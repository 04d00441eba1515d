"""The pictures that can be compared. Adding one: a line in ``_panes``; a new model brings its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.interface.preview import strings
from cf_esrt.models import Degradation, ModelDescriptor, UnknownModel

log = logging.getLogger(__name__)

MODELS = ("bicubic", "esrt", "cf-esrt")
"""What is compared at first, left to right. Their panes are there even where a checkpoint is missing."""
ORIGINAL = "original"
BASE = "bicubic"
"""The model that always runs: added detail is the difference from it."""
BLENDED = "cf-esrt"
"""The pane that the detail slider acts on."""
COARSE = "cf-esrt-coarse"
"""The pane of its coarse picture alone, from the same run."""
DEGRADATIONS: tuple[Degradation, ...] = ("bicubic", "camera")

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
    camera_title: str | None = None
    """Its title where that model runs; None: the same."""
    opening_details: Mapping[str, float] = field(default_factory=dict)
    """Of its models by name: where the detail slider opens."""

    def model_for(self, degradation: Degradation) -> str | None:
        """The model to run for a photograph of that degradation."""
        return self.camera_model if degradation == "camera" and self.camera_model else self.model

    def title_for(self, degradation: Degradation) -> str:
        """Its name for a photograph of that degradation: the same in every list, over the picture and in files."""
        return self.camera_title if degradation == "camera" and self.camera_title else self.title

    @property
    def cost(self) -> float:
        """What its model takes in shares of a network of one stage, before it was measured here."""
        return {None: 0.0, BASE: 0.01, BLENDED: 2.0}.get(self.model, 1.0)

    def opening_detail(self, degradation: Degradation) -> float:
        """Where the detail slider opens for a photograph of that degradation."""
        return self.opening_details.get(self.model_for(degradation) or "", 1.0)


def available_panes(describe: Describe, names: Sequence[str]) -> tuple[tuple[Pane, ...], tuple[Any, ...]]:
    """The panes that this installation can show, and the descriptors of their models, in the same order.

    Args:
        describe: from a model's name to its descriptor.
        names: all models there are; those besides ``MODELS`` are left out where their checkpoint is missing.
    """
    known = [model for name in dict.fromkeys((*MODELS, *names)) if (model := _describe(describe, name)) is not None]
    camera = _camera_models(known)
    hidden = {model.name for model in known if model.stage == "coarse"} | {model.name for model in camera.values()}
    others = [model for model in known if model.name not in hidden and model.name not in MODELS]
    variants = [model for model in others if model.variant_of == BLENDED]
    first, *rest = (model for model in known if model.name in MODELS)
    models = [first, *(model for model in others if model not in variants), *rest, *variants]
    return tuple(_panes(models, camera)), (*models, *camera.values())


def switchable(panes: Sequence[Pane]) -> bool:
    """Whether there are networks for photographs from a camera, so that a degradation can be chosen."""
    return any(pane.camera_model for pane in panes)


def first_models(panes: Sequence[Pane]) -> tuple[str, ...]:
    """The models that an Enhance of either degradation runs where no other panes were chosen."""
    models = [pane.model_for(degradation) for degradation in DEGRADATIONS for pane in panes if pane.name in MODELS]
    return tuple(dict.fromkeys(filter(None, models)))


def _camera_models(known: Sequence[Any]) -> dict[str, Any]:
    """The networks for the camera degradation by the model whose place they take; none unless every network among
    ``MODELS`` has one."""
    names = {model.name for model in known}
    found = {
        model.variant_of: model
        for model in known
        if model.degradation == "camera" and model.stage != "coarse" and model.variant_of in names
    }
    return found if all(name in found for name in MODELS if name != BASE) else {}  # interpolation has none


def _panes(models: Sequence[Any], camera: Mapping[str, Any]) -> list[Pane]:
    panes = [Pane(ORIGINAL, strings.TITLES[ORIGINAL], strings.PANE_NOTES[ORIGINAL], None)]
    for model in models:
        other, named = None, None
        if model.name in camera:
            other, named = camera[model.name].name, camera[model.name].title
        if model.name == BLENDED:
            title, note = strings.TITLES[COARSE], strings.PANE_NOTES[COARSE]
            panes.append(Pane(COARSE, title, note, BLENDED, "coarse", other, named and f"{named} coarse"))
        note = strings.PANE_NOTES.get(model.name) or model.summary
        stage = "blend" if model.name == BLENDED else "refined"
        openings = {one.name: one.opening_detail for one in (model, camera.get(model.name)) if one is not None}
        panes.append(Pane(model.name, model.title, note, model.name, stage, other, named, openings))
    return panes


def _describe(describe: Describe, name: str) -> Any:
    """A model's descriptor, or None. The page opens without a checkpoint, and Enhance says what is missing."""
    try:
        return describe(name)
    except (CheckpointError, UnknownModel) as error:
        if name not in MODELS:
            return None
        log.warning("%s", error)
        return ModelDescriptor(name, strings.TITLES[name], "", parameters=-1)
