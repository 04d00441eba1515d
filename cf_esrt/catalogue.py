"""The models of one program: the project's, and the user's own checkpoints under names that the user chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cf_esrt import checkpoints, models
from cf_esrt.models import ModelDescriptor, UnknownModel

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # what a provenance record can hold


class CatalogueError(ValueError):
    """A model cannot be added; one sentence says why."""


@dataclass(frozen=True)
class Catalogue:
    """What can be asked for by name."""

    added: tuple[ModelDescriptor, ...] = ()
    """Besides `models.names`."""

    @classmethod
    def of(cls, written: Sequence[str]) -> Catalogue:
        """The project's models, and one for each ``NAME=FILE.safetensors``; every file is read and checked at once.

        CatalogueError where a name or a file cannot be used.
        """
        added: list[ModelDescriptor] = []
        for one in written:
            name, file = _parse(one)
            if name in models.names() or name in (model.name for model in added):
                raise CatalogueError(f"There is a model {name} already: give {file} another name.")
            try:
                checkpoints.build(*checkpoints.read(file), file.name)
                descriptor = models.from_checkpoint(file, name=name)
            except checkpoints.CheckpointError as error:
                raise CatalogueError(f"The model {name} cannot be added: {error}") from error
            added.append(replace(descriptor, summary=f"{descriptor.summary}, from {file.name}."))
        return cls(tuple(added))

    def names(self) -> tuple[str, ...]:
        """The project's, then the added ones in the order given."""
        return (*models.names(), *(model.name for model in self.added))

    def describe(self, name: str) -> ModelDescriptor:
        """As `models.describe`, for the added ones too."""
        for model in self.added:
            if model.name == name:
                return model
        try:
            return models.describe(name)
        except UnknownModel:
            raise UnknownModel(f"There is no model {name!r}; there are {', '.join(self.names())}.") from None


def _parse(written: str) -> tuple[str, Path]:
    name, equals, file = (part.strip() for part in written.partition("="))
    if not equals or not file or _NAME.fullmatch(name) is None:
        raise CatalogueError(
            f"{written!r} adds no model: write NAME=FILE.safetensors, the name of letters, digits, points and dashes."
        )
    return name, Path(file)
