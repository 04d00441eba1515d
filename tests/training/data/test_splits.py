"""Splits keep lesions and patients together, repeat, and notice what has changed since they were made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.data.trees import isic_2019, isic_cli, pad_ufes_20, photograph
from training.config import ConfigError
from training.data import Record, make_split, read_split, resolve, write_split
from training.data import splits as splits_module
from training.data.splits import SIDES, Split
from training.split import main

LESIONS = {f"ISIC_{i:07d}": f"L{i // 3}" if i < 24 else "" for i in range(40)}
"""Eight lesions of three photographs, and sixteen photographs of unknown ones."""


@pytest.fixture(scope="module")
def isic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return isic_2019(tmp_path_factory.mktemp("isic"), LESIONS)


def lesions_of(split: Split, side: str) -> set[str]:
    return {entry.lesion for entry in split.entries if entry.side == side and entry.lesion}


def test_no_lesion_is_on_both_sides_and_a_fifth_is_held_out(isic: Path) -> None:
    split = make_split(isic)
    assert not lesions_of(split, "train") & lesions_of(split, "held_out")
    assert len(lesions_of(split, "train") | lesions_of(split, "held_out")) == 8
    assert split.counts()["held_out"]["photographs"] == 8
    assert split.counts()["train"]["photographs"] == 32
    assert set(split.files("train")) | set(split.files("held_out")) == set(resolve([isic]))


def test_the_seed_decides(isic: Path) -> None:
    assert make_split(isic, seed=3) == make_split(isic, seed=3)
    assert make_split(isic, seed=3).files("held_out") != make_split(isic, seed=4).files("held_out")


@settings(max_examples=25)
@given(data=st.data())
def test_groups_stay_whole_in_any_order(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Random lesions and patients that overlap; files of equal content; the records in any order."""
    number = data.draw(st.integers(2, 30))
    ids = st.one_of(st.none(), st.integers(0, 9).map(str))
    folder = Path("photos")
    records = [Record(folder / f"{i:02d}.jpg", data.draw(ids), None, data.draw(ids)) for i in range(number)]
    hashes = {r.path: data.draw(st.integers(0, 40).map(str)) for r in records}
    shuffled = data.draw(st.permutations(records))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splits_module, "digests", lambda files: [hashes[file] for file in files])
        splits = []
        for each in (records, shuffled):
            patch.setattr(splits_module, "read_layout", lambda *_, each=each: ("isic2019", each))
            try:
                splits.append(make_split(folder, held_out=0.3))
            except ConfigError as error:
                splits.append(str(error))
    assert splits[0] == splits[1]
    if isinstance(splits[0], Split):
        for kind in ("lesion", "patient", "sha256"):
            train, held = ({getattr(e, kind) for e in splits[0].entries if e.side == side} - {None} for side in SIDES)
            assert not train & held
        assert all(splits[0].files(side) for side in SIDES)


def test_a_patient_is_on_one_side(tmp_path: Path) -> None:
    split = make_split(pad_ufes_20(tmp_path), held_out=0.4)
    assert sorted(len({e.patient for e in split.entries if e.side == side}) for side in SIDES) == [1, 1]
    assert [path.name for path in split.files("held_out")] == ["PAT_2_12_102.png"]  # the two of PAT_1 are too many


def test_photographs_that_are_all_connected_cannot_be_divided(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="all of one lesion or patient"):
        make_split(isic_cli(tmp_path))


def test_copies_of_a_file_stay_together(tmp_path: Path) -> None:
    photograph(tmp_path / "a.png")
    for name in ("b.png", "c.png", "d.png"):
        shutil.copy(tmp_path / "a.png", tmp_path / name)
    photograph(tmp_path / "e.png")
    assert [path.name for path in make_split(tmp_path, held_out=0.5).files("held_out")] == ["e.png"]


def test_a_split_is_read_as_it_was_written(isic: Path, tmp_path: Path) -> None:
    split = make_split(isic, seed=2)
    write_split(split, tmp_path / "split.json")
    read = read_split(tmp_path / "split.json")
    assert read.entries == split.entries
    assert (read.layout, read.seed, read.held_out) == ("isic2019", 2, 0.2)
    assert [file.resolve() for file in read.files("train")] == [file.resolve() for file in split.files("train")]
    assert resolve([f"{tmp_path}/split.json#held_out"]) == read.files("held_out")
    document = json.loads((tmp_path / "split.json").read_text())
    assert document["counts"] == split.counts()
    assert str(isic) not in (tmp_path / "split.json").read_text()  # the folder is named from where the file lies


