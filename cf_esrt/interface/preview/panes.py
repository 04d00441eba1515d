"""The pictures that can be compared. Adding one: a line in ``_panes``; a new model brings its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.interface.preview import texts
from cf_esrt.models import ModelDescriptor, UnknownModel

log = logging.getLogger(__name__)

MODELS = ("bicubic", "esrt", "cf-esrt")
"""What is compared at first, left to right. Their panes are there even where a checkpoint is missing."""
ORIGINAL = "original"
BASE = "bicubic"
"""The model that always runs: added detail is the difference from it."""
BLENDED = "cf-esrt"
"""The pane that the detail slider acts on."""

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


def available_panes(describe: Describe, names: Sequence[str]) -> tuple[tuple[Pane, ...], tuple[Any, ...]]:
    """The panes that this installation can show, and the descriptors of their models, in the same order.

    Args:
        describe: from a model's name to its descriptor.
        names: all models there are; those besides ``MODELS`` are left out where their checkpoint is missing.
    """
    others = [name for name in names if name not in MODELS and name != f"{BLENDED}-coarse"]
    variants = [name for name in others if name.startswith(BLENDED)]  # after the model that they are variants of
    first, *rest = MODELS
    order = (first, *(name for name in others if name not in variants), *rest, *variants)
    models = [model for name in order if (model := _describe(describe, name)) is not None]
    return tuple(_panes(models)), tuple(models)


def _panes(models: Sequence[Any]) -> list[Pane]:
    panes = [Pane(ORIGINAL, texts.TITLES[ORIGINAL], texts.PANE_NOTES[ORIGINAL], None)]
    for model in models:
        if model.name == BLENDED:
            coarse = f"{BLENDED}-coarse"
            panes.append(Pane(coarse, texts.TITLES[coarse], texts.PANE_NOTES[coarse], BLENDED, "coarse"))
        note = texts.PANE_NOTES.get(model.name) or model.summary
        panes.append(Pane(model.name, model.title, note, model.name, "blend" if model.name == BLENDED else "refined"))
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
