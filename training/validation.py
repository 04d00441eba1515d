"""Validation during training: every image a network returns, and bicubic, against the ground truth in one run."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from training.config import Config, ConfigError
from training.data import decode, resolve
from training.data.images import to_image, to_tensor
from training.degradation import Clinical, degrade, resize, shrink, to_eight_bits
from training.evaluation.noise import add_noise, equal_level
from training.evaluation.protocols import PROTOCOLS
from training.metrics import DETAIL, DISTS, LPIPS, Detail, VGG16Crops, frechet_distance, psnr, ssim
from training.phases import named_images

CLEAN = "clean/"
"""Before the names of scores on inputs that were only shrunk, in a run whose own inputs are not."""
SEED = 20_000
"""Of the first validation input's degradation; far from any that training draws."""


class Scores:
    """Means of PSNR, SSIM and LPIPS over a set, whether its detail is there (`DETAIL`), and DISTS and the Fréchet
    distance where their networks are given."""

    def __init__(
        self, truths: list[Tensor], lpips: LPIPS, dists: DISTS | None = None, features: VGG16Crops | None = None
    ) -> None:
        self.truths, self.lpips, self.dists, self.features = truths, lpips, dists, features
        self.device = next(lpips.parameters()).device
        self.detail = Detail()
        self._prepared = [self.detail.prepare(to_image(truth)) for truth in truths]
        self._wanted = None if features is None else self._samples(features, truths)

    def __call__(self, pictures: list[Tensor]) -> dict[str, float]:
        """Of pictures on 8-bit levels, in the truths' order."""
        rows = [self._row(image, truth) for image, truth in zip(pictures, self.truths, strict=True)]
        means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        seen = [
            self.detail.observe(self.detail.prepare(to_image(picture)), truth)
            for picture, truth in zip(pictures, self._prepared, strict=True)
        ]
        found = self.detail.of_set(seen)
        means |= {name: found[name] for name in DETAIL}
        if self.features is not None and self._wanted is not None:
            means[self.features.metric] = frechet_distance(self._wanted, self._samples(self.features, pictures))
        return means

    def mean_lpips(self, pictures: Iterable[Tensor]) -> float:
        pairs = zip(pictures, self.truths, strict=True)
        return float(np.mean([float(self.lpips(image, truth.to(self.device))) for image, truth in pairs]))

    def _row(self, image: Tensor, truth: Tensor) -> dict[str, float]:
        truth = truth.to(self.device)
        row = {"psnr": psnr(image, truth), "ssim": ssim(image, truth), "lpips": self.lpips(image, truth)}
        if self.dists is not None:
            row["dists"] = self.dists(image, truth)
        return {name: float(value) for name, value in row.items()}

    @staticmethod
    def _samples(features: VGG16Crops, pictures: list[Tensor]) -> np.ndarray:
        return np.concatenate([features(to_image(picture)) for picture in pictures])


class Validation:
    """A fixed set of ground truths: evenly spaced photographs of a folder, or of a split's side, half whole256 and half
    patch256.

    Inputs are made as the run makes its own (`training.degradation`), with a seed for each photograph; where that is
    not the plain bicubic, the scores on plain inputs stand beside, under names that begin with ``clean/``.
    """

    def __init__(self, config: Config, device: torch.device) -> None:
        data, vgg16 = config.data, config.perceptual.weights
        assert data.validate is not None
        files = resolve([data.validate])
        chosen = [files[i] for i in np.linspace(0, len(files) - 1, min(data.validation_images, len(files))).astype(int)]
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
        self.scores = Scores(
            truths,
            LPIPS(config.lpips_weights).to(device),
            DISTS(vgg16).to(device) if "dists" in data.validation_metrics else None,
            VGG16Crops.load(vgg16, device) if "frechet_vgg16" in data.validation_metrics else None,
        )
        self.noise = data.validation_noise
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
            if self.noise and "refined" in made:
                found[f"{kind}noise"] = self._equal_noise(made["coarse"], found[f"{kind}refined"]["lpips"])
        return found

    def _score(self, name: str, pictures: list[Tensor]) -> dict[str, float]:
        """Known from the last time where the pictures are the same: those of a frozen coarse network."""
        last = self._last.get(name)
        if last is None or not all(map(torch.equal, last[0], pictures)):
            self._last[name] = last = (pictures, self.scores(pictures))
        return last[1]

    def _equal_noise(self, smooth: list[Tensor], wanted: float) -> dict[str, float]:
        """Scores of the smooth pictures under noise that brings their LPIPS to, or as near as it can to, ``wanted``;
        ``sigma`` is its standard deviation in grey levels."""
        images = [to_image(picture) for picture in smooth]

        def noisy(level: float) -> list[Tensor]:
            return [to_tensor(add_noise(one, level, number)).to(self.device) for number, one in enumerate(images)]

        level, _ = equal_level(wanted, functools.cache(lambda level: self.scores.mean_lpips(noisy(level))))
        return self.scores(noisy(level)) | {"sigma": level}


def _on_levels(image: Tensor) -> Tensor:
    return to_eight_bits(image.float().clamp(0, 1))
