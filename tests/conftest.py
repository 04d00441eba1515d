"""Fixtures that every room shares."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)  # no test here depends on how fast the machine is
settings.load_profile("project")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images (``CF_ESRT_SHARED``, else ``shared`` beside the repository), or a skip."""
    shared = Path(os.environ.get("CF_ESRT_SHARED") or REPOSITORY.parent / "shared")
    data = shared / "data"
    if not data.is_dir():
        pytest.skip(f"real images are not here: no folder {data} (set CF_ESRT_SHARED to the shared folder)")
    return data


@pytest.fixture(scope="session")
def backbones(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with VGG16's and AlexNet's convolutions, laid down by the shared script, or a skip."""
    kept = REPOSITORY / "runs" / "backbones"
    folder = kept if kept.is_dir() else tmp_path_factory.mktemp("backbones")
    script = shared_data.parent / "weights" / "get_backbones.py"
    done = subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the ImageNet convolutions could not be laid down: {done.stderr.strip()[-200:]}")
    return folder
