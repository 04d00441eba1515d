"""README's front matter is one that a Space starts from."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import SpaceHardware
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.browser.conftest import ROOT
from tests.space.card import read_card
from tests.space.space import Space

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
PYTHON = ">=3.10,<3.14"
"""As in pyproject.toml."""
SHORT_DESCRIPTION = 60
"""Characters that the hub allows."""


def test_the_hub_reads_every_field() -> None:
    card = read_card()
    assert card["sdk"] == "gradio"
    assert card["title"]
    assert (ROOT / str(card["app_file"])).is_file()
    assert card["colorFrom"] in COLOURS
    assert card["colorTo"] in COLOURS
    assert 0 < len(card["short_description"]) <= SHORT_DESCRIPTION
    assert card["license"] == "apache-2.0"
    assert card["suggested_hardware"] in [hardware.value for hardware in SpaceHardware]


def test_the_versions_are_ones_that_the_project_supports() -> None:
    card = read_card()
    needed = [Requirement(line) for line in (ROOT / "requirements.txt").read_text().splitlines() if line[0] != "#"]
    (gradio,) = (one for one in needed if one.name == "gradio")
    assert str(card["sdk_version"]) in gradio.specifier
    assert f'requires-python = "{PYTHON}"' in (ROOT / "pyproject.toml").read_text()
    assert isinstance(card["python_version"], str)  # without quotes YAML reads 3.10 as 3.1
    assert card["python_version"] in SpecifierSet(PYTHON)


def test_a_space_starts_from_it(tmp_path: Path) -> None:
    with Space(tmp_path) as space:
        assert space.process.poll() is None
