"""Sessions: what a closed one leaves behind is cancelled."""

from __future__ import annotations

from cf_esrt.interface.common.sessions import Sessions


def test_closing_a_session_cancels_its_own_calls_only() -> None:
    sessions = Sessions()
    with sessions.cancel("a") as one, sessions.cancel("a") as two, sessions.cancel("b") as other:
        sessions.closed("a")
        assert (one.is_set(), two.is_set(), other.is_set()) == (True, True, False)
    sessions.closed("a")
