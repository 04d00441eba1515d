"""Validation during training: every image a network returns, and bicubic, against the ground truth in one run."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.config import Config, ConfigError
from training.data import decode, resolve
from training.data.images import to_image, to_tensor
from training.degradation import Clinical, degrade, resize, shrink, to_eight_bits
from training.evaluation.protocols import PROTOCOLS
from training.metrics import DETAIL, LPIPS, Detail, psnr, ssim
from training.networks import named_images

CLEAN = "clean/"
"""Before the names of scores on inputs that were only shrunk, in a run whose own inputs are not."""
PHOTOGRAPHS = 12
"""How many are scored."""
SEED = 20_000
"""Of the first validation input's degradation; far from any that training draws."""


class Scores:
    """Means of PSNR, SSIM and LPIPS over a set, and whether its detail is there (`DETAIL`)."""

    def __init__(self, truths: list[Tensor], lpips: LPIPS) -> None:
        self.truths, self.lpips = truths, lpips
        self.device = next(lpips.parameters()).device
        self.detail = Detail()
        self._prepared = [self.detail.prepare(to_image(truth)) for truth in truths]

    def __call__(self, pictures: list[Tensor]) -> dict[str, float]:
        """Of pictures on 8-bit levels, in the truths' order."""
        rows = []
        for image, truth in zip(pictures, self.truths, strict=True):
            pair = image, truth.to(self.device)
            rows.append([float(measure(*pair)) for measure in (psnr, ssim, self.lpips)])
        means = dict(zip(("psnr", "ssim", "lpips"), np.mean(rows, 0).tolist(), strict=True))
        seen = [
            self.detail.observe(self.detail.prepare(to_image(picture)), truth)
            for picture, truth in zip(pictures, self._prepared, strict=True)
        ]
        found = self.detail.of_set(seen)
        return means | {name: found[name] for name in DETAIL}


class Validation:
    """A fixed set of ground truths: evenly spaced photographs of a folder, or of a split's side, half whole256 and half
    patch256.

    Inputs are made as the run makes its own (`training.degradation`), with a seed for each photograph; where that is
    not the plain bicubic, the scores on plain inputs stand beside, under names that begin with ``clean/``.
    """

    def __init__(self, config: Config, device: torch.device) -> None:
        data = config.data
        assert data.validate is not None
        files = resolve([data.validate])
        chosen = [files[i] for i in np.linspace(0, len(files) - 1, min(PHOTOGRAPHS, len(files))).astype(int)]
        self.device = device
        truths: list[Tensor] = []
        self.inputs: dict[str, list[Tensor]] = {"": []} if data.degradation == "bicubic" else {"": [], CLEAN: []}
        for order, path in enumerate(chosen):
            image = decode(path)
            if image is None:
                continue
            truth = to_tensor(PROTOCOLS[("whole256", "patch256")[order % 2]].truth(image))
            truths.append(truth)
            generator = torch.Generator().manual_seed(SEED + order)
            self.inputs[""].append(degrade(truth, data.degradation, generator, Clinical(phones=data.phones)))
            if CLEAN in self.inputs:
                self.inputs[CLEAN].append(shrink(truth))
        if not truths:
            raise ConfigError(f"None of the photographs of {data.validate} could be decoded: check data.validate.")
        self.scores = Scores(truths, LPIPS(config.lpips_weights).to(device))
        self._last: dict[str, tuple[list[Tensor], dict[str, float]]] = {}

    @functools.cached_property
    def bicubic(self) -> dict[str, dict[str, float]]:
        """Scores of bicubic interpolation, measured at the first validation."""
        found = {}
        for kind, inputs in self.inputs.items():
            sizes = [(truth.shape[-2], truth.shape[-1]) for truth in self.scores.truths]
            enlarged = [resize(low.to(self.device), size) for low, size in zip(inputs, sizes, strict=True)]
            found[f"{kind}bicubic"] = self.scores([_on_levels(image) for image in enlarged])
        return found

    def __call__(self, network: nn.Module) -> dict[str, dict[str, float]]:
        """{"bicubic": {"psnr": …, "ssim": …, "lpips": …}, "refined": …, …}: means over the set."""
        was_training = network.training
        network.eval()
        try:
            return self._of(network)
        finally:
            network.train(was_training)

    def _of(self, network: nn.Module) -> dict[str, dict[str, float]]:
        found = dict(self.bicubic)
        for kind, inputs in self.inputs.items():
            made: dict[str, list[Tensor]] = {}
            for low in inputs:
                with torch.no_grad():
                    images = named_images("image", network(low.to(self.device)))
                for name, image in images.items():
                    made.setdefault(name, []).append(_on_levels(image))
            found |= {kind + name: self._score(kind + name, pictures) for name, pictures in made.items()}
        return found

    def _score(self, name: str, pictures: list[Tensor]) -> dict[str, float]:
        """Known from the last time where the pictures are the same: those of a frozen coarse network."""
        last = self._last.get(name)
        if last is None or not all(map(torch.equal, last[0], pictures)):
            self._last[name] = last = (pictures, self.scores(pictures))
        return last[1]


def _on_levels(image: Tensor) -> Tensor:
    return to_eight_bits(image.float().clamp(0, 1))


def rounded(values: Any, decimals: int) -> Any:
    """The numbers in a mapping, or in mappings of a mapping, with so many decimals."""
    if isinstance(values, dict):
        return {name: rounded(value, decimals) for name, value in values.items()}
    return round(values, decimals)


def in_words(scores: dict[str, dict[str, float]]) -> str:
    """``refined: +0.52 dB, SSIM +0.0060, LPIPS x0.541``: each picture beside bicubic's."""
    bicubic = scores["bicubic"]
    return "; ".join(
        f"{n}: {s['psnr'] - bicubic['psnr']:+.2f} dB, SSIM {s['ssim'] - bicubic['ssim']:+.4f}, "
        f"LPIPS x{s['lpips'] / bicubic['lpips']:.3f}"
        for n, s in scores.items()
        if n != "bicubic"
    )
