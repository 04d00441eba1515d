"""All pictures of a study, made once, before the first vote."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol as Shape

import numpy as np
from PIL import Image as Pillow

from cf_esrt import fidelity, photo
from cf_esrt.pixels import SCALE
from cf_esrt.survey import design, manifest, pngs
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.manifest import Manifest, Stimulus
from cf_esrt.survey.protocol import ANCHOR, ORIGINAL, Image, Method, Protocol
from cf_esrt.survey.study import Folder

Progress = Callable[[int, int], None]


class Enhance(Shape):
    """What is needed of an `Enhancer`."""

    @property
    def engine(self) -> str | None: ...

    @property
    def precision(self) -> str | None: ...

    def __call__(self, image: np.ndarray, *, detail: float = 1.0) -> np.ndarray: ...


Load = Callable[[str, str, str], Enhance]
"""Of a model's name, a device and an engine."""


def prepare(
    folder: Folder,
    protocol: Protocol,
    *,
    device: str = "auto",
    engine: str = "auto",
    progress: Progress | None = None,
    load: Load | None = None,
    order_secret: str | None = None,
) -> Manifest:
    """Make every stimulus anew, under new random names, and the manifest; what was there before is replaced whole.

    What ran the networks, and in which precision, depends on the machine and is written down picture by picture.
    ``progress(done, all)`` is called after each picture. ``load(model, device, engine)`` gives what enhances (default:
    `Enhancer.load`). ``order_secret`` is `design.draw_secret`'s (default: drawn here). StudyError where an image or a
    method's picture cannot be had; SurveyError's other kinds and `Enhancer`'s errors pass through. Until it ends well
    the old stimuli stay.
    """
    images, methods = protocol.all_images(), protocol.all_methods()
    _check_models(methods)
    wanted = _wanted(protocol)
    sources = _sources(folder, protocol, images, methods, wanted)
    part = folder.path / f".stimuli-{secrets.token_hex(8)}"
    part.mkdir()
    try:
        done: list[Stimulus] = []
        for method in methods:
            shown = [image for image in images if (image.name, method.name) in wanted]
            enhance = None if method.model is None else (_load if load is None else load)(method.model, device, engine)
            for image, pixels, made_with in _pictures(folder, method, shown, sources, enhance):
                done.append(_store(part, image, method, pixels, made_with, enhance))
                if progress is not None:
                    progress(len(done), len(wanted))
        _make_alike(part, done)
        try:
            study = manifest.read(folder.manifest).study
        except StudyError:
            study = secrets.token_hex(16)
        secret = design.draw_secret(protocol) if order_secret is None else order_secret
        prepared = Manifest(study=study, protocol=protocol.sha256, stimuli=tuple(done), order_secret=secret)
        _replace(folder, part, prepared)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return prepared


def check(folder: Folder, protocol: Protocol) -> Manifest:
    """The manifest, after a look at every picture; StudyError where one is missing, changed or of another protocol."""
    found = manifest.read(folder.manifest)
    if found.protocol != protocol.sha256:
        raise StudyError("The protocol was edited after its stimuli were made; run 'survey prepare' again.")
    for one in found.stimuli:
        if not same(folder.stimuli / one.file, one):
            raise StudyError(f"The stimulus {one.file} is missing or not as it was made; run 'survey prepare' again.")
    return found


def same(path: Path, one: Stimulus) -> bool:
    """Whether a file still shows the picture that was made."""
    try:
        with Pillow.open(path) as picture:
            return manifest.pixels_digest(np.asarray(picture.convert("RGB"))) == one.pixels
    except (OSError, ValueError, SyntaxError):  # what Pillow raises on files that are damaged
        return False


