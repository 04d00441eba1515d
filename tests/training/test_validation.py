"""What a validation scores: every picture of the network, bicubic's, and the coarse picture under noise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cf_esrt.networks import CFESRT, ESRT
from tests.training.helpers import random_alexnet, random_vgg16, write_photographs
from training.config import Config, Data, Perceptual, Phase
from training.evaluation import noise
from training.evaluation.noise import TOLERANCE
from training.metrics import DETAIL
from training.validation import Scores, Validation

CPU = torch.device("cpu")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    write_photographs(tmp_path / "photos", [(256, 256), (256, 256)])
    return Config(
        "tiny",
        (Phase("one", 1),),
        data=Data(
            validate=tmp_path / "photos",
            validation_images=2,
            validation_noise=True,
        ),
        perceptual=Perceptual(random_vgg16(tmp_path / "vgg16.safetensors")),
        lpips_weights=random_alexnet(tmp_path / "alexnet.safetensors"),
    )


def test_cf_esrt_is_scored_beside_noise_by_every_metric(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "LARGEST", 0.5)  # random weights' pictures are far from each other
    data = dataclasses.replace(config.data, validation_images=1, validation_metrics=("dists", "frechet_vgg16"))
    found = Validation(dataclasses.replace(config, data=data), CPU)(CFESRT(width=8))
    assert list(found) == ["bicubic", "coarse", "refined", "noise"]
    assert "sigma" in found["noise"]
    for scores in found.values():
        assert {"psnr", "ssim", "lpips", "dists", "frechet_vgg16", *DETAIL} <= set(scores)


def test_noise_has_the_lpips_that_is_wanted(config: Config) -> None:
    validation = Validation(config, CPU)
    smooth = [torch.full_like(truth, 0.5) for truth in validation.scores.truths]
    without = validation.scores(smooth)["lpips"]
    some = validation._equal_noise(smooth, without - 0.002)
    assert some["sigma"] > 0
    assert some["lpips"] == pytest.approx(without - 0.002, abs=TOLERANCE)
    assert some["psnr"] < validation.scores(smooth)["psnr"]


def test_a_network_with_one_picture_has_no_noise_beside_it(config: Config) -> None:
    found = Validation(config, CPU)(ESRT())
    assert list(found) == ["bicubic", "image"]


def test_what_a_frozen_network_makes_is_scored_once(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    validation, network = Validation(config, CPU), CFESRT(width=8)
    scored: list[float] = []
    scores = Scores.__call__

    def counted(self: Scores, pictures: list[Tensor]) -> dict[str, float]:
        scored.append(float(pictures[0].mean()))
        return scores(self, pictures)

    monkeypatch.setattr(Scores, "__call__", counted)
    before = validation(network)
    first = len(scored)
    with torch.no_grad():
        for parameter in network.refine.parameters():
            parameter.mul_(1.5)
    after = validation(network)
    assert after["coarse"] == before["coarse"]
    assert after["refined"] != before["refined"]
    assert len(scored) - first == first - 2  # all but bicubic interpolation and the coarse picture
