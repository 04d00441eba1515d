"""Validation during training: every image a network returns, and bicubic, against the ground truth in one run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from training.data import WHOLE, decode, list_images, shrink_whole
from training.degradation import SCALE, resize, shrink, to_eight_bits
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


class Validation:
    """A fixed set of ground truths: evenly spaced photographs of a folder, half whole256 and half patch256."""

    def __init__(self, folder: Path, images: int, lpips: LPIPS, device: torch.device) -> None:
        files = list_images([folder])
        chosen = [files[i] for i in np.linspace(0, len(files) - 1, min(images, len(files))).astype(int)]
        self.truths = []
        for order, path in enumerate(chosen):
            image = decode(path)
            if image is not None:
                self.truths.append(to_tensor(PROTOCOLS[("whole256", "patch256")[order % 2]](image)))
        self.lpips, self.device = lpips.to(device), device
        self.bicubic = self._average({"bicubic": self._score_bicubic})["bicubic"]

    def __call__(self, network: nn.Module) -> dict[str, dict[str, float]]:
        """{"bicubic": {"psnr": …, "ssim": …, "lpips": …}, "refined": …, …}: means over the set."""
        was_training = network.training
        network.eval()
        collected: dict[str, list[list[float]]] = {}
        for truth in self.truths:
            truth = truth.to(self.device)
            with torch.no_grad():
                images = named("image", network(shrink(truth)))
            for name, image in images.items():
                collected.setdefault(name, []).append(self._score(image, truth))
        network.train(was_training)
        return {"bicubic": self.bicubic} | {name: _means(rows) for name, rows in collected.items()}

    def _average(self, methods: dict) -> dict[str, dict[str, float]]:
        return {n: _means([m(t.to(self.device)) for t in self.truths]) for n, m in methods.items()}

    def _score_bicubic(self, truth: Tensor) -> list[float]:
        return self._score(resize(shrink(truth), (truth.shape[-2], truth.shape[-1])), truth)

    def _score(self, image: Tensor, truth: Tensor) -> list[float]:
        image = to_eight_bits(image.float().clamp(0, 1))
        return [float(psnr(image, truth)), float(ssim(image, truth)), float(self.lpips(image, truth))]


def _means(rows: list[list[float]]) -> dict[str, float]:
    return dict(zip(("psnr", "ssim", "lpips"), np.mean(rows, 0).tolist(), strict=True))
