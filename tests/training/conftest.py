"""Fixtures that the tests of training and evaluation share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cf_esrt.networks import Discriminator
from tests.training.data.test_data import write_photographs
from tests.training.helpers import PHASES, random_alexnet, random_vgg16, tiny_checkpoint
from training.config import Config, Data, Network


@pytest.fixture(scope="session")
def alexnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_alexnet(tmp_path_factory.mktemp("weights") / "alexnet_features.safetensors")


@pytest.fixture(scope="session")
def vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_vgg16(tmp_path_factory.mktemp("weights") / "vgg16_features.safetensors")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("model") / "tiny.safetensors")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A recipe of `PHASES` on two tiny photographs."""
    write_photographs(tmp_path / "photos", [(60, 70), (64, 80)])
    return Config(
        "tiny",
        PHASES,
        network=Network(width=8),
        data=Data(train=(tmp_path / "photos",), cache=tmp_path / "cache", licence="CC0-1.0"),
    )


@pytest.fixture
def narrow_discriminator(monkeypatch: pytest.MonkeyPatch) -> None:
    """SRGAN's layers with few channels: its 24 million weights, their moments and their states take seconds a run."""
    monkeypatch.setattr(Discriminator, "WIDTHS", (4, 4, 8, 8))
