"""What is left to be made, and under which names; nothing here runs a network."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.pipeline import Settings
from cf_esrt.archive.places import Entry, Place, check_apart
from cf_esrt.archive.planning import plan
from cf_esrt.archive.rows import Row

SETTINGS = Settings("esrt", "ab" * 32, 1.0, "cpu", None, "auto", False)


def entries(*paths: str) -> list[Entry]:
    return [Entry(path, "10 1") for path in paths]


def done(path: str, target: str, **more: object) -> Row:
    return replace(Row(path, "done", "10 1", SETTINGS.key, target, input_sha256="cd" * 32), **more)  # type: ignore[arg-type]


def test_equal_stems_and_case_twins_keep_apart_and_it_is_said() -> None:
    found = plan(entries("a/X.jpg", "a/x.png", "a/x.tif", "b/x.png", "x-2.png"), {}, set(), SETTINGS)
    assert [task.target for task in found.tasks] == ["a/X.png", "a/x-2.png", "a/x-3.png", "b/x.png", "x-2.png"]
    assert found.tasks[0].caution == found.tasks[3].caution == ""
    assert found.tasks[1].caution == (
        "X.jpg has the same name but for its ending, capitals or accents, so this result is a/x-2.png."
    )
    found = plan(entries("\u00e9.jpg", "e\u0301.jpg"), {}, set(), SETTINGS)
    assert [task.target for task in found.tasks] == ["\u00e9.png", "e\u0301-2.png"]


def test_uid_names_keep_their_last_number() -> None:
    found = plan(entries("1.2.840.1.5", "1.2.840.1.6", "IM1"), {}, set(), SETTINGS)
    assert [task.target for task in found.tasks] == ["1.2.840.1.5.png", "1.2.840.1.6.png", "IM1.png"]


def test_a_name_stays_where_others_come_before_it() -> None:
    known = {"b/x.tif": done("b/x.tif", "b/x.png")}
    found = plan(entries("b/x.jpg", "b/x.tif"), known, {"b/x.png"}, SETTINGS)
    assert [(task.path, task.target) for task in found.tasks] == [("b/x.jpg", "b/x-2.png")]
    assert found.known == 1


def test_what_is_known_is_not_made_again() -> None:
    known = {"a.jpg": done("a.jpg", "a.png"), "b.jpg": replace(done("b.jpg", ""), state="failed", error="No.")}
    known["notes.txt"] = replace(done("notes.txt", ""), state="left out")
    every = entries("a.jpg", "b.jpg", "notes.txt")
    found = plan(every, known, {"a.png"}, SETTINGS)
    assert (found.tasks, found.known, found.known_failed, found.total) == ([], 3, 1, 3)
    assert [task.path for task in plan(every, known, {"a.png"}, SETTINGS, retry=True).tasks] == ["b.jpg"]
    assert [task.path for task in plan(every, known, set(), SETTINGS).tasks] == ["a.jpg"]  # its result was removed


def test_a_new_date_is_looked_at_and_other_settings_are_made() -> None:
    known = {"a.jpg": done("a.jpg", "a.png")}
    (task,) = plan([Entry("a.jpg", "10 2")], known, {"a.png"}, SETTINGS).tasks
    assert (task.target, task.known_sha256) == ("a.png", "cd" * 32)
    for other in (replace(SETTINGS, weights_sha256="ef" * 32), replace(SETTINGS, detail=0.5)):
        (task,) = plan(entries("a.jpg"), known, {"a.png"}, other).tasks
        assert (task.target, task.known_sha256) == ("a.png", "")


def test_what_cannot_be_read_is_a_row_once() -> None:
    bad = [Entry("a.jpg", error="It is a link that leads out of the source.")]
    found = plan(bad, {}, set(), SETTINGS)
    assert [(row.state, row.error) for row in found.refused] == [("failed", bad[0].error)]
    found = plan(bad, {"a.jpg": found.refused[0]}, set(), SETTINGS)
    assert (found.refused, found.known_failed) == ([], 1)


@pytest.mark.skipif(os.name != "posix", reason="links and names of bytes are POSIX's")
def test_a_folder_is_walked_in_order_and_links_do_not_lead_out(tmp_path: Path) -> None:
    source, outside = tmp_path / "source", tmp_path / "outside"
    for path in ("b/病変.jpg", "a/1.jpg", "a/.hidden", ".thumbnails/1.jpg", "z.jpg"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(b"x")
    outside.mkdir()
    (outside / "2.jpg").write_bytes(b"x")
    (source / "a" / "inner.jpg").symlink_to(source / "z.jpg")
    (source / "a" / "outer.jpg").symlink_to(outside / "2.jpg")
    (source / "a" / "broken.jpg").symlink_to(outside / "3.jpg")
    (source / "linked").symlink_to(outside)
    (source / "round").symlink_to(source)
    Path(os.fsdecode(os.fsencode(source) + b"/l\xe4sion.jpg")).write_bytes(b"x")
    found = {entry.path: entry.error for entry in Place(str(source)).walk()}
    good = [path for path, error in found.items() if not error]
    assert good == [os.fsdecode(b"l\xe4sion.jpg"), "z.jpg", "a/1.jpg", "a/inner.jpg", "b/病変.jpg"]
    assert found["a/outer.jpg"] == "It is a link that leads out of the source; give the folder it leads to."
    assert found["a/broken.jpg"] == found["a/outer.jpg"]
    assert found["linked"] == found["round"] == "It is a link to a folder, which is not followed."


def test_source_and_target_lie_apart(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in2").mkdir()
    check_apart(Place(str(tmp_path / "in")), Place(str(tmp_path / "in2")))
    for first, second in (("in", "in"), ("in", "in/deep"), ("in/deep", "in"), ("in/../in/deep", "in")):
        with pytest.raises(ArchiveError, match=r"lies inside the (source|target) .*; choose another\.$"):
            check_apart(Place(str(tmp_path / first)), Place(str(tmp_path / second)))
    with pytest.raises(ArchiveError, match="lies inside"):
        check_apart(Place("s3://bucket/in"), Place("s3://bucket/in/out"))
