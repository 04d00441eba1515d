"""The methods that a table, a figure or a curve compares, and their pictures of the same photographs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cf_esrt import models
from cf_esrt.engine.device import choose_device
from cf_esrt.enhance import Enhancer, Reconstruction, check_detail
from training.arguments import set_name
from training.data import decode, resolve
from training.data.images import header_size
from training.degradation import SCALE
from training.evaluation.kept import Kept
from training.evaluation.protocols import Protocol
from training.evaluation.ready_made import ReadyMade
from training.evaluation.sharpening import MASKS, Mask, masked_label
from training.evaluation.states import enhancer_of_state

#: [LABEL=]NAME or FILE[@DETAIL]
_METHOD = re.compile(r"(?:(?P<label>[^=/\\]+)=)?(?P<name>.+?)(?:@(?P<detail>[^@/\\]*))?")


class Method:
    """A row of a table: an enhancer and a detail setting.

    Written ``name``, ``file.safetensors``, a training state (`enhancer_of_state`), ``name@0.5`` (detail) or ``label=…``
    before any of them. ``loaded`` keeps
    the enhancers by name: methods of one name share it. models.UnknownModel, checkpoints.CheckpointError or
    ValueError in one sentence.
    """

    def __init__(
        self,
        written: str,
        device: str,
        loaded: dict[str, Enhancer],
        *,
        engine: str = "torch",
        self_ensemble: bool = False,
    ) -> None:
        found = _METHOD.fullmatch(written)
        if found is None:
            raise ValueError(f"{written!r} is no method: write a model's name or a checkpoint, as in cf-esrt@0.5.")
        name, detail = found["name"], found["detail"]
        self.label = found["label"] or (name if detail is None else f"{name}@{detail}")
        self.detail = 1.0 if detail is None else _detail(detail, written)
        if name not in loaded:
            opened = enhancer_of_state if name.endswith(".pt") else _enhancer
            loaded[name] = opened(name, device, engine=engine, self_ensemble=self_ensemble)
        self.enhancer = loaded[name]
        if detail is not None and self.enhancer.descriptor.stage != "both":
            raise ValueError(f"{name} has one picture only: leave the detail setting @{detail} out.")


@dataclass(frozen=True)
class Sharpened:
    """A row: a method's picture under an unsharp mask."""

    base: Method
    mask: Mask

    @property
    def label(self) -> str:
        return masked_label(self.base.label, self.mask)


Row = Method | ReadyMade | Sharpened


def sharpened(rows: Sequence[Row], label: str) -> list[Row]:
    """The picture of one of the rows under every mask; none where no model of that label is among them."""
    return [Sharpened(row, mask) for row in rows if isinstance(row, Method) and row.label == label for mask in MASKS]


def _enhancer(name: str, device: str, *, engine: str, self_ensemble: bool) -> Enhancer:
    return Enhancer.of(models.find(name), device, engine=engine, self_ensemble=self_ensemble)


def _detail(text: str, written: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"The detail setting of {written!r} is no number: write as in cf-esrt@0.5.") from None
    check_detail(value)
    return value


def load_methods(
    written: Sequence[str], device: str, *, engine: str = "torch", self_ensemble: bool = False
) -> list[Method]:
    """The methods, run by torch, the reference, unless another engine is asked for; ValueError where two have one label
    (see `Method` for the rest)."""
    loaded: dict[str, Enhancer] = {}
    methods = [Method(one, device, loaded, engine=engine, self_ensemble=self_ensemble) for one in written]
    _check_labels(methods)
    return methods


def load_rows(
    written: Sequence[str],
    device: str,
    *,
    engine: str = "torch",
    self_ensemble: bool = False,
) -> list[Method | ReadyMade]:
    """As `load_methods`, where ``LABEL=FOLDER`` stands for ready-made results."""
    loaded: dict[str, Enhancer] = {}
    rows: list[Method | ReadyMade] = [
        _ready_made(one) or Method(one, device, loaded, engine=engine, self_ensemble=self_ensemble) for one in written
    ]
    _check_labels(rows)
    return rows


def _ready_made(written: str) -> ReadyMade | None:
    label, equals, folder = written.partition("=")
    if not equals or not label or "/" in label or folder in models.names() or not Path(folder).is_dir():
        return None
    return ReadyMade(label, Path(folder))


def _check_labels(rows: Sequence[Row]) -> None:
    labels = [row.label for row in rows]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ValueError(f"Two methods are called {twice[0]}: give one another label, as in mine=file.safetensors.")


