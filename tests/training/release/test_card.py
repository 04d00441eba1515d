"""The committed model cards are what the command makes of the committed checkpoints."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cf_esrt import models
from cf_esrt.checkpoints import read_info
from training.evaluation import results
from training.evaluation.results import Results
from training.evaluation.tables import set_markdown
from training.release.card import main, model_card

RESULTS = Path(__file__).parents[3] / "assets" / "results"
TABLE, DETAIL = RESULTS / "table1.json", RESULTS / "detail.json"


@pytest.mark.parametrize("path", sorted(models.CHECKPOINTS.glob("*.safetensors")), ids=lambda path: path.stem)
def test_the_committed_card_is_the_checkpoints(path: Path) -> None:
    tables = results.read(TABLE), results.read(DETAIL)
    card = model_card(read_info(path), path.name, models.from_checkpoint(path).parameters, *tables)
    assert path.with_suffix(".md").read_text("utf-8") == card


def test_a_card_has_the_rows_of_its_own_weights() -> None:
    path = models.CHECKPOINTS / "esrt.safetensors"
    info, tables = read_info(path), results.read(TABLE)
    card = model_card(info, path.name, 5, tables)
    _, found = card.split("## Validation and test")
    for one in tables.sets:
        assert set_markdown(results.choose(Results(tables.origins, (one,)), ["bicubic", "esrt"]).sets[0]) in found
    assert "cf-esrt |" not in found
    assert "python -m training.evaluation.evaluate --models" in found
    unknown = model_card(dataclasses.replace(info, sha256="0" * 64), path.name, 5, tables)
    assert "## Validation and test" not in unknown


def test_a_card_says_whether_its_detail_is_there() -> None:
    path = models.CHECKPOINTS / "cf-esrt.safetensors"
    card = model_card(read_info(path), path.name, 5, detail=results.read(DETAIL))
    _, found = card.split("## Whether detail is there")
    rows = [line for line in found.split("## ")[0].splitlines() if line.startswith("| ")]
    assert any(row.startswith("| cf-esrt | ") for row in rows)
    assert any(row.startswith("| bicubic | ") for row in rows)
    assert not any(row.startswith("| esrt | ") or "unsharp" in row for row in rows)


def test_a_set_is_reported_once() -> None:
    """The checkpoint's own measurement is left out where the tables hold that of the same photographs."""
    path = models.CHECKPOINTS / "esrt.safetensors"
    info, tables = read_info(path), results.read(TABLE)
    others = Results(tables.origins, tuple(one for one in tables.sets if one.data != info.metrics["data"]))
    assert 0 < len(others.sets) < len(tables.sets)
    assert "## Scores" not in model_card(info, path.name, 5, tables)
    assert "## Scores" in model_card(info, path.name, 5, others)
    assert "## Scores" in model_card(info, path.name, 5)


def test_a_file_that_is_no_checkpoint_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    assert main([str(tmp_path / "a.safetensors")]) == 2
    assert main([str(tmp_path / "a.safetensors"), "--scores", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 2
