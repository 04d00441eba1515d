"""Fixtures that the tests of evaluation share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.helpers import random_alexnet, tiny_checkpoint


@pytest.fixture(scope="session")
def alexnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_alexnet(tmp_path_factory.mktemp("weights") / "alexnet.safetensors")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("model") / "tiny.safetensors")
