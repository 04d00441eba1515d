"""What a validation scores: every picture of the network, bicubic's."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from cf_esrt.networks import CFESRT, ESRT
from tests.training.helpers import write_photographs
from training.config import Config, Data, Phase
from training.metrics import DETAIL
from training.validation import Scores, Validation

CPU = torch.device("cpu")


@pytest.fixture
def config(tmp_path: Path, alexnet: Path) -> Config:
    write_photographs(tmp_path / "photos", [(256, 256), (256, 256)])
    return Config(
        "tiny",
        (Phase("one", 1),),
        data=Data(validate=tmp_path / "photos"),
        backbones=alexnet.parent,
    )


def test_every_picture_is_scored_by_every_measure(config: Config) -> None:
    found = Validation(config, CPU)(CFESRT(width=8))
    assert list(found) == ["bicubic", "coarse", "refined"]
    for scores in found.values():
        assert set(scores) == {"psnr", "ssim", "lpips", *DETAIL}
    assert list(Validation(config, CPU)(ESRT())) == ["bicubic", "image"]


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
