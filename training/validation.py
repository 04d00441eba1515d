"""Validation during training: every image a network returns, and bicubic, against the ground truth in one run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from training.data import WHOLE, decode, list_images, shrink_whole
from training.degradation import SCALE, Degradation, degrade, resize, shrink, to_eight_bits
from training.metrics import LPIPS, psnr, ssim
from training.phases import named

#: protocol name → what it makes of a photograph
PROTOCOLS = {
    "whole256": shrink_whole,
    "patch256": lambda image: central_patch(image, WHOLE),
    "full": lambda image: image[: image.shape[0] // SCALE * SCALE, : image.shape[1] // SCALE * SCALE],
}


def central_patch(image: np.ndarray, side: int) -> np.ndarray:
    """The central side×side pixels; a photograph that is smaller is first enlarged to hold them (Lanczos)."""
    height, width = image.shape[:2]
    if min(height, width) < side:
        factor = side / min(height, width)
        size = (max(side, round(width * factor)), max(side, round(height * factor)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_LANCZOS4)
        height, width = image.shape[:2]
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def to_tensor(image: np.ndarray) -> Tensor:
    """RGB uint8 H×W×3 → 1×3×H×W in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255


CLEAN = "clean/"
"""Before the names of scores on inputs that were only shrunk, in a run whose own inputs are not."""
SEED = 20_000
"""Of the first validation input's degradation; far from any that training draws."""


class Validation:
    """A fixed set of ground truths: evenly spaced photographs of a folder, half whole256 and half patch256.

    Inputs are made as the run makes its own (`training.degradation`), with a seed for each photograph; where that is
    not the plain bicubic, the scores on plain inputs stand beside, under names that begin with ``clean/``.
    """

    def __init__(
        self, folder: Path, images: int, lpips: LPIPS, device: torch.device, degradation: Degradation = "bicubic"
    ) -> None:
        files = list_images([folder])
        chosen = [files[i] for i in np.linspace(0, len(files) - 1, min(images, len(files))).astype(int)]
        self.lpips, self.device = lpips.to(device), device
        self.truths: list[Tensor] = []
        self.inputs: dict[str, list[Tensor]] = {"": []} if degradation == "bicubic" else {"": [], CLEAN: []}
        for order, path in enumerate(chosen):
            image = decode(path)
            if image is None:
                continue
            truth = to_tensor(PROTOCOLS[("whole256", "patch256")[order % 2]](image))
            self.truths.append(truth)
            self.inputs[""].append(degrade(truth, degradation, torch.Generator().manual_seed(SEED + order)))
            if CLEAN in self.inputs:
                self.inputs[CLEAN].append(shrink(truth))
        self.bicubic: dict[str, dict[str, float]] = {}
        for kind, inputs in self.inputs.items():
            rows = [self._score(resize(low.to(device), t.shape[-2:]), t) for low, t in zip(inputs, self.truths, strict=True)]
            self.bicubic[f"{kind}bicubic"] = _means(rows)

    def __call__(self, network: nn.Module) -> dict[str, dict[str, float]]:
        """{"bicubic": {"psnr": …, "ssim": …, "lpips": …}, "refined": …, …}: means over the set."""
        was_training = network.training
        network.eval()
        collected: dict[str, list[list[float]]] = {}
        for kind, inputs in self.inputs.items():
            for low, truth in zip(inputs, self.truths, strict=True):
                with torch.no_grad():
                    images = named("image", network(low.to(self.device)))
                for name, image in images.items():
                    collected.setdefault(kind + name, []).append(self._score(image, truth))
        network.train(was_training)
        return self.bicubic | {name: _means(rows) for name, rows in collected.items()}

    def _score(self, image: Tensor, truth: Tensor) -> list[float]:
        truth = truth.to(image.device)
        image = to_eight_bits(image.float().clamp(0, 1))
        return [float(psnr(image, truth)), float(ssim(image, truth)), float(self.lpips(image, truth))]


def _means(rows: list[list[float]]) -> dict[str, float]:
    return dict(zip(("psnr", "ssim", "lpips"), np.mean(rows, 0).tolist(), strict=True))
