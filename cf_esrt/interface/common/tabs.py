"""Session states by a secret key of their browser tab: a reloaded tab finds its state, a request of its own its
session."""

from __future__ import annotations

import secrets
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

StateT = TypeVar("StateT")


class Tabs(Generic[StateT]):
    """Gradio opens a new session at each reload; the tab keeps a key to the previous one."""

    def __init__(self) -> None:
        self._states: WeakValueDictionary[str, StateT] = WeakValueDictionary()

    def key(self, state: StateT) -> str:
        """A new key of 192 random bits for a state; earlier keys stay valid."""
        key = secrets.token_urlsafe(24)
        self._states[key] = state
        return key

    def find(self, key: str) -> StateT | None:
        """The state of a key, or None."""
        return self._states.get(key)

    def take(self, key: object) -> StateT | None:
        """The state of a key, or None; a key works once."""
        return self._states.pop(key, None) if isinstance(key, str) else None