def device_of(rows: Sequence[Row], wanted: str) -> torch.device:
    """Where the metrics' networks run: beside the methods', or as ``wanted`` where all results are ready-made."""
    for row in rows:
        if isinstance(row, Method):
            return row.enhancer.device
    return choose_device(wanted)


def shared_reconstructions(methods: Sequence[Method]) -> dict[str, tuple[Enhancer, float]]:
    """label → (whose reconstruction serves it, at which detail): CF-ESRT's coarse picture is its picture at detail 0,
    so that a checkpoint's networks run once for all its methods."""
    both = {_source(m.enhancer): m.enhancer for m in methods if m.enhancer.descriptor.stage == "both"}
    runs: dict[str, tuple[Enhancer, float]] = {}
    for method in methods:
        whole = both.get(_source(method.enhancer))
        coarse = method.enhancer.descriptor.stage == "coarse"
        runs[method.label] = (whole or method.enhancer, 0.0 if coarse and whole is not None else method.detail)
    return runs


def _source(enhancer: Enhancer) -> tuple[object, ...]:
    descriptor = enhancer.descriptor
    origin = descriptor.name if descriptor.checkpoint is None else descriptor.checkpoint.resolve()
    return origin, enhancer.tile, descriptor.overlap


def pictures(
    rows: Sequence[Row], low: np.ndarray, stem: str = "", kept: Kept | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """(label, picture) of each row for one input: RGB uint8 H×W×3 → 4H×4W×3. Ready-made ones are looked for under the
    photograph's name without its suffix, ``stem``; what networks made may be ``kept``."""
    done: dict[int, Reconstruction] = {}
    methods = [row for row in rows if isinstance(row, Method)]
    methods += [row.base for row in rows if isinstance(row, Sharpened) and row.base not in methods]
    runs = shared_reconstructions(methods)
    for row in rows:
        if isinstance(row, ReadyMade):
            yield row.label, row.picture(stem, (SCALE * low.shape[0], SCALE * low.shape[1]))
            continue
        enhancer, detail = runs[row.base.label if isinstance(row, Sharpened) else row.label]
        if id(enhancer) not in done:
            done[id(enhancer)] = enhancer.reconstruct(low) if kept is None else kept.reconstruct(enhancer, low)
        picture = done[id(enhancer)].blend(detail)
        yield row.label, row.mask(picture) if isinstance(row, Sharpened) else picture


@dataclass(frozen=True)
class Truth:
    """A ground truth and the input made from it, RGB uint8: 4H×4W×3 and H×W×3."""

    file: Path
    image: np.ndarray
    low: np.ndarray


def load_truth(path: Path, protocol: Protocol) -> Truth | None:
    """The ground truth and the input that a protocol makes of a photograph; None where it is damaged."""
    image = decode(path)
    if image is None:
        return None
    image = np.ascontiguousarray(protocol.truth(image))
    return Truth(path, image, protocol.make_input(image, path.stem))


@dataclass(frozen=True)
class Photographs:
    """A set that was asked for: its name in tables, and its files."""

    name: str
    files: tuple[Path, ...]

    @classmethod
    def of(cls, source: str, limit: int | None = None) -> Photographs:
        """The first ``limit`` of a folder, or of a split's side (``split.json#held_out``; see `training.data.resolve`).

        ValueError in one sentence where the source is missing or empty, or the limit below 1.
        """
        if limit is not None and limit < 1:
            raise ValueError(f"--limit is {limit}: it must be at least 1.")
        files = resolve([source])[:limit]
        return cls(set_name(source), tuple(files))

    def folder_name(self, protocol: str) -> str:
        """Of the folder that holds its inputs, or pictures made of them (`training.evaluation.inputs`)."""
        return f"{self.name.replace('/', '-')}-{protocol}"


def check_sizes(files: Sequence[Path], smallest: int, purpose: str) -> None:
    """ValueError that names the first photograph with a side under ``smallest`` pixels, or says that none is whole.

    Only headers are read; damaged files are left for `decode` to name.
    """
    small: list[str] = []
    readable = 0
    for path in files:
        size = header_size(path)
        if size is None:
            continue
        readable += 1
        if min(size) < smallest:
            small.append(f"{path.name} ({size[1]} × {size[0]})")
    if not readable:
        raise ValueError(f"None of the {len(files)} photographs for {purpose} can be read: they are damaged.")
    if small:
        others = f" and {len(small) - 1} more" if len(small) > 1 else ""
        raise ValueError(
            f"{small[0]}{others}: photographs for {purpose} must be at least {smallest} pixels wide and high; "
            "leave these out of the folder, or choose another protocol."
        )
