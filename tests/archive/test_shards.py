"""Tar shards as a source: each photograph by its place in them, in folders and in object storage."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")

from cf_esrt.archive import command
from cf_esrt.archive.places import Place
from cf_esrt.archive.shards import unpacked
from tests.archive.test_command import Inline, results, rows, run
from tests.photo.files import jpeg, png


def shard(files: dict[str, bytes], **odd: tarfile.TarInfo) -> bytes:
    """A tar as WebDataset's writer makes it: files that belong together have names equal up to the first point."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for info in odd.values():
            tar.addfile(info)
    return buffer.getvalue()


def odd(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "_executor", Inline)
    (tmp_path / "in" / "deep").mkdir(parents=True)
    first = {"000.jpg": jpeg(), "000.json": b"{}", "病/001.png": png(), "._002.jpg": b"x"}
    (tmp_path / "in" / "train-0.tar").write_bytes(
        shard(first, link=odd("link.jpg", tarfile.SYMTYPE), folder=odd("病", tarfile.DIRTYPE))
    )
    (tmp_path / "in" / "deep" / "train-1.tar").write_bytes(shard({"000.jpg": png(), "../out.jpg": jpeg()}))
    (tmp_path / "in" / "beside.jpg").write_bytes(jpeg())
    return tmp_path / "in"


def test_members_are_photographs_in_folders_of_their_shards_names(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert run(source, "-o", target) == 1
    assert set(results(target)) == {"beside.png", "train-0/000.png", "train-0/病/001.png", "deep/train-1/000.png"}
    found = rows(target)
    assert found["train-0.tar/000.json"].state == "left out"
    failed = {path: row.error for path, row in found.items() if row.state == "failed"}
    assert failed == {
        "train-0.tar/link.jpg": "It is no plain file in its shard.",
        "deep/train-1.tar/../out.jpg": "Its name in the shard leads out of the shard.",
    }
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "000.jpg").write_bytes(jpeg())
    assert run(plain, "-o", tmp_path / "plain-out") == 0
    assert results(tmp_path / "plain-out")["000.png"] == results(target)["train-0/000.png"]
    assert run(source, "-o", target) == 1
    assert Inline.made == []
    (source / "deep" / "train-1.tar").write_bytes(shard({"000.jpg": png(), "new.jpg": jpeg()}))
    run(source, "-o", target)
    assert sorted(Inline.made) == ["deep/train-1.tar/000.jpg", "deep/train-1.tar/new.jpg"]


def test_one_shard_alone(source: Path, tmp_path: Path) -> None:
    assert run(source / "train-0.tar", "-o", tmp_path / "out") == 1
    assert set(results(tmp_path / "out")) == {"000.png", "病/001.png"}


@pytest.mark.parametrize("how", ["cut", "garbage", "none"])
def test_a_damaged_shard_costs_what_is_damaged(source: Path, tmp_path: Path, how: str) -> None:
    whole = shard({"1.jpg": jpeg(), "2.jpg": jpeg()})
    second = 512 + -(-len(jpeg()) // 512) * 512
    bad = {"cut": whole[: second + 600], "garbage": whole[:second] + b"x" * 2048, "none": b"no tar at all"}[how]
    (source / "bad.tar").write_bytes(bad)
    assert run(source, "-o", tmp_path / "out") == 1
    found = rows(tmp_path / "out")
    assert found["bad.tar"].error.startswith("The shard could not be read to its end: it is damaged (")
    assert ("bad.tar/1.jpg" in found) == (how != "none")
    if how != "none":
        assert found["bad.tar/1.jpg"].state == "done"
    if how == "cut":
        assert found["bad.tar/2.jpg"].state == "failed"
    assert found["train-0.tar/000.jpg"].state == "done"


def test_in_object_storage(source: Path, bucket: str) -> None:
    place = Place(f"{bucket}/in")
    place.write("train-0.tar", (source / "train-0.tar").read_bytes())
    assert run(place.address, "-o", f"{bucket}/out") == 1
    assert Place(f"{bucket}/out").results() == {"train-0/000.png", "train-0/病/001.png"}
    assert run(f"{place.address}/train-0.tar", "-o", f"{bucket}/alone") == 1
    assert Place(f"{bucket}/alone").results() == {"000.png", "病/001.png"}


def test_names() -> None:
    assert unpacked("a/train-0.tar/b.tar") == "a/train-0/b.tar"
    assert unpacked("a.tar") == "a.tar"
    assert unpacked(".tar/b.jpg") == ".tar/b.jpg"
