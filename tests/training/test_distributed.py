"""Two processes (gloo, CPU) train what one does with the same global batch, and take up each other's states."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.training.helpers import write_photographs
from training.command import main

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="torch was built without distributed")
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1"}


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    write_photographs(tmp_path / "photos", [(60, 70), (64, 80)])
    losses = {"gradient": 0.5}
    document = {
        "name": "tiny",
        "network": {"width": 8},
        "precision": "float64",  # Adam divides by the gradient's size: in float32 the smallest turn rounding into steps
        "data": {"train": [str(tmp_path / "photos")], "cache": str(tmp_path / "cache")},
        "phases": [
            {"name": "one", "steps": 2, "crop": 32, "batch": 6, "micro_batch": 2, "losses": losses},
            {"name": "two", "steps": 2, "part": "refinement", "crop": 32, "batch": 3, "losses": losses},
        ],
    }
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The command's own handlers go with it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def arguments(config: Path, runs: Path, *extra: str) -> list[str]:
    return [str(config), "--device", "cpu", "--runs", str(runs), *extra]


def on_two(config: Path, runs: Path) -> list[str]:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return [*launch, "-m", "training.train", *arguments(config, runs)]


def state(runs: Path) -> dict:
    return torch.load(runs / "tiny" / "last.pt", weights_only=True)


def assert_equal(one: Path, other: Path) -> None:
    first, second = state(one), state(other)
    assert first["where"]["samples"] == second["where"]["samples"] == 18
    for part in ("network", "ema"):
        ours, theirs = first[part], second[part]
        ours, theirs = ours.get("values", ours), theirs.get("values", theirs)
        for name in ours:
            torch.testing.assert_close(theirs[name], ours[name], rtol=0, atol=1e-9, msg=name)


def test_two_processes_train_what_one_does_and_resume_each_others_states(configuration: Path, tmp_path: Path) -> None:
    """Both phases begin on two processes; what one process began, two go on with, and the other way round."""
    one, mixed = arguments(configuration, tmp_path / "one"), arguments(configuration, tmp_path / "mixed")
    assert main(one) == 0
    assert main([*mixed, "--steps", "1"]) == 0
    done = subprocess.run(
        [*on_two(configuration, tmp_path / "mixed"), "--steps", "2"], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert state(tmp_path / "mixed")["where"]["hardware"] == "CPU, 2 threads"
    assert main(mixed) == 0
    assert_equal(tmp_path / "one", tmp_path / "mixed")


@pytest.mark.slow  # three more processes that import torch; the stop of one process is in test_train
def test_a_stop_of_one_process_stops_both_with_a_whole_state(configuration: Path, tmp_path: Path) -> None:
    document = json.loads(configuration.read_text())
    document["phases"][0]["steps"] = 100_000
    configuration.write_text(json.dumps(document))
    quiet = subprocess.DEVNULL
    line = on_two(configuration, tmp_path / "runs")
    launched = subprocess.Popen(line, env=ENVIRONMENT, stdout=quiet, stderr=quiet)
    try:
        # A state means a step of both processes: before it, one may not listen for the signal yet.
        while not (tmp_path / "runs" / "tiny" / "last.pt").exists():
            assert launched.poll() is None
            time.sleep(0.1)
        workers = subprocess.run(["pgrep", "-P", str(launched.pid)], capture_output=True, text=True).stdout.split()
        os.kill(int(workers[-1]), signal.SIGTERM)
        assert launched.wait(timeout=300) == 0
    finally:
        launched.kill()
    where = state(tmp_path / "runs")["where"]
    assert where["samples"] == 6 * where["step"]


def test_minutes_are_for_one_process(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each would fit the steps to its own clock, and wait for the other for ever at the end."""
    two = SimpleNamespace(num_processes=2, process_index=0, is_main_process=True, device=torch.device("cpu"))
    monkeypatch.setattr("training.command.make_accelerator", lambda *_: two)
    assert main(arguments(configuration, tmp_path / "runs", "--phases", "one", "--minutes", "1")) == 2
    assert "--minutes is for one process" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
