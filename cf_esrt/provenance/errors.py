"""What can be wrong with a record that is read back."""

from __future__ import annotations


class ProvenanceError(ValueError):
    """The record cannot be used; one sentence says why."""
