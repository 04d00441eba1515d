"""The released models as ONNX files, with what is known of them inside, checked against torch.

    python -m training.release.export --onnx FOLDER [NAME or FILE.safetensors …]

A file takes ``image``, N×3×H×W float32 RGB in 0..1 with sides of at least two pixels, and gives ``enlarged``,
N×3×4H×4W in 0..1; CF-ESRT gives ``refined``, then ``coarse``. It holds no tiling.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from cf_esrt import __version__, checkpoints, models, photo
from cf_esrt.files import save
from cf_esrt.models import ModelDescriptor
from cf_esrt.networks import CFESRT
from cf_esrt.networks.cf_esrt import Stages
from training.release.onnx_networks import COARSE, INPUT, ONLY, REFINED, NoFormat, whole
from training.release.onnx_translation import to_onnx

SIZES = ((24, 32), (64, 64), (45, 91))
"""Height and width of the pictures on which a file is compared with torch."""
TOLERANCE = 1
"""Levels of 255 by which a pixel may differ from torch's."""


class OnnxError(RuntimeError):
    """A file does not give torch's picture; one sentence says by how much."""


@dataclass(frozen=True)
class Agreement:
    """How near a file comes to torch, over all results and sizes."""

    levels: int
    """The largest difference between 8-bit levels."""
    differing: float
    """Share of values that differ at all."""


def released() -> list[ModelDescriptor]:
    """The listed models that have a network."""
    return [models.describe(name) for name in models.names() if name != "bicubic"]


def write(model: ModelDescriptor, target: Path) -> Agreement:
    """Write ``target`` once it has given torch's picture on three sizes.

    OnnxError where it does not; `onnx_networks.NoFormat` for a network that has no description; OSError.
    """
    network = load(model)
    made = to_onnx(whole(network))
    made.producer_name, made.producer_version = "CF-ESRT", __version__
    made.doc_string = model.summary
    onnx.helper.set_model_props(made, _metadata(model))
    data = made.SerializeToString()
    found = compare(network, data)
    if found.levels > TOLERANCE:
        raise OnnxError(
            f"{target.name} differs from torch by up to {found.levels} levels in {found.differing:.2%} of the values."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    save(target, data)
    return found


def load(model: ModelDescriptor) -> nn.Module:
    """The network of a model, with its weights; CF-ESRT's coarse network alone where that is the model."""
    assert model.checkpoint is not None
    network = checkpoints.build(*checkpoints.read(model.checkpoint), model.checkpoint.name).requires_grad_(False)
    return cast(CFESRT, network).coarse if model.stage == "coarse" else network


def compare(network: nn.Module, data: bytes, sizes: Sequence[tuple[int, int]] = SIZES) -> Agreement:
    """The file's results beside torch's, on smooth pictures with noise, whose levels are all in use."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    differences = []
    for size in sizes:
        image = _picture(*size)
        with torch.no_grad():
            made = network(image)
        wanted = {REFINED: made.refined, COARSE: made.coarse} if isinstance(made, Stages) else {ONLY: made}
        found = session.run(list(wanted), {INPUT: image.numpy()})
        for one, other in zip(wanted.values(), found, strict=True):
            differences.append(np.abs(_levels(one.numpy()) - _levels(cast(np.ndarray, other))).ravel())
    together = np.concatenate(differences)
    return Agreement(int(together.max()), float(np.mean(together > 0)))


def _picture(height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(height * width)
    smooth = torch.rand(1, 3, 5, 5, generator=generator)
    image = nn.functional.interpolate(smooth, (height, width), mode="bicubic", align_corners=True)
    return ((image + 0.03 * torch.randn(image.shape, generator=generator)).clamp(0, 1) * 255).round() / 255


def _levels(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 1) * 255).astype(int)


def _metadata(model: ModelDescriptor) -> dict[str, str]:
    values: dict[str, Any] = {
        "name": model.name,
        "title": model.title,
        "summary": model.summary,
        "architecture": model.architecture,
        "scale": model.scale,
        "input": "RGB in 0..1, N×3×H×W, sides of at least 2 pixels",
        "context": "whole picture" if model.context is None else model.context,
        "inputs_learned_from": model.degradation,
        "checkpoint_sha256": model.sha256,
        "training_data": model.training_data,
        "licence": model.licence,
        "metrics": model.metrics,
        "notice": photo.NOTICE,
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def write_all(folder: Path, wanted: Sequence[str]) -> Iterator[tuple[str, Agreement]]:
    """``folder/NAME.onnx`` for every model of that name or checkpoint's path, or for every released one."""
    for model in [models.find(name) for name in wanted] if wanted else released():
        yield model.name, write(model, folder / f"{model.name}.onnx")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.release.export --onnx",
        description="Write models as ONNX files, checked against torch.",
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", nargs="*", metavar="NAME or FILE.safetensors", help="default: every released model")
    options = parser.parse_args(arguments)
    try:
        for name, found in write_all(options.folder, options.models):
            print(f"{name}.onnx: within {found.levels} of 255 levels of torch; {found.differing:.3%} of values differ")
    except (OnnxError, NoFormat, models.UnknownModel, checkpoints.CheckpointError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0
