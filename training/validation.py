"""Validation during training: every image a network returns, and bicubic, against the ground truth in one run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.data import decode, list_images
from training.degradation import Degradation, degrade, resize, shrink, to_eight_bits
from training.evaluation.protocols import PROTOCOLS
from training.metrics import LPIPS, psnr, ssim
from training.phases import named_images


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
            truth = to_tensor(PROTOCOLS[("whole256", "patch256")[order % 2]].truth(image))
            self.truths.append(truth)
            self.inputs[""].append(degrade(truth, degradation, torch.Generator().manual_seed(SEED + order)))
            if CLEAN in self.inputs:
                self.inputs[CLEAN].append(shrink(truth))
        self.bicubic: dict[str, dict[str, float]] = {}
        for kind, inputs in self.inputs.items():
            pairs = zip(inputs, self.truths, strict=True)
            rows = [self._score(resize(low.to(device), (t.shape[-2], t.shape[-1])), t) for low, t in pairs]
            self.bicubic[f"{kind}bicubic"] = _means(rows)

    def __call__(self, network: nn.Module) -> dict[str, dict[str, float]]:
        """{"bicubic": {"psnr": …, "ssim": …, "lpips": …}, "refined": …, …}: means over the set."""
        was_training = network.training
        network.eval()
        collected: dict[str, list[list[float]]] = {}
        for kind, inputs in self.inputs.items():
            for low, truth in zip(inputs, self.truths, strict=True):
                with torch.no_grad():
                    images = named_images("image", network(low.to(self.device)))
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
