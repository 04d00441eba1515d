"""What the command line does: the photograph's walk, ``photo.read`` → ``Enhancer`` → ``photo.save``."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from cf_esrt import photo, terminal
from cf_esrt.inputs import Job, identity, plan
from cf_esrt.sentences import CommandError, reason, sentence

if TYPE_CHECKING:
    import numpy as np

    from cf_esrt.enhance import Enhancer
    from cf_esrt.fidelity.trust import Belief, Unknown
    from cf_esrt.models import ModelDescriptor

__all__ = ["CommandError", "enhance", "info", "labelled_png", "prepare_folder", "run_by"]


def enhance(
    inputs: Sequence[Path],
    output: Path,
    *,
    model: str,
    detail: float | None,
    device: str,
    tile: int | None,
    engine: str = "auto",
    self_ensemble: bool = False,
    trust_mask: float | None = None,
) -> int:
    """Write a result for every input; gives the number of inputs that failed or were left out of a folder, each with
    one line on stderr. What the page would say of a photograph or a result is a line there too (``note:``).

    ``detail`` None is the model's opening setting. ``trust_mask`` writes a mask beside each result, of where it may be
    believed to that many grey levels (`fidelity.trust`), and says on stderr what it promises. Raises CommandError,
    before any photograph is read, where the model, its detail or the output folder cannot be used.
    """
    enhancer = _load(model, detail, device, tile=tile, engine=engine, self_ensemble=self_ensemble)
    detail = enhancer.descriptor.opening_detail if detail is None else detail
    prepare_folder(output)
    # header readers have remarks of their own on stderr; here each bad input has exactly one line there
    warnings.filterwarnings("ignore", module="PIL")
    jobs, found = plan(inputs, output)
    masks = {} if trust_mask is None else _mask_files(jobs)
    for line in (*found.failures, *found.notes):
        terminal.complain(line)
    failed = len(found.failures)
    # disable=None: no bars where stderr is a file or a pipe, so there it holds nothing but the bad inputs
    for job in tqdm(jobs, desc="photographs", unit="file", disable=None):
        try:
            mask = None if trust_mask is None else (masks[job], trust_mask)
            remarks = _enhance_one(enhancer, job, detail, mask)
        except (ValueError, RuntimeError, OSError, MemoryError) as error:
            terminal.complain(f"{job.source}: {sentence(error)}")
            failed += 1
        else:
            terminal.tell(f"{job.source} -> {job.target}")
            for remark in remarks:
                terminal.complain(f"{job.source}: note: {remark}")
    return failed


def info(*, as_json: bool) -> int:
    """Write the list of models to stdout.

    Gives the number of models whose checkpoint cannot be read, each with one line on stderr.
    """
    from cf_esrt import models

    found, failed = [], 0
    for name in models.names():
        try:
            found.append(_description(models.describe(name)))
        except (ValueError, RuntimeError, OSError) as error:
            terminal.complain(f"{name}: {sentence(error)}")
            failed += 1
    if as_json:
        terminal.tell_json(found)
    else:
        for line in "\n\n".join(_card(model) for model in found).splitlines():
            terminal.tell(line)
    return failed


def _load(model: str, detail: float | None, device: str, **how: Any) -> Enhancer:
    from cf_esrt import models

    try:
        found = models.find(model)  # a wrong name is reported before torch is imported
        if detail is not None and found.stage != "both":
            raise ValueError(f"{found.title} has one picture only: leave --detail out.")
        from cf_esrt.enhance import Enhancer

        return Enhancer.load(model, device, **how)
    except (ValueError, RuntimeError, OSError) as error:
        raise CommandError(sentence(error)) from error


def prepare_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise CommandError(f"{output} is a file, not a folder.") from error
    except OSError as error:
        raise CommandError(f"The folder {output} could not be made: {reason(error)}.") from error
    if not os.access(output, os.W_OK | os.X_OK):
        raise CommandError(f"The folder {output} cannot be written to.")


def _mask_files(jobs: Sequence[Job]) -> dict[Job, Path]:
    """Names beside the results that are neither another result's nor a photograph's."""
    taken = {job.target.name.casefold() for job in jobs}
    originals = {identity(job.source) for job in jobs}
    found = {}
    for job in jobs:
        name, number = f"{job.target.stem}-believe.png", 1
        while name.casefold() in taken or identity(job.target.with_name(name)) in originals - {None}:
            number += 1
            name = f"{job.target.stem}-believe-{number}.png"
        taken.add(name.casefold())
        found[job] = job.target.with_name(name)
    return found


def _enhance_one(enhancer: Enhancer, job: Job, detail: float, mask: tuple[Path, float] | None = None) -> list[str]:
    """Write one result, and with ``mask`` where to believe it to that level; gives the remarks on it."""
    from cf_esrt import remarks
    from cf_esrt.fidelity.measured import InputMeasures

    opened = photo.read(job.source)
    pixels = opened.pixels
    measured = InputMeasures(pixels)
    with tqdm(desc=terminal.printable(job.source.name), unit="tile", leave=False, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        descriptor = enhancer.descriptor
        about = remarks.on_photograph(opened, descriptor.degradation, measured)
        if enhancer.in_bands and mask is None:
            consistency = _write_in_bands(enhancer, pixels, job.target, _labels(enhancer, detail), progress)
            return about + remarks.on_consistency(consistency, descriptor)
        result = enhancer(pixels, detail=detail, progress=progress)
    photo.save(job.target, labelled_png(result, enhancer, detail))
    about += remarks.on_result(result, pixels, descriptor)
    if mask is None:
        return about
    kind = remarks.suggested_degradation(measured, opened.metadata).degradation
    belief = enhancer.believe(result, pixels, detail=detail, degradation=kind, measured=measured)
    return [*about, _write_mask(enhancer, belief, detail, *mask)]


def _write_mask(enhancer: Enhancer, belief: Belief | Unknown, detail: float, file: Path, level: float) -> str:
    """Write where to believe a result, where that is known; gives the sentence on it."""
    from cf_esrt.fidelity.trust import Unknown, mask_picture, trust_text

    if isinstance(belief, Unknown):
        return belief.sentence
    level = level or belief.level
    mask = mask_picture(belief.mask(level))
    said = trust_text(belief, level)
    photo.save(file, photo.png_bytes(mask, text={**_labels(enhancer, detail), "Where to believe the result": said}))
    return f"{file.name}: {said}"


def _write_in_bands(
    enhancer: Enhancer, pixels: np.ndarray, target: Path, text: dict[str, str], progress: Callable[[int, int], None]
) -> float:
    """Write a result that is never whole in memory; gives its consistency in dB, each band measured by itself."""
    import numpy as np

    from cf_esrt.fidelity.consistency import residual

    height, width = pixels.shape[:2]
    squares = top = 0
    with photo.saving(target) as file, photo.PngStream(file, 4 * height, 4 * width, text) as png:
        for band in enhancer.bands(pixels, progress=progress):
            png.write(band)
            low = pixels[top : top + len(band) // 4]
            squares += int(np.sum(np.square(residual(band, low), dtype=np.int64)))
            top += len(low)
    return math.inf if squares == 0 else 10 * math.log10(255**2 * pixels.size / squares)


def labelled_png(result: np.ndarray, enhancer: Enhancer, detail: float) -> bytes:
    """The file of a result (RGB uint8 ``4H×4W×3``), which says how it was made."""
    return photo.png_bytes(result, text=_labels(enhancer, detail))


def _labels(enhancer: Enhancer, detail: float) -> dict[str, str]:
    descriptor = enhancer.descriptor
    return photo.labels(
        model=descriptor.name,
        sha256=descriptor.sha256,
        detail=detail if descriptor.stage == "both" else None,
        run=run_by(enhancer),
    )


def run_by(enhancer: Enhancer) -> str | None:
    """Engine and precision, in words; None for interpolation."""
    if enhancer.engine is None:
        return None
    mean = ", mean over eight flips and turns" if enhancer.self_ensemble else ""
    return f"{enhancer.engine}, {enhancer.precision}{mean}"


def _description(model: ModelDescriptor) -> dict[str, Any]:
    from cf_esrt.engine.choice import outlook
    from cf_esrt.engine.device import choose_device

    engine, precision = (None, None) if model.checkpoint is None else outlook(model, choose_device("auto"))
    return {
        "name": model.name,
        "title": model.title,
        "summary": model.summary,
        "scale": model.scale,
        "parameters": model.parameters,
        "licence": model.licence,
        "checkpoint": Path(model.checkpoint).name if model.checkpoint else None,  # a path would name the machine
        "sha256": model.sha256,
        "training_data": model.training_data,
        "history": dict(model.history),
        "tile": model.tile,
        "dtypes": list(model.dtypes),
        "engine": engine,  # what runs it here, if no other is asked for
        "precision": precision,
        "scores": dict(model.metrics),
    }


def _card(model: dict[str, Any]) -> str:
    lines = [f"{model['name']}: {model['title']}"]
    rest = {key: value for key, value in model.items() if key not in ("name", "title")}
    rest["history"] = {key: value for key, value in model["history"].items() if not isinstance(value, (dict, list))}
    return "\n".join(lines + [f"  {key.replace('_', ' '):<15}{_readable(value)}" for key, value in rest.items()])


def _readable(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{key} {_readable(entry)}" for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
