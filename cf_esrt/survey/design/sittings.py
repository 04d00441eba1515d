"""The order of a diagnosis: sittings in which no patient comes twice."""

from __future__ import annotations

from cf_esrt.survey.design.chance import Chance
from cf_esrt.survey.protocol import Protocol


def sittings(protocol: Protocol, chance: Chance, key: str, rater: int) -> list[tuple[str, str, int]]:
    """Image, method and sitting (from 1) at every place. Rounds of all images, by another method in each round, over as
    many raters as methods by each method in each. A round is one sitting, or several where a patient has several
    pictures; who begins with which is turned from rater to rater.
    """
    methods = Chance(key, "diagnosis", "methods").shuffled([method.name for method in protocol.methods])
    groups = _groups(protocol, key)
    order: list[tuple[str, str, int]] = []
    for sitting in range(protocol.sitting_count):
        turn, place = divmod(sitting, len(groups))
        images = groups[(place + rater // len(methods)) % len(groups)]
        for index in chance.shuffled(range(len(images)), "sitting", sitting):
            order.append((images[index], methods[(index + turn + rater) % len(methods)], sitting + 1))
    return order


def _groups(protocol: Protocol, key: str) -> list[list[str]]:
    """The images of the sittings of one round: no patient twice in one, and as many in each, or one more."""
    patients: dict[str, list[str]] = {}
    for image in Chance(key, "diagnosis", "images").shuffled(protocol.images):
        patients.setdefault(image.whose, []).append(image.name)
    groups: list[list[str]] = [[] for _ in range(protocol.sitting_count // len(protocol.methods))]
    for own in sorted(patients.values(), key=len, reverse=True):
        for group, name in zip(sorted(groups, key=len), own, strict=False):
            group.append(name)
    return groups
