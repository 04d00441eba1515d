"""A study's folder: what lies where in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cf_esrt.survey import protocol_file
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.protocol import Protocol


@dataclass(frozen=True)
class Folder:
    """The paths of a study. Only ``protocol.yaml`` is written by people; all but the stimuli is private."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> Folder:
        """The folder of a study that is there; StudyError where there is none."""
        folder = cls(path)
        if not folder.protocol.is_file():
            raise StudyError(f"{path} is no study: it holds no protocol.yaml (make one with 'survey new').")
        return folder

    @property
    def protocol(self) -> Path:
        return self.path / "protocol.yaml"

    @property
    def stimuli(self) -> Path:
        """The pictures, under names that tell nothing."""
        return self.path / "stimuli"

    @property
    def manifest(self) -> Path:
        """Which picture is which: never served."""
        return self.path / "manifest.json"

    @property
    def database(self) -> Path:
        """The embedded store, where no other database is named."""
        return self.path / "survey.sqlite"

    @property
    def log(self) -> Path:
        """All that happened, a line each, in a folder of its own so that it can be backed up elsewhere."""
        return self.path / "log" / "events.jsonl"

    @property
    def registration(self) -> Path:
        """What was registered: to be given out; its ``sha256sum`` is the registered hash."""
        return self.path / "registration.json"

    @property
    def report(self) -> Path:
        return self.path / "report"

    def read(self, *, opened: bool = False) -> Protocol:
        """The protocol as the file has it now; ``opened`` as `protocol_file.read` has it."""
        return protocol_file.read(self.protocol, opened=opened)