def test_a_split_moves_with_its_data_set_or_is_reported_where_it_is(isic: Path, tmp_path: Path) -> None:
    shutil.copytree(isic, tmp_path / "one")
    write_split(make_split(tmp_path / "one"), tmp_path / "one" / "split.json")
    (tmp_path / "one").rename(tmp_path / "two")
    assert len(read_split(tmp_path / "two" / "split.json").files("train")) == 32
    (tmp_path / "two" / "split.json").rename(tmp_path / "split.json")
    with pytest.raises(ConfigError, match="is missing"):
        read_split(tmp_path / "split.json")
    assert len(read_split(tmp_path / "split.json", folder=tmp_path / "two").files("train")) == 32


@pytest.fixture
def written(tmp_path: Path) -> Path:
    for number in range(5):
        photograph(tmp_path / "photos" / f"{number}.png")
    write_split(make_split(tmp_path / "photos"), tmp_path / "split.json")
    return tmp_path / "split.json"


def test_a_changed_photograph_is_named(written: Path) -> None:
    changed = read_split(written).files("train")[0]
    changed.write_bytes(changed.read_bytes() + b" ")
    with pytest.raises(ConfigError, match=rf"{changed.name} has changed"):
        resolve([f"{written}#train"])
    assert len(resolve([f"{written}#held_out"])) == 1
    assert len(resolve([f"{written}#train"], verify=False)) == 4


def test_a_missing_photograph_is_named(written: Path) -> None:
    read_split(written).files("held_out")[0].unlink()
    with pytest.raises(ConfigError, match=r"\.png of the split .* is missing"):
        read_split(written)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a split"),
        ('{"format": "other"}', "is not a split"),
        ('{"format": "cf-esrt split 1", "files": [{"name": "1.png"}]}', "is not a split"),
    ],
)
def test_other_files_are_no_splits(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "split.json").write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_split(tmp_path / "split.json")


def test_a_leak_by_hand_is_noticed(isic: Path, tmp_path: Path) -> None:
    write_split(make_split(isic), tmp_path / "split.json")
    document = json.loads((tmp_path / "split.json").read_text())
    next(e for e in document["files"] if e["lesion"] == "L1")["side"] = "train"
    [e for e in document["files"] if e["lesion"] == "L1"][1]["side"] = "held_out"
    (tmp_path / "split.json").write_text(json.dumps(document))
    with pytest.raises(ConfigError, match="has lesion L1 on both sides"):
        read_split(tmp_path / "split.json", folder=isic)


def test_a_side_has_to_be_named(written: Path) -> None:
    with pytest.raises(ConfigError, match="names no side"):
        resolve([written])
    with pytest.raises(ConfigError, match=r"split none.json cannot be read"):
        resolve(["none.json#train"])


def test_the_command_writes_what_it_says(isic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "split.json"
    arguments = [str(isic), "-o", str(out), "--held-out", "0.1", "--seed", "5"]
    assert main(arguments) == 0
    assert "layout isic2019, seed 5" in capsys.readouterr().out
    before = out.read_bytes()
    assert main(arguments) == 0  # the same split once more
    assert main([*arguments, "--seed", "6"]) == 2
    assert "exists and holds something else" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert read_split(out).counts()["held_out"]["photographs"] == 4


def test_the_command_says_where_lesions_are_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        photograph(tmp_path / "photos" / "deep" / f"{number}.png")
    out = str(tmp_path / "split.json")
    assert main([str(tmp_path / "photos"), "-o", out]) == 2
    assert main([str(tmp_path / "photos"), "-o", out, "--layout", "tree"]) == 0
    assert "lesions are not known" in capsys.readouterr().out
    assert main([str(tmp_path / "photos"), "-o", out, "--held-out", "1.5"]) == 2
    assert "must lie between 0 and 1" in capsys.readouterr().err
