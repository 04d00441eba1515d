"""The committed model cards are what the command makes of the committed checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from cf_esrt import models
from cf_esrt.checkpoints import read_info
from training.card import main, model_card


@pytest.mark.parametrize("path", sorted(models.CHECKPOINTS.glob("*.safetensors")), ids=lambda path: path.stem)
def test_the_committed_card_is_the_checkpoints(path: Path) -> None:
    card = model_card(read_info(path), path.name, models.from_checkpoint(path).parameters)
    assert path.with_suffix(".md").read_text("utf-8") == card


def test_a_file_that_is_no_checkpoint_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    assert main([str(tmp_path / "a.safetensors")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
