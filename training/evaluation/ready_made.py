"""Pictures that another system made, read from a folder: a row of a table or figure beside the models' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.images import SUFFIXES, UnreadableImage, header_size, read_image


class ReadyMadeError(ValueError):
    """A folder of ready-made results lacks a picture or holds a wrong one; one sentence says which."""


@dataclass(frozen=True)
class ReadyMade:
    """One picture for each photograph, under the photograph's name without its suffix; losslessly stored ones alone
    are scored as their system made them."""

    label: str
    folder: Path

    def of_set(self, name: str) -> ReadyMade | None:
        """Where the folder has one for each set and protocol, as `training.evaluation.inputs` names them, that of
        ``name``; None where it has others alone."""
        if (self.folder / name).is_dir():
            return ReadyMade(self.label, self.folder / name)
        folders = [path for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return None if folders else self

    def path(self, stem: str) -> Path:
        """The picture of a photograph. ReadyMadeError where there is none, or more than one."""
        named = (path for path in self.folder.iterdir() if path.stem == stem)
        found = [path for path in named if path.suffix.lower() in SUFFIXES]
        if len(found) != 1:
            there = f"{len(found) or 'no'} picture{'s' if len(found) > 1 else ''}"
            raise ReadyMadeError(f"{self.label}: {self.folder} holds {there} named {stem}; there has to be one.")
        return found[0]

    def picture(self, stem: str, shape: tuple[int, ...]) -> np.ndarray:
        """RGB uint8 of the photograph's ground truth's height and width (``shape``)."""
        path = self.path(stem)
        try:
            picture = read_image(path)
        except UnreadableImage as error:
            raise ReadyMadeError(f"{self.label}: {path} cannot be used: {error}.") from error
        self._check(path, picture.shape[:2], shape[:2])
        return picture

    def check(self, files: Sequence[Path], side: int | None = None) -> None:
        """Whether a picture is there for each photograph and, where all are ``side`` pixels wide and high, as large as
        that by its header; what it holds is read when its turn comes. ReadyMadeError for the first that is not.
        """
        for file in files:
            path = self.path(file.stem)
            size = header_size(path)
            if size is None:
                raise ReadyMadeError(f"{self.label}: {path} cannot be used: it is damaged or no picture.")
            if side is not None:
                self._check(path, size, (side, side))

    def _check(self, path: Path, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        if found != wanted:
            raise ReadyMadeError(
                f"{self.label}: {path} is {found[1]} × {found[0]} pixels, where its ground truth is "
                f"{wanted[1]} × {wanted[0]}."
            )
