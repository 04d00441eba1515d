"""What is asked of an item: the options of its question, and what is asked after it, in the study's language."""

from __future__ import annotations

from dataclasses import dataclass

from cf_esrt.survey.protocol import Protocol, Question

CONFIDENCE = "confidence"
LEFT, RIGHT, ALIKE = 1, 2, 3
"""Answers to a pair."""
SYNTHETIC, PHOTOGRAPH = 1, 2
"""Answers to whether a picture is real."""


@dataclass(frozen=True)
class Asked:
    """One question on a picture; the answer is the number of an option, from 1."""

    name: str
    """Empty of the item's own question."""
    text: str
    options: tuple[str, ...]


def asked(protocol: Protocol, question: Question) -> tuple[Asked, ...]:
    """The question, then what is asked after it."""
    words = protocol.wording()
    found = [Asked("", question.text, options(protocol, question))]
    if question.asks_confidence:
        labels = tuple(words.page[f"confidence_{score}"] for score in range(1, 6))
        found.append(Asked(CONFIDENCE, words.page["confidence"], labels))
    found += [Asked(one.name, one.text, one.labels) for one in question.also or ()]
    return tuple(found)


def options(protocol: Protocol, question: Question) -> tuple[str, ...]:
    """What can be answered, in the order of the keys 1, 2, 3 …"""
    words = protocol.wording()
    if question.shows_two:
        sides = words.page["left"], words.page["right"]
        return (*sides, words.page["alike"]) if question.ties else sides
    if question.kind == "real":
        return words.page["synthetic"], words.page["photograph"]
    if question.kind == "diagnosis":
        return question.choices or ()
    return question.labels or words.labels
