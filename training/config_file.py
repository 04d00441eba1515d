"""Recipes as YAML files: read once, checked, and changed from the command line; what is wrong is said in a sentence."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from training.config import Config, ConfigError, Data, Losses, Network, Phase

_ADAPTER = TypeAdapter(Config)
_SECTIONS = {"network": Network, "data": Data, "phases": Phase, "losses": Losses}


def read(path: Path, changes: Sequence[str] = (), phases: Sequence[str] = ()) -> Config:
    """The recipe in a YAML file; ConfigError in one sentence where it is not one.

    ``base: FILE`` (relative to the file that says so) names a recipe whose settings hold where this file has none:
    mappings are merged, everything else is replaced. ``changes`` are settings that replace the file's, written
    ``phases.perceptual.losses.perceptual=0.04``: members of a list by their name or place from 0, the value in
    YAML. With ``phases`` the recipe has these of its phases alone, in this order.
    """
    document = _document(path, ())
    for change in changes:
        _change(document, change)
    config = _validated(document)
    if not config.phases:
        raise ConfigError("The recipe has no phases: list at least one.")
    names = [phase.name for phase in config.phases]
    for name in (*names, *phases):
        if names.count(name) != 1:
            found = "no phase" if name not in names else "two phases"
            raise ConfigError(f"The recipe has {found} of the name {name}: it has {', '.join(names)}.")
    for phase in config.phases:
        _check(phase, config.network.name)
    chosen = phases or names
    return dataclasses.replace(config, phases=tuple(config.phases[names.index(name)] for name in chosen))


def resolved(config: Config) -> dict[str, Any]:
    """Every setting as plain values, those of the base and the defaults too: as YAML, the same recipe again."""
    return _ADAPTER.dump_python(config, mode="json")


def write(config: Config, path: Path) -> None:
    """The resolved recipe as a YAML file."""
    path.write_text(yaml.safe_dump(resolved(config), sort_keys=False, allow_unicode=True), "utf-8")


def _change(document: Any, change: str) -> None:
    """Carry out one change in place."""
    name, equals, text = change.partition("=")
    *parents, last = name.split(".")
    try:
        value = yaml.safe_load(text)
        for parent in parents:
            key = _key(document, parent)
            document = document[key] if isinstance(document, list) else document.setdefault(key, {})
        document[_key(document, last)] = value
    except (yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError):
        equals = ""
    if not equals:
        raise ConfigError(f"The change {change!r} cannot be made: write a setting that is there, as in seed=1.")


def _key(container: Any, written: str) -> Any:
    """The key of a mapping, or the place in a list of a name or number."""
    if not isinstance(container, list):
        return written
    names = [item.get("name") if isinstance(item, dict) else None for item in container]
    return names.index(written) if written in names else int(written)


def _document(path: Path, seen: tuple[Path, ...]) -> Any:
    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
        document = json.loads(json.dumps(loaded, default=str))  # what YAML's anchors share is copied
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"The recipe {path} cannot be read: {reason}.") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ConfigError(f"The recipe {path} is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(document, dict) or "base" not in document:
        return document
    base = path.parent / str(document.pop("base"))
    if base.resolve() in seen:
        raise ConfigError(f"The recipe {path} is, through its base {base.name}, its own base.")
    return _merge(_document(base, (*seen, path.resolve())), document)


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: _merge(base.get(key), value) for key, value in over.items()}


def _check(phase: Phase, network: str) -> None:
    if phase.crop % 4 or phase.crop < 16 or phase.batch < 1 or phase.steps < 1:
        raise ConfigError(f"Phase {phase.name}: crop must be a multiple of 4 from 16 up, batch and steps at least 1.")
    low, high = phase.zoom
    if not 0 < low <= high <= 1:
        raise ConfigError(f"Phase {phase.name}: zoom must be two factors in order, above 0 and up to 1.")
    if not 0 <= phase.whole <= 1 or (phase.crop > 256 and phase.whole > 0):
        raise ConfigError(f"Phase {phase.name}: whole is a share from 0 to 1, for crops up to 256 pixels.")
    if not 0 < phase.opening <= 1:
        raise ConfigError(f"Phase {phase.name}: opening must be above 0 and up to 1.")
    asked = [name for name in ("border", "colour", "lattice") if getattr(phase.losses, name) > 0]
    asked += ["opening"] if phase.opening < 1 else []
    if network != "cf-esrt" and asked:
        raise ConfigError(f"Phase {phase.name}: {asked[0]} is about a refinement, and {network} has none.")
    if phase.losses.lpips > 0 and phase.crop < 64:
        raise ConfigError(f"Phase {phase.name}: LPIPS leaves a crop's edges out and needs crops of 64 pixels or more.")
    if phase.losses.border > 0 and phase.crop < 84:
        raise ConfigError(f"Phase {phase.name}: the border loss needs surroundings, and so crops of 84 pixels or more.")
    if phase.losses.adversarial > 0 and phase.crop % 16:
        raise ConfigError(f"Phase {phase.name}: with the adversarial loss, crop must be a multiple of 16.")


def _validated(document: Any) -> Config:
    try:
        # Of JSON pydantic takes lists as tuples and strings as paths, and is strict about everything else.
        return _ADAPTER.validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        raise ConfigError(_sentence(error.errors()[0])) from error


def _sentence(error: Any) -> str:
    """What is wrong with which setting, of pydantic's description."""
    kind, place, value = error["type"], error["loc"], error["input"]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    if kind == "missing":
        return f"Setting {where} is missing."
    if kind == "unexpected_keyword_argument":
        section = next((_SECTIONS[part] for part in reversed(place[:-1]) if part in _SECTIONS), Config)
        return f"Unknown setting {where}: known are {', '.join(f.name for f in dataclasses.fields(section))}."
    if kind == "dataclass_type":
        return f"{where or 'The recipe'} must be a mapping of settings."
    if kind == "tuple_type":
        return f"{where} must be a list."
    if kind == "too_long":
        return f"{where} must be a list of {error['ctx']['max_length']}."
    if kind == "literal_error":
        expected = error["ctx"]["expected"].replace("'", "")
        return f"{where} is {value!r}: it must be one of {expected}."
    return f"{where} is {value!r}: it must be of type {kind.split('_')[0]}."
