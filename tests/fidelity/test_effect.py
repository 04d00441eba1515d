"""What back-projection was measured to do: the committed file, and files that are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cf_esrt import models
from cf_esrt.fidelity.backprojection import TARGET
from cf_esrt.fidelity.effect import EFFECT, Effect, EffectError, effects, read_effects
from cf_esrt.interface import markup, texts
from cf_esrt.interface.panes import offered


def test_the_committed_measurements_are_of_the_committed_weights():
    measured = {(one.model, one.protocol): one for one in effects() if one.target == TARGET}
    assert {model for model, _ in measured} == {"bicubic", "esrt", "cf-esrt"}
    for (model, _), one in measured.items():
        assert one.sha256 == models.describe(model).sha256
        assert 0 <= one.changed <= one.photographs
        assert (one.lpips_before == one.lpips_after) or one.changed


def test_the_page_tells_them():
    page = markup.panes(offered(models.describe, models.names())[0])
    assert len(re.findall(r"Measured on \d+ photographs \(isic_cc0/val, patch256\): it changed", page)) == 3


@pytest.mark.parametrize(
    ("changed", "after", "sentence"),
    [(0, 0.2, "their LPIPS stayed as it was"), (3, 0.25, "from 0.200 to 0.250 (×1.250, lower is better)")],
)
def test_the_sentence_says_what_became_of_lpips(changed: int, after: float, sentence: str):
    one = Effect("esrt", None, "a/b", "patch256", 45.0, 8, changed, 8, 0.2, after)
    told = texts.effect("ESRT", one)
    assert told.startswith(f"Measured on 8 photographs (a/b, patch256): it changed {changed} of ESRT's results")
    assert sentence in told


@pytest.mark.parametrize("content", ["", "[]", '{"rows": [{"model": "esrt"}]}'])
def test_another_file_is_told_in_one_sentence(content: str, tmp_path: Path):
    path = tmp_path / EFFECT.name
    path.write_text(content, "utf-8")
    with pytest.raises(EffectError, match="holds no measurements"):
        read_effects(path)
