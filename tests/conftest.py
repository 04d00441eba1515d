"""Fixtures that every package of tests shares, and one thread for every process of the tests."""

from __future__ import annotations

import gc
import os

# One thread a process, before a library counts cores, inherited by every child: threads that wait for each other
# cost more than they give on tests' small pictures, and pytest-xdist fills the cores with processes.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
os.environ.update(dict.fromkeys(THREADS, "1"))

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings
from hypothesis.internal.conjecture import engine

from cf_esrt.interface.common.environment import importing_gradio

# A newcomer's `make test` is not a lottery: the same examples each time. `make anew` draws others, and more.
settings.register_profile("project", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("anew", deadline=None, print_blob=True, max_examples=400)
engine.MAX_SHRINKING_SECONDS = 20  # of Hypothesis' 300: a failing test is reported while somebody still looks

REPOSITORY = Path(__file__).resolve().parents[1]
TESTS = Path(__file__).parent
LONGEST = ("browser", "test_released.py")
"""The folder whose tests take longest, as they wait for pages, and the longest of the files that lie in no folder."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--anew", action="store_true", help="draw new examples and random numbers, not the usual ones")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("anew" if config.getoption("--anew") else "project")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    with importing_gradio():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, then folder after folder, and the short files that lie in none last, so that pytest-xdist's
    processes end together."""
    items.sort(key=lambda item: _turn(item.path))


def _turn(file: Path) -> int:
    """When a file of tests is begun; those of one turn keep their order. One that lies elsewhere is a short one."""
    parts = file.relative_to(TESTS).parts if file.is_relative_to(TESTS) else (file.name,)
    return LONGEST.index(parts[0]) if parts[0] in LONGEST else len(LONGEST) + (len(parts) == 1)


def pytest_collection_finish() -> None:
    """What the imports left is never garbage: a search of it takes most of a second, and each phase of a training
    searches."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def seed(request: pytest.FixtureRequest) -> int:
    """Of every test's random numbers: 0, or another with ``--anew``. pytest prints it beside a failure."""
    drawn = random.SystemRandom().randrange(2**32) if request.config.getoption("--anew") else 0
    print(f"random numbers: seed {drawn}")
    random.seed(drawn)
    np.random.seed(drawn)  # noqa: NPY002 (libraries draw from it)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(drawn)
    return drawn


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
    with FileLock(f"{folder}.lock"):  # pytest-xdist's processes share the folder
        done = subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the ImageNet convolutions could not be laid down: {done.stderr.strip()[-200:]}")
    return folder
