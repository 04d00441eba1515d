"""Feature vectors of pictures, for Fréchet distances between a set of results and its ground truths."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)
from training.losses import VGG16Features


class FeaturesMissing(RuntimeError):
    """The network cannot be had here; one sentence says why and what to do."""


class Features(Protocol):
    """A network that turns a picture into samples."""

    @property
    def metric(self) -> str:
        """Name of the metric that it serves (see `training.metrics.METRICS`)."""
        ...

    @property
    def smallest(self) -> int:
        """Least width and height of a picture, in pixels."""
        ...

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 H×W×3 → samples × dimensions, float32."""
        ...


class VGG16Crops:
    """Mean of VGG16's conv5_3, before ReLU (512 dimensions), over each crop of 128×128 pixels.

    A picture is cut into as many whole crops as fit, from its upper left corner on, without overlap; a 256×256
    picture gives four. Smaller crops would be mostly border to a network that sees 196 pixels; larger ones would give
    fewer samples. (On 32 photographs of ham10000/test whole pictures, crops of 128 and of 64 pixels gave the first
    release's ESRT 0.73, 0.75 and 0.74 times bicubic's distance, its CF-ESRT 0.41, 0.41 and 0.39 times.) These are the
    features of the perceptual loss: networks trained with it are favoured.
    """

    metric = "frechet_vgg16"
    smallest = SIDE = 128

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self.network, self.device = network.to(device), torch.device(device)

    @classmethod
    def load(cls, weights: Path | None, device: torch.device | str = "cpu") -> VGG16Crops:
        """From a local safetensors file (None: torchvision downloads); FeaturesMissing where that fails."""
        try:
            return cls(VGG16Features.load(weights), device)
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error) if isinstance(error, FileNotFoundError) else f"{_first_line(error)}."
            raise FeaturesMissing(f"VGG16's weights cannot be read: {reason}") from error

    @torch.inference_mode()
    def __call__(self, image: np.ndarray) -> np.ndarray:
        pictures = _tensor(image, self.device).float() / 255
        side = self.SIDE
        crops = pictures.unfold(2, side, side).unfold(3, side, side)[0]  # 3 × rows × columns × side × side
        crops = crops.permute(1, 2, 0, 3, 4).reshape(-1, 3, side, side)
        return torch.cat([self.network(crop[None]).mean((2, 3)) for crop in crops]).cpu().numpy()


class InceptionV3Pictures:
    """InceptionV3's pool3 (2048 dimensions) of each whole picture, as FID has it; network of torchmetrics."""

    metric = "fid"
    smallest = 32

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self.network, self.device = network.to(device), torch.device(device)

    @classmethod
    def load(cls, weights: Path | None, device: torch.device | str = "cpu") -> InceptionV3Pictures:
        """From a local file of torch-fidelity's weights (None: it downloads them); FeaturesMissing where that fails."""
        from torchmetrics.image.fid import FrechetInceptionDistance

        try:
            path = None if weights is None else str(weights)
            loaded = FrechetInceptionDistance(feature=2048, feature_extractor_weights_path=path)
        except (ImportError, OSError, RuntimeError) as error:
            raise FeaturesMissing(
                f"FID cannot be had here, InceptionV3's weights do not load ({_first_line(error)}): "
                "--vgg-weights gives a Fréchet distance on VGG16 features instead."
            ) from error
        return cls(loaded.inception, device)

    @torch.inference_mode()
    def __call__(self, image: np.ndarray) -> np.ndarray:
        return self.network(_tensor(image, self.device)).float().cpu().numpy()


def _tensor(image: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image)).to(device).permute(2, 0, 1)[None]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].strip("<> .")
