"""What a rater's browser receives. Nothing here depends on a method: items differ in place, question and size."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cf_esrt.survey.asking import asked
from cf_esrt.survey.protocol import Display, Protocol
from cf_esrt.survey.session import RaterSession
from cf_esrt.survey.survey import Survey

AHEAD = 2
"""Items whose pictures a rater may fetch: the one whose turn it is and the next."""


def view(session: RaterSession) -> dict[str, Any]:
    """Where the rater stands, and the item at hand with the one after it."""
    return {
        **asdict(session.state()),
        "card": session.card_css(),
        "items": [asdict(item) for item in session.upcoming(AHEAD)],
    }


def study(survey: Survey) -> dict[str, Any]:
    """The protocol's words, the same for every rater."""
    protocol = survey.protocol
    return {
        "title": protocol.title,
        "instructions": protocol.instructions.strip(),
        "consent": protocol.consent.strip(),
        "background": [question.model_dump(mode="json") for question in protocol.background],
        "viewing": list(protocol.viewing),
        "questions": [
            {"kind": question.kind, "text": question.text, "across": question.across} for question in protocol.questions
        ],
        "counted": _counted(protocol),
        "training": len(protocol.training),
        "qualification": len(protocol.qualifying()),
        "asked": {question.kind: [asdict(one) for one in asked(protocol, question)] for question in protocol.questions},
        "display": (protocol.display or Display()).model_dump(mode="json"),
        "back": protocol.recruiting.back if protocol.recruiting else None,
        "unqualified": protocol.recruiting.unqualified if protocol.recruiting else None,
        "undo": protocol.undo,
        "largest": list(survey.largest),
    }


def _counted(protocol: Protocol) -> dict[str, int]:
    """Items of each pass, training and qualification left out."""
    before = [len(protocol.training) + (0 if place else len(protocol.qualifying()))
              for place in range(len(protocol.questions))]  # fmt: skip
    return {
        question.kind: protocol.items(question.kind) - first
        for question, first in zip(protocol.questions, before, strict=True)
    }
