"""What back-projection was measured to do: the committed file, and files that are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cf_esrt import models
from cf_esrt.fidelity.backprojection import TARGET
from cf_esrt.fidelity.effect import EFFECT, Effect, EffectError, effects, read_effects
from cf_esrt.interface.preview import markup, strings
from cf_esrt.interface.preview.panes import available_panes


def test_the_committed_measurements_are_of_the_committed_weights():
    measured = {(one.model, one.protocol): one for one in effects() if one.target == TARGET}
    assert {model for model, _ in measured} == {"bicubic", "esrt", "cf-esrt", "cf-esrt-plus"}
    for (model, _), one in measured.items():
        assert one.sha256 == models.describe(model).sha256
        assert 0 <= one.changed <= one.photographs
        assert (one.lpips_before == one.lpips_after) or one.changed


def test_the_page_tells_them():
    page = markup.panes(available_panes(models.describe, models.names())[0])
    messages = re.findall(r"measured on (\d+) photographs \(isic_cc0/val, patch256\): ([^<]+)", page)
    assert len(messages) == 1
    assert all(title in messages[0][1] for title in ("Bicubic", "; ESRT", "; CF-ESRT"))


def test_the_sentence_says_what_became_of_lpips():
    kept = Effect("esrt", None, "a/b", "patch256", 45.0, 8, 0, 8, 0.2, 0.2)
    changed = Effect("srcnn", None, "a/b", "patch256", 45.0, 8, 3, 8, 0.2, 0.25)
    messages = strings.effect({"ESRT": kept, "SRCNN": changed})
    assert messages.endswith(
        "8 photographs (a/b, patch256): ESRT no result; "
        "SRCNN 3 results, their mean LPIPS from 0.200 to 0.250 (lower is better)."
    )


@pytest.mark.parametrize("content", ["", "[]", '{"rows": [{"model": "esrt"}]}'])
def test_another_file_is_one_sentence(content: str, tmp_path: Path):
    path = tmp_path / EFFECT.name
    path.write_text(content, "utf-8")
    with pytest.raises(EffectError, match="holds no measurements"):
        read_effects(path)
