"""The committed example studies."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from cf_esrt.survey import stimuli
from cf_esrt.survey.design import check, plan
from cf_esrt.survey.study import Folder
from tests.survey.studies import repeat

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def test_the_example_can_be_prepared(tmp_path):
    for name in ("survey", "examples"):
        kept = shutil.ignore_patterns("stimuli", "manifest.json", "log", "survey.sqlite*", "report")
        shutil.copytree(ASSETS / name, tmp_path / name, ignore=kept)
    folder = Folder.of(tmp_path / "survey")
    protocol = folder.read()
    prepared = stimuli.prepare(folder, protocol, load=repeat)
    assert stimuli.check(folder, protocol) == prepared
    assert {(one.width, one.height) for one in prepared.stimuli} == {(240, 180)}
    items = plan(protocol, 1)
    assert Counter(item.kind for item in items) == {"training": 2, "test": 16, "gold": 6}
    assert f"{len(items)} pictures" in protocol.instructions


@pytest.mark.parametrize(
    ("name", "kind", "items"),
    [("pairs", "pair", 12), ("adaptive", "pair", 8), ("real", "real", 12), ("reader", "diagnosis", 12)],
)
def test_each_kind_of_question_has_an_example(name, kind, items):
    protocol = Folder.of(ASSETS / "survey" / name).read()
    assert [question.kind for question in protocol.questions] == [kind]
    check(protocol, "0" * 64)
    assert len(plan(protocol, 1, "0" * 64)) == items