def _wanted(protocol: Protocol) -> set[tuple[str, str]]:
    """(image, method) of every picture that is shown, references included."""
    wanted = {(image.name, method.name) for image in protocol.images for method in protocol.methods}
    wanted |= {(image.name, method.name) for image, method in protocol.other_items()}
    if any(question.shows_two for question in protocol.questions):  # a training item has another method beside it
        wanted |= {(item.image.name, method.name) for item in protocol.training for method in protocol.methods}
    if protocol.questions[0].as_pair:
        wanted |= {(item.image.name, ORIGINAL) for item in protocol.qualifying()}
    if any(question.shows_reference for question in protocol.questions):
        wanted |= {(image.name, ORIGINAL) for image in protocol.all_images()}
    return wanted


def _check_models(methods: tuple[Method, ...]) -> None:
    from cf_esrt import models  # torch: whoever only looks at a study does without

    for method in methods:
        if method.model is not None:
            stage = models.describe(method.model).stage  # UnknownModel tells the names
            if method.detail != 1 and stage != "both":
                raise StudyError(f"The model {method.model!r} has no detail setting; leave it out.")


def inputs(folder: Folder, protocol: Protocol, output: Path) -> list[Path]:
    """Write what the networks get, ``NAME.png`` for each image, for systems that run elsewhere. Their results, four
    times as wide and as high, come back as a method's folder. StudyError, with every image that cannot be had; nothing
    is written then.
    """
    images = protocol.all_images()
    sources = _sources(folder, protocol, images, (), set())
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for image in images:
        path = output / f"{image.name}.png"
        Pillow.fromarray(sources[image.name].low).save(path)
        written.append(path)
    return written


def _sources(
    folder: Folder,
    protocol: Protocol,
    images: tuple[Image, ...],
    methods: tuple[Method, ...],
    wanted: set[tuple[str, str]],
) -> dict[str, _Source]:
    """Every photograph, and a look at every ready-made picture, before any network runs; StudyError with all faults."""
    found: dict[str, _Source] = {}
    faults: list[str] = []
    for image in images:
        try:
            found[image.name] = _source(folder, protocol, image)
        except StudyError as error:
            faults.append(str(error))
    for method in methods:
        for image in images:
            if method.folder is None or image.name not in found or (image.name, method.name) not in wanted:
                continue
            try:
                _fitting(_ready_made(folder.path / method.folder, image), found[image.name].shape)
            except StudyError as error:
                faults.append(str(error))
    if faults:
        raise StudyError("\n".join(faults))
    return found


class _Source:
    """A photograph as the protocol takes it: its ground truth where there is one, and the networks' input."""

    def __init__(self, pixels: np.ndarray, is_truth: bool) -> None:
        self.truth = pixels if is_truth else None
        self.low = fidelity.shrink(pixels) if is_truth else pixels

    @property
    def shape(self) -> tuple[int, int]:
        return SCALE * self.low.shape[0], SCALE * self.low.shape[1]


