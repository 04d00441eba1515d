"""``python -m cf_esrt survey``: from a protocol to the tables."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys

import pytest
from PIL import Image

from cf_esrt.__main__ import main
from cf_esrt.survey import manifest
from cf_esrt.survey.errors import WrongPassword
from cf_esrt.survey.recruiting import join
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, folder, prepared, settings, vote


def survey(*arguments: object) -> int:
    return main(["survey", *map(str, arguments)])


@pytest.fixture
def photographs(tmp_path):
    files = tmp_path / "photographs"
    files.mkdir()
    for number in range(6):
        Image.new("RGB", (24, 16), (40 * number, 120, 60)).save(files / f"lesion {number}.png")
    return files


@pytest.fixture
def _password(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\nmore\n"))


@pytest.mark.usefixtures("_password")
def test_from_protocol_to_tables(tmp_path, photographs, capsys, monkeypatch):
    study = tmp_path / "study"
    assert survey("new", study, photographs) == 0
    text = (study / "protocol.yaml").read_text("utf-8")
    text = text.replace(", esrt, cf-esrt]", "]")  # what needs no network
    text = text.replace("minimum_seconds: 1", "minimum_seconds: 0")  # and no waiting
    (study / "protocol.yaml").write_text(text, "utf-8")
    assert survey("prepare", study, "--device", "cpu") == 0
    output = capsys.readouterr()
    assert "15 pictures; each rater will vote on 20 items" in output.out
    assert "warning" not in output.err  # the template's gold items are enough
    assert survey("open", study) == 0
    assert survey("codes", study, "-n", "2") == 0
    codes = [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()[-2:]]
    assert survey("codes", study, "--link", "https://example.org/rate/") == 0
    assert capsys.readouterr().out.splitlines()[0] == f"R001\thttps://example.org/rate/?code={codes[0]}"
    assert survey("plan", study, "R002") == survey("plan", study, "2") == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[: len(printed) // 2] == printed[len(printed) // 2 :]
    assert printed[2] == "0\trealism\ttraining\tlesion 0\tbicubic\t1"
    opened = Survey.attach(Folder.of(study))
    assert [f"{item.image}\t{item.method}" for item in opened.plan(2)] == [
        line.split("\t", 3)[3].rsplit("\t", 1)[0] for line in printed[2 : len(printed) // 2]
    ]
    session = at_the_items(opened, codes[0])
    while session.item() is not None:
        vote(session)
    opened.close()
    assert survey("status", study) == 0
    assert "Raters planned: 15; codes made: 2; started: 1; done: 1." in capsys.readouterr().out
    assert survey("status", study, "--json") == 0
    assert json.loads(capsys.readouterr().out)["votes"] == 20
    assert survey("export", study) == 2
    assert "exported once the study is locked" in capsys.readouterr().err
    under_way = Survey.attach(Folder.of(study))
    vote(at_the_items(under_way, codes[1]))
    under_way.close()
    assert survey("lock", study) == 2
    said = ["warning: Under way: R002 (1 of 20).", "error: Locking ends the study for good; say so with --yes."]
    assert capsys.readouterr().err.splitlines() == said
    assert survey("lock", study, "--yes") == 0
    assert survey("export", study, "-o", tmp_path / "tables") == 0
    rows = list(csv.DictReader((tmp_path / "tables" / "ratings.csv").open(encoding="utf-8-sig")))
    assert (tmp_path / "tables" / "ratings.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # Excel takes it for UTF-8
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "tables").iterdir())
    assert {row["method"] for row in rows} == {"original", "bicubic", "anchor"}
    assert len(rows) == 21
    frozen = (tmp_path / "tables" / "protocol.json").read_text("utf-8")
    assert json.loads(frozen)["seed"] == 0
    assert survey("codes", study, "-n", "1") == 2
    assert survey("prepare", study) == 2
    assert "This study is open, and its pictures with it" in capsys.readouterr().err


def test_new_passes_over_what_is_no_photograph(tmp_path, photographs, capsys):
    """A copy from a Mac: resource forks and the Finder's file; and a name that `prepare` would refuse."""
    (photographs / "._lesion 0.png").write_bytes(b"\x00\x05\x16\x07")
    (photographs / ".DS_Store").write_bytes(b"")
    (photographs / "notes.txt").write_text("none")
    Image.new("RGB", (24, 16)).save(photographs / "a=b.png")
    assert survey("new", tmp_path / "study", photographs) == 0
    assert "a=b.png is passed over" in capsys.readouterr().err
    images = Folder.of(tmp_path / "study").read().images
    assert [image.name for image in images] == [f"lesion {number}" for number in range(6)]


@pytest.mark.parametrize("question", ["fidelity", "pair", "real", "diagnosis"])
def test_new_begins_a_study_of_each_kind(tmp_path, photographs, capsys, question):
    study = tmp_path / "study"
    assert survey("new", study, photographs, "--question", question) == 0
    if question == "diagnosis":  # what nobody but the organiser knows
        assert survey("inputs", study, tmp_path / "inputs") == 2
        assert capsys.readouterr().err.count("needs the 'truth' of 'lesion") == 6
        text = (study / "protocol.yaml").read_text("utf-8")
        (study / "protocol.yaml").write_text(text.replace("truth: ,", "truth: benign,"), "utf-8")
    protocol = Folder.of(study).read()
    assert [asked.kind for asked in protocol.questions] == [question]
    assert len(protocol.images) == 6


def test_another_password_by_the_command_line(tmp_path, capsys):
    study = prepared(tmp_path / "s", settings())
    Survey.open(study, PASSWORD).close()
    for password, code in (("short", 2), ("another horse's battery", 0)):
        file = tmp_path / "password"
        file.write_text(f"{password}\n", "utf-8")
        assert survey("password", study.path, "--password-file", file) == code
    assert "at least 10 characters" in capsys.readouterr().err
    opened = Survey.attach(study)
    opened.organiser("another horse's battery")
    with pytest.raises(WrongPassword):
        opened.organiser(PASSWORD)
    opened.close()


