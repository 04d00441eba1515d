"""A protocol from YAML; every problem is reported as ``FILE:LINE: sentence``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cf_esrt.survey.contradictions import Place, contradictions
from cf_esrt.survey.errors import StudyError, SurveyError
from cf_esrt.survey.protocol import FEWEST_IMAGES, Protocol
from cf_esrt.survey.words import Words, checked

MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where."""

    line: int
    """From 1."""
    sentence: str


class ProtocolError(SurveyError):
    """The protocol cannot be used; the message has a line ``FILE:LINE: sentence`` for each problem."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(f"{file}:{problem.line}: {problem.sentence}" for problem in self.problems))


def read(file: Path, *, opened: bool = False) -> Protocol:
    """The protocol in a YAML file; ProtocolError with all of its problems where it cannot be used. ``opened``: of a
    study that was opened, and checked then; what came to be asked later is not asked of it.
    """
    node = _compose(file)
    repeated = list(_repeated_keys(node))
    if repeated:
        raise ProtocolError(file, repeated)
    try:
        given = _plain(node)
        if isinstance(given.get("words"), str):
            given["words"] = _words(file.parent / given["words"], whole=not opened)
        protocol = Protocol.model_validate(given)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProtocolError(file, [Problem(line, f"This is not plain YAML: {error.problem}.")]) from error
    except ValidationError as error:
        errors = [detail for detail in error.errors() if not _follows(detail)]
        found = [Problem(_line(node, detail["loc"]), _sentence(detail)) for detail in errors]
        raise ProtocolError(file, list(dict.fromkeys(found))) from error
    found = [Problem(_line(node, place), sentence) for place, sentence in contradictions(protocol)]
    if found and not opened:
        raise ProtocolError(file, found)
    return protocol


def _words(file: Path, *, whole: bool) -> Words:
    """Another language's page, from a file beside the protocol; StudyError where it cannot be used."""
    try:
        return checked(yaml.safe_load(file.read_text("utf-8")), file.name, whole=whole)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StudyError(f"The words {file} cannot be read.") from error


def _compose(file: Path) -> yaml.MappingNode:
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "the system gave no reason").lower()
        raise SurveyError(f"The protocol {file} cannot be read: {reason}.") from error
    if len(data) > MOST_BYTES:
        raise SurveyError(f"The protocol {file} is longer than a protocol can be: {len(data):,} bytes.")
    try:
        node = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ProtocolError(file, [Problem(line, "This line is not UTF-8 text.")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ProtocolError(file, [Problem(line, f"This is not YAML: {error.problem}.")]) from error
    except yaml.YAMLError as error:
        raise ProtocolError(file, [Problem(1, f"This is not YAML: {' '.join(str(error).split())}.")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise ProtocolError(file, [Problem(1, "A protocol is a list of settings, as in 'title: My study'.")])
    return node


def _plain(node: yaml.Node) -> Any:
    """The node's value; what YAML would make a date of stays text."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    if node.tag.endswith(":timestamp"):
        return node.value
    try:
        return yaml.SafeLoader("").construct_object(node)
    except ValueError as error:
        raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from error


def _repeated_keys(node: yaml.Node) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield Problem(key.start_mark.line + 1, "The name of a setting is a word.")
            elif key.value in seen:
                yield Problem(key.start_mark.line + 1, f"{key.value!r} is set twice.")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value)


def _line(node: yaml.Node, place: Place) -> int:
    """The line of the deepest part of ``place`` that is written in the file."""
    line = node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


_TYPES = {
    "string_type": "a text (in quotes, where it looks like a number)",
    "int_type": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a text or a group of settings",
    "model_attributes_type": "a text or a group of settings",
    "dict_type": "a group of settings",
}


def _follows(detail: ErrorDetails) -> bool:
    """Whether a list is too short only because an entry of it, which is reported separately, does not fit."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {}).get("min_length", 0)


def _sentence(detail: ErrorDetails) -> str:
    words = [step for step in detail["loc"] if isinstance(step, str)]
    name, context, kind = (words[-1] if words else "The protocol"), detail.get("ctx", {}), detail["type"]
    if kind == "missing":
        return f"{name!r} is missing."
    if kind == "extra_forbidden":
        return f"{name!r} is no setting here."
    if kind in _TYPES and detail["loc"] and isinstance(detail["loc"][-1], int):
        return f"An entry of {name!r} has to be {_TYPES[kind]}."
    if kind in _TYPES:
        return f"{name!r} has to be {_TYPES[kind]}."
    if kind == "literal_error":
        return f"{name!r} has to be {context['expected']}, not {detail['input']!r}."
    if kind in ("greater_than_equal", "less_than_equal"):
        side, limit = ("at least", context.get("ge")) if kind[0] == "g" else ("at most", context.get("le"))
        return f"{name!r} has to be {side} {limit:g}."
    if kind == "string_too_short":
        return f"{name!r} is empty."
    if kind == "string_pattern_mismatch":
        return f"{name!r} is a name of 1 to 64 characters without '/', '\\' and '=', not {detail['input']!r}."
    if kind in ("too_short", "too_long"):
        if name == "images":
            return f"There are {context['actual_length']} images, and an order needs at least {FEWEST_IMAGES}."
        side = "at least" if kind == "too_short" else "at most"
        limit = context["min_length" if kind == "too_short" else "max_length"]
        return f"{name!r} has {context['actual_length']} entries and needs {side} {limit}."
    return f"{name!r} does not fit: {detail['msg']}."
