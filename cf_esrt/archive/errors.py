"""What stops an archive's run before or amid its work. Each message is one sentence for the user."""

from __future__ import annotations

from cf_esrt.sentences import CommandError


class ArchiveError(CommandError):
    """Nothing can start."""


class NoRoom(RuntimeError):
    """The target takes no more bytes: the run ends, and a later one goes on."""