def test_completion_codes_are_in_status_and_table(tmp_path, capsys):
    study = prepared(tmp_path / "s", settings(recruiting={"quota": 3}))
    opened = Survey.open(study, PASSWORD)
    session = at_the_items(opened, join(opened, "5f1a"))
    while session.item() is not None:
        state = vote(session)
    code = state.completion_code
    opened.local_organiser().lock()
    opened.close()
    assert survey("status", study.path) == 0
    assert f"R001\t12/12 done {code} 5f1a; to look at: always 3" in capsys.readouterr().out
    assert survey("export", study.path) == 0
    assert survey("report", study.path) == 0  # one rater, whose page told nothing of the screen
    rows = list(csv.DictReader((study.report / "raters.csv").open(encoding="utf-8-sig")))
    assert [(row["completion_code"], row["external"]) for row in rows] == [(code, "5f1a")]
    page = (study.report / "report.html").read_text("utf-8")
    assert re.findall(r"\b1 (?:raters|readers|answers)\b.*", page) == []
    assert "Logged of 1 rater," in page
    assert all(path.stat().st_mode & 0o077 == 0 for path in study.report.rglob("*") if path.is_file())


def test_new_refuses_what_makes_no_study(tmp_path, photographs, capsys):
    for arguments, sentence in [
        ((photographs / "lesion 0.png",), "A study needs at least 3 images; here are 1."),
        ((photographs, tmp_path / "none.png"), f"The image {tmp_path / 'none.png'} is not there."),
        ((photographs, photographs / "lesion 0.png"), "Two images are named lesion 0; rename one."),
    ]:
        assert survey("new", tmp_path / "study", *arguments) == 2
        assert capsys.readouterr().err == f"error: {sentence}\n"
    assert not (tmp_path / "study").exists()
    assert survey("new", tmp_path / "study", photographs) == 0
    assert survey("new", tmp_path / "study", photographs) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.usefixtures("_password")
def test_too_little_gold_is_told_before_the_study_opens_and_then(tmp_path, photographs, capsys):
    study = tmp_path / "study"
    assert survey("new", study, photographs) == 0
    text = (study / "protocol.yaml").read_text("utf-8").replace(", esrt, cf-esrt]", "]")
    lines = [line for line in text.splitlines() if "method: anchor" not in line]
    (study / "protocol.yaml").write_text("\n".join(lines), "utf-8")
    for part, further in (("prepare", ("--device", "cpu")), ("open", ())):
        capsys.readouterr()
        assert survey(part, study, *further) == 0
        output = capsys.readouterr().err.splitlines()[-1]
        assert output.startswith(
            "warning: The screening may miss its aim (95% of random clickers out, at most 5% of honest"
        )
        assert "has 3 gold items, 0 expected below 3 and 3 above; it needs 5 or more" in output


def test_an_order_that_cannot_be_had_is_told_before_pictures_are_made(tmp_path, capsys):
    gold = [{"image": "p0", "method": method, "expect": [1, 5]} for method in ("original", "bicubic", "anchor", "esrt")]
    made = folder(tmp_path / "s", settings(3, ("original", "bicubic", "esrt"), gold=gold))
    assert survey("prepare", made.path) == 2
    assert capsys.readouterr().err == (
        "error: No order exists in which no picture comes twice in a row: 4 gold items among 3 images are too many; "
        "leave some gold items out or add an image.\n"
    )
    assert not made.stimuli.exists()


def test_the_engine_is_the_command_lines(tmp_path, photographs, capsys):
    assert survey("new", tmp_path / "study", photographs) == 0
    assert survey("prepare", tmp_path / "study", "--device", "cpu", "--engine", "torch") == 0
    made = manifest.read(Folder.of(tmp_path / "study").manifest)
    ran = {(one.method, one.engine, one.precision) for one in made.stimuli}
    assert ran == {
        ("original", None, None), ("bicubic", None, None), ("anchor", None, None),
        ("esrt", "torch", "float32"), ("cf-esrt", "torch", "float32"),
    }  # fmt: skip


def test_errors_are_sentences(tmp_path, capsys):
    assert survey("status", tmp_path) == 2
    assert "is no study: it holds no protocol.yaml" in capsys.readouterr().err
    study = folder(tmp_path / "s", settings(seed="x"))
    assert survey("prepare", study.path) == 2
    line = next(n for n, text in enumerate(study.protocol.read_text("utf-8").splitlines(), 1) if "seed" in text)
    assert capsys.readouterr().err == f"{study.protocol}:{line}: 'seed' has to be a whole number.\n"
    other = prepared(tmp_path / "other", settings())
    assert survey("status", other.path) == 2
    assert capsys.readouterr().err == "error: This study is not open yet; run 'survey open'.\n"
    assert survey("open", other.path, "--password-file", tmp_path / "none") == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'none'}: no such file or directory.\n"
    for arguments in (("plan", other.path, "R0"), ("codes", other.path, "-n", "no"), ("dance",)):
        with pytest.raises(SystemExit) as stopped:
            survey(*arguments)
        assert stopped.value.code == 2


def test_the_databases_address_is_read_once_and_taken_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CF_ESRT_DATABASE_URL", "not an address")
    other = prepared(tmp_path / "other", settings())
    assert survey("status", other.path) == 2
    assert "CF_ESRT_DATABASE_URL is no address of a PostgreSQL database" in capsys.readouterr().err
    assert "CF_ESRT_DATABASE_URL" not in os.environ
