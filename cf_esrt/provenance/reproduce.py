"""Reproduce a result from its provenance and the photograph."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from cf_esrt import fidelity
from cf_esrt.engine import AGREEMENT_DB, REFINED_AGREEMENT_DB
from cf_esrt.fidelity.consistency import decibels
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust import Belief, Unknown
from cf_esrt.pixels import enlarge_bicubic
from cf_esrt.provenance.archive import file_names
from cf_esrt.provenance.belief import believed
from cf_esrt.provenance.png import result_png
from cf_esrt.provenance.record import Box, ImageDigest, Provenance, Setting

if TYPE_CHECKING:
    from cf_esrt.enhance import Enhancer, Reconstruction

Load = Callable[[Setting], "Enhancer"]
Usual = Callable[[Setting], "Enhancer | None"]
Digest = Callable[[str], "str | None"]
"""From a model's name to the digest of its checkpoint here (None: it has none); may raise ValueError."""


@dataclass(frozen=True)
class Reproduction:
    """One reproduced result."""

    name: str
    """Name for a file."""
    png: bytes
    """As `png.result_png` labels this run's own provenance: what the record says is never merely copied."""
    differences: tuple[str, ...]
    """One sentence for each thing that differs from the record; empty where all bytes are the same."""
    note: str = ""
    """Where the record's engine is not what runs networks here by default: how far apart their results are."""


def check(records: Sequence[Provenance], photograph: np.ndarray, digest: Digest) -> tuple[str, ...]:
    """One sentence for each mismatch that prevents reproduction: another photograph, other weights.

    ``photograph`` is RGB uint8 ``H×W×3`` as `photo.read` gives it.
    """
    here = ImageDigest.of(photograph)
    found = []
    for whole in dict.fromkeys(record.photograph for record in records):
        if whole != here:
            found.append(
                f"The photograph is not the one of the record: its pixels have the SHA-256 {here.sha256[:12]}…, "
                f"there {whole.sha256[:12]}…."
            )
    for model, wanted in dict.fromkeys((one.setting.model, one.setting.checkpoint_sha256) for one in records):
        try:
            has = digest(model)
        except (ValueError, RuntimeError, OSError) as error:
            found.append(" ".join(str(error).split()))
            continue
        if has != wanted:
            found.append(
                f"The checkpoint of {model} is not the one of the record: its weights have the SHA-256 "
                f"{_short(has)}, there {_short(wanted)}."
            )
    return tuple(found)


def reproduce(
    records: Sequence[Provenance], photograph: np.ndarray, load: Load, usual: Usual | None = None
) -> Iterator[Reproduction]:
    """Reproduce every result of the records, in order; call `check` first.

    ``load`` gives an `Enhancer` for a setting, by another engine where the record's is not here. ``usual`` gives the
    one that runs the setting's model here where nobody asks for an engine, or None where that is the record's; where
    it is another one, both are run, and `Reproduction.note` says how far apart the results are. Each network is run
    once a crop by each engine. What the `Enhancer` raises passes.
    """
    bicubics: dict[Box, np.ndarray] = {}
    last: tuple[tuple[object, ...], Reconstruction, Reconstruction | None] | None = None
    for name, record in zip(file_names(records), records, strict=True):
        setting = record.setting
        crop = record.box.crop_from(photograph)
        key = (record.box, setting.model, setting.tile, setting.device, setting.precision, setting.engine)
        if last is None or last[0] != key:
            stages = load(setting).reconstruct(crop)
            other = None if usual is None or not _as_recorded(setting, stages) else usual(setting)
            last = key, stages, None if other is None else other.reconstruct(crop)
        _, stages, compared = last
        note = ""
        result = _finish(stages, setting, crop)
        if compared is not None and not _as_recorded(setting, compared):
            note = _distance(setting, compared, result, _finish(compared, setting, crop))
        if stages.engine is not None:
            setting = replace(setting, engine=stages.engine, precision=stages.precision or setting.precision)
        if record.box not in bicubics:
            bicubics = {record.box: enlarge_bicubic(crop)}
        measured = InputMeasures(crop)
        # records of earlier versions say nothing of it, and their files neither
        belief = believed(setting, result, crop, measured=measured) if "trust" in record.fidelity else None
        notices = measured.notices(setting.degradation)
        report = fidelity.assess(result, crop, bicubics[record.box], known=notices)
        fresh = Provenance.of(
            setting,
            photograph=ImageDigest.of(photograph),
            box=record.box,
            crop=crop,
            result=result,
            report=report,
            belief=belief,
            level=_level(record, belief),
        )
        yield Reproduction(name, result_png(result, fresh), differences(record, fresh), note)


def _level(record: Provenance, belief: Belief | Unknown | None) -> float | None:
    """Grey levels that the record's label promises; None where they are none that can be promised here."""
    trust = record.fidelity.get("trust")
    level = trust.get("level") if isinstance(trust, Mapping) else None
    return level if isinstance(belief, Belief) and level in belief.levels() else None


def _as_recorded(setting: Setting, stages: Reconstruction) -> bool:
    return (stages.engine, stages.precision) == (setting.engine, setting.precision)


def _finish(stages: Reconstruction, setting: Setting, crop: np.ndarray) -> np.ndarray:
    """The result of a network's stages: blended, and back-projected where the record was."""
    result = stages.blend(1.0 if setting.detail is None else setting.detail)
    if setting.back_projection is None:
        return result
    step = setting.back_projection
    return fidelity.back_project(result, crop, iterations=step.iterations, target=step.target_db)


def _distance(setting: Setting, other: Reconstruction, result: np.ndarray, others: np.ndarray) -> str:
    """One sentence on the results (RGB uint8, of one size) of the record's engine and of another one."""
    distance = decibels(result.astype(np.int16) - others)
    apart = "the same pixels" if distance == math.inf else f"a result {distance:.1f} dB from it (PSNR)"
    return (
        f"The record of {setting.title} was made by {setting.engine} in {setting.precision}, as was this result; "
        f"{other.engine} in {other.precision}, which runs networks here by default, gives {apart}."
    )


def differences(record: Provenance, fresh: Provenance) -> tuple[str, ...]:
    """What differs; library versions are reported only where the pixels differ."""
    title = record.setting.title
    found = []
    there, here = record.setting, fresh.setting
    elsewhere = (there.engine, there.precision) != (here.engine, here.precision)
    if elsewhere:
        agreement = AGREEMENT_DB if there.detail is None else REFINED_AGREEMENT_DB
        found.append(
            f"The record of {title} was made by {there.engine} in {there.precision}, which is not to be had here, this "
            f"result by {here.engine} in {here.precision}: how far apart they are cannot be measured here; such "
            f"results agree to {agreement} dB or more."
        )
    elif fresh.result != record.result:
        others = ", ".join(
            f"{name} {record.libraries.get(name, 'unknown')} there and {version} here"
            for name, version in fresh.libraries.items()
            if record.libraries.get(name) != version
        )
        reason = others or "another processor or number of threads can be the reason"
        found.append(f"The pixels of {title} are not the record's ({reason}).")
    if fresh.version != record.version:
        found.append(f"The record of {title} was made by CF-ESRT {record.version}, this is {fresh.version}.")
    reported = {"result", "version", "libraries"}
    if elsewhere:
        reported |= {"setting", "fidelity"}
    for field in fields(Provenance):
        if field.name not in reported and getattr(record, field.name) != getattr(fresh, field.name):
            found.append(f"What the record of {title} says under {field.name!r} is not what this run found.")
    return tuple(found)


def _short(digest: str | None) -> str:
    return "none" if digest is None else f"{digest[:12]}…"