def _source(folder: Folder, protocol: Protocol, image: Image) -> _Source:
    pixels = _read(folder.path / image.file)
    longest = max(pixels.shape[:2])
    if protocol.longest_side is not None and longest > protocol.longest_side:
        height, width = (max(1, round(side * protocol.longest_side / longest)) for side in pixels.shape[:2])
        pixels = np.array(Pillow.fromarray(pixels).resize((width, height), Pillow.Resampling.BICUBIC))
    truth = protocol.images_are == "ground-truth"
    if truth:  # what is cut off, at most three rows and columns, is cut off evenly
        height, width = (side // SCALE * SCALE for side in pixels.shape[:2])
        if not height or not width:
            raise StudyError(f"The image {image.file} is too small to be shrunk to a quarter.")
        top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
        pixels = pixels[top : top + height, left : left + width]
    return _Source(np.ascontiguousarray(pixels), truth)


def _read(path: Path) -> np.ndarray:
    if not path.is_file():
        raise StudyError(f"The image {path} is not there.")
    try:
        return photo.read(path).pixels
    except (OSError, ValueError) as error:
        raise StudyError(f"The image {path} cannot be read: {error}") from error


def _pictures(
    folder: Folder,
    method: Method,
    images: list[Image],
    sources: dict[str, _Source],
    enhance: Enhance | None,
) -> Iterator[tuple[Image, np.ndarray, str]]:
    if method.model is not None and enhance is not None:
        from cf_esrt import models

        made_with = f"{method.model} {models.describe(method.model).sha256 or ''}".strip()
        for image in images:
            yield image, enhance(sources[image.name].low, detail=method.detail), made_with
    elif method.folder is not None:
        for image in images:
            path = _ready_made(folder.path / method.folder, image)
            yield image, _fitting(path, sources[image.name].shape), path.name
    elif method.name == ANCHOR:
        for image in images:
            yield image, _anchor(sources[image.name].low), ANCHOR
    else:
        for image in images:
            truth = sources[image.name].truth
            assert truth is not None  # the protocol's contradictions say so
            yield image, truth, ORIGINAL


def _load(model: str, device: str, engine: str) -> Enhance:
    from cf_esrt.enhance import Enhancer

    return Enhancer.load(model, device, engine=engine)


def _anchor(low: np.ndarray) -> np.ndarray:
    """The networks' input as if it had a quarter of its width and height, at the size of their results."""
    height, width = low.shape[:2]
    smaller = max(1, width // SCALE), max(1, height // SCALE)
    shrunk = Pillow.fromarray(low).resize(smaller, Pillow.Resampling.BICUBIC)
    return np.array(shrunk.resize((SCALE * width, SCALE * height), Pillow.Resampling.BICUBIC))


def _ready_made(folder: Path, image: Image) -> Path:
    named = [path for path in folder.glob("*") if path.stem == image.name]
    found = [path for path in named if path.suffix.lower() in photo.SUFFIXES]
    if len(found) != 1:
        there = "no picture" if not found else f"{len(found)} pictures"
        raise StudyError(f"The folder {folder} holds {there} named {image.name}; there has to be one.")
    return found[0]


def _fitting(path: Path, shape: tuple[int, int]) -> np.ndarray:
    pixels = _read(path)
    if pixels.shape[:2] != shape:
        height, width = pixels.shape[:2]
        raise StudyError(f"{path} is {width} × {height} pixels; its method's pictures are {shape[1]} × {shape[0]}.")
    return pixels


def _store(
    part: Path, image: Image, method: Method, pixels: np.ndarray, made_with: str, enhance: Enhance | None
) -> Stimulus:
    name = f"{secrets.token_hex(16)}.png"
    (part / name).write_bytes(pngs.encode(pixels))
    height, width = pixels.shape[:2]
    return Stimulus(
        image=image.name,
        method=method.name,
        file=name,
        width=width,
        height=height,
        pixels=manifest.pixels_digest(pixels),
        made_with=made_with,
        engine=None if enhance is None else enhance.engine,
        precision=None if enhance is None else enhance.precision,
    )


def _make_alike(part: Path, stimuli: list[Stimulus]) -> None:
    """Files of pictures of one size get one length, and all files one date."""
    alike: dict[tuple[int, int], list[Path]] = defaultdict(list)
    for one in stimuli:
        alike[one.width, one.height].append(part / one.file)
    for paths in alike.values():
        for path, data in zip(paths, pngs.padded([path.read_bytes() for path in paths]), strict=True):
            path.write_bytes(data)
            os.utime(path, (0, 0))


def _replace(folder: Folder, part: Path, prepared: Manifest) -> None:
    """The new stimuli in the place of the old; without a manifest in between, so a cut leaves a study to prepare."""
    with suppress(FileNotFoundError):
        folder.manifest.unlink()
    shutil.rmtree(folder.stimuli, ignore_errors=True)
    os.replace(part, folder.stimuli)
    photo.save(folder.manifest, prepared.model_dump_json(indent=1).encode())
    folder.manifest.chmod(0o600)
