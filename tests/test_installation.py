"""An installation: the wheel holds everything that the page needs, and a command that opens it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cf_esrt import models
from cf_esrt.assets_folder import ASSETS

ROOT = Path(__file__).parents[1]
SOURCES = ("pyproject.toml", "setup.py", "requirements.txt", "README.md", "LICENSE", "cf_esrt", "training", "assets")


@pytest.mark.slow
def test_the_wheel_holds_weights_examples_scripts_and_the_command(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in SOURCES:  # a build leaves its traces beside its sources
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."]
    subprocess.run(build, cwd=source, check=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (commands,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "cf-esrt = cf_esrt.interface.preview.serve:desktop" in archive.read(commands).decode()
    files = [path for folder in ("checkpoints", "examples", "vendor") for path in (ASSETS / folder).rglob("*")]
    files = [path for path in files if path.is_file() and path.parent.name != "starts"]  # these are for training alone
    wanted = {f"cf_esrt/assets/{path.relative_to(ASSETS).as_posix()}" for path in files}
    package = ROOT / "cf_esrt" / "interface" / "preview"
    parts = [path for folder in ("static", "markup") for path in (package / folder).rglob("*")]
    wanted |= {path.relative_to(ROOT).as_posix() for path in parts if path.is_file()}
    assert wanted <= names, sorted(wanted - names)[:5]


def test_a_checkout_finds_its_own_assets() -> None:
    assert ROOT / "assets" == ASSETS
    assert models.CHECKPOINTS == ASSETS / "checkpoints"
