"""Provenance to JSON and back: one file for all results of one export."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from cf_esrt.provenance import record
from cf_esrt.provenance.errors import ProvenanceError
from cf_esrt.provenance.record import Provenance

FORMAT = "cf-esrt-provenance-1"
MAX_BYTES = 10_000_000
"""More than thousands of results need."""

_LATER = frozenset({"engine", "degradation"})
"""Fields that records of earlier versions do not have; their classes have a value for them."""

_OLD_DEGRADATIONS = {"clean": "bicubic", "camera": "camera"}
"""What version 0.1 called them, in a field ``family``."""

_Record = TypeVar("_Record")


def to_json(records: Sequence[Provenance]) -> str:
    """``{"format": …, "results": […]}`` in the order given; equal records give equal text."""
    results = [dataclasses.asdict(entry) for entry in records]
    text = json.dumps({"format": FORMAT, "results": results}, indent=2, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def from_json(text: str | bytes) -> tuple[Provenance, ...]:
    """What `to_json` wrote, checked. Raises ProvenanceError, with one sentence, for anything else."""
    if len(text) > MAX_BYTES:
        raise ProvenanceError(f"The record is larger than {MAX_BYTES / 1e6:g} MB.")
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # also bytes that are no UTF-8
        raise ProvenanceError("The record is no JSON file.") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ProvenanceError(f"The file is no record of this project: it does not say {FORMAT!r}.")
    results = value.get("results")
    if not isinstance(results, list) or not results:
        raise ProvenanceError("The record holds no result.")
    try:
        return tuple(_read(Provenance, result, f"result {number}") for number, result in enumerate(results, 1))
    except OverflowError as error:  # JSON's whole numbers have any length
        raise ProvenanceError("The record holds a number that is too large.") from error


def _no_constant(name: str) -> float:
    raise ValueError(name)


@cache
def _types(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind, dict(vars(record)))


def _read(kind: type[_Record], value: object, place: str) -> _Record:
    """A dataclass from an object that has exactly its fields."""
    names = [entry.name for entry in dataclasses.fields(kind)]  # type: ignore[arg-type]
    if isinstance(value, dict) and "degradation" in names and isinstance(value.get("family"), str):
        value = dict(value)
        value["degradation"] = _OLD_DEGRADATIONS.get(value.pop("family"))  # None is refused below
    if not isinstance(value, dict) or set(value) | _LATER & set(names) != set(names):
        raise ProvenanceError(f"The record's {place} needs exactly the fields {', '.join(names)}.")
    return kind(**{name: _field(_types(kind)[name], each, f"{place}, {name}") for name, each in value.items()})


def _field(wanted: Any, value: Any, place: str) -> Any:
    """The value, where it is of the wanted kind; a class of this package is read from its object."""
    if isinstance(wanted, types.UnionType):
        if value is None and types.NoneType in wanted.__args__:
            return None
        (wanted,) = (kind for kind in wanted.__args__ if kind is not types.NoneType)
    if isinstance(wanted, type) and wanted.__module__ == record.__name__:
        return _read(wanted, value, place)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)  # 1 and 1.0 are one number in JSON
    if typing.get_origin(wanted) is typing.Literal:
        fits = isinstance(value, str) and value in typing.get_args(wanted)
    elif typing.get_origin(wanted) is Mapping:
        every = typing.get_args(wanted)[1]
        fits = isinstance(value, dict) and all(every is object or isinstance(entry, every) for entry in value.values())
    else:
        fits = isinstance(value, wanted) and not isinstance(value, bool)
    if not fits:
        raise ProvenanceError(f"The record's {place} holds a value of another kind than is kept there.")
    return value
