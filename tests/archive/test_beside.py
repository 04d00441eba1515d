"""Studies and tables take the pictures that the archive makes of their inputs: the same as they make themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")

from cf_esrt import photo
from cf_esrt.archive import command
from cf_esrt.enhance import Enhancer
from cf_esrt.survey import stimuli
from tests.archive.test_command import Inline, run
from tests.survey.studies import folder, settings
from training.evaluation.inputs import write_inputs
from training.evaluation.methods import Photographs, load_truth
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.ready_made import ReadyMade


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_executor", Inline)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_a_study_shows_what_the_archive_made(tmp_path: Path) -> None:
    study = folder(tmp_path / "study", settings(methods=("bicubic", "archived=archived")), side=40)
    stimuli.inputs(study, study.read(), tmp_path / "inputs")
    assert run(tmp_path / "inputs", "-o", study.path / "archived") == 0
    found = stimuli.prepare(study, study.read(), device="cpu")
    for number in range(4):
        one, other = (found.find(f"p{number}", method) for method in ("bicubic", "archived"))
        assert np.array_equal(pixels(study.stimuli / one.file), pixels(study.stimuli / other.file))


def test_a_table_counts_what_the_archive_made(tmp_path: Path) -> None:
    """In one folder for all sets and protocols, and in one for a single set."""
    (tmp_path / "set").mkdir()
    random = np.random.default_rng(0)
    for number in range(2):
        data = photo.png_bytes(random.integers(0, 256, (300, 280, 3), np.uint8))
        (tmp_path / "set" / f"{number}.png").write_bytes(data)
    protocol, photographs = PROTOCOLS["patch256"], Photographs.of(str(tmp_path / "set"), None)
    files = write_inputs(photographs, protocol, tmp_path / "inputs" / "set-patch256")
    assert run(tmp_path / "inputs", "-o", tmp_path / "all") == 0
    assert run(files[0].parent, "-o", tmp_path / "alone") == 0
    bicubic = Enhancer.load("bicubic", "cpu")
    for made in ("all", "alone"):
        row = ReadyMade("mine", tmp_path / made).of_set("set-patch256")
        assert row is not None
        for file in photographs.files:
            truth = load_truth(file, protocol)
            assert truth is not None
            assert np.array_equal(row.picture(file.stem, (256, 256, 3)), bicubic(truth.low))
