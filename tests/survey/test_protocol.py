"""A protocol's YAML: what it means, what is wrong with it and where, and its hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from cf_esrt.survey import protocol_file
from cf_esrt.survey.errors import SurveyError
from cf_esrt.survey.protocol import Protocol
from cf_esrt.survey.protocol_file import ProtocolError
from tests.survey.studies import protocol, settings

GOOD = """\
title: Which looks real?
instructions: Look.
consent: Agree.
questions: [realism]
methods:
  - original
  - bicubic
  - theirs=results/theirs
images:
  - a.png
  - b.png
  - {file: more/c.png, name: third}
training:
  - {image: a, method: bicubic}
  - {image: other.png, method: theirs}
gold:
  - image: third
    method: original
    expect: [4, 5]
seed: 7
"""


def read(tmp_path: Path, text: str) -> Protocol:
    file = tmp_path / "protocol.yaml"
    file.write_text(text, "utf-8")
    return protocol_file.read(file)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ProtocolError) as caught:
        read(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{tmp_path / 'protocol.yaml'}:") for line in lines)
    return [line.removeprefix(f"{tmp_path / 'protocol.yaml'}:") for line in lines]


def test_what_the_yaml_means(tmp_path):
    found = read(tmp_path, GOOD)
    assert [(method.name, method.model, method.folder) for method in found.methods] == [
        ("original", None, None),
        ("bicubic", "bicubic", None),
        ("theirs", None, "results/theirs"),
    ]
    assert [image.name for image in found.all_images()] == ["a", "b", "third", "other"]
    assert found.gold[0].image is not None
    assert found.gold[0].image.file == "more/c.png"  # named above
    assert found.training[1].method == found.methods[2]
    assert found.questions[0].text.endswith("?")
    assert found.items("realism") == 3 * 3 + 1 + 2


@pytest.mark.parametrize(
    ("before", "after", "line", "sentence"),
    [
        ("seed: 7", "sed: 7", 20, "'sed' is no setting here."),
        ("title: Which looks real?\n", "", 1, "'title' is missing."),
        ("title: Which looks real?", "title: ''", 1, "'title' is empty."),
        ("title: Which looks real?", "title: 2026", 1, "'title' has to be a text (in quotes, where it looks like"),
        ("seed: 7", "seed: '7'", 20, "'seed' has to be a whole number."),
        ("seed: 7", "seed: 7\nreplicates: 0", 21, "'replicates' has to be at least 1."),
        ("seed: 7", "seed: 7\nundo: maybe", 21, "'undo' has to be true or false."),
        ("seed: 7", "seed: 7\nseed: 8", 21, "'seed' is set twice."),
        ("seed: 7", "breaks:\n  after_items: 5\n  after_minutes: 0", 22, "'after_minutes' has to be at least 1."),
        ("seed: 7", "screening: strict", 20, "'screening' has to be 'looking', 'bt500' or 'none', not 'strict'."),
        ("questions: [realism]", "questions: [realism, beauty]", 4, "'kind' has to be 'realism', 'fidelity', 'pair'"),
        ("questions: [realism]", "questions: []", 4, "'questions' has 0 entries and needs at least 1."),
        ("questions: [realism]", "questions: realism", 4, "'questions' has to be a list."),
        ("questions: [realism]", "questions: [realism, realism]", 4, "The question 'realism' is listed twice."),
        ("  - bicubic", "  - bicubic\n  - bicubic", 8, "The method 'bicubic' is listed twice."),
        ("  - bicubic", "  - {model: bicubic, folder: x}", 7, "The method 'bicubic' has a model and a folder;"),
        ("theirs=results/theirs\n", "theirs=\n", 8, "The method 'theirs' names no folder after the equals sign."),
        ("  - b.png\n", "", 9, "There are 2 images, and an order needs at least 3."),
        ("  - b.png", "  - sub/a.png", 11, "The image 'a' is listed twice."),
        ("  - b.png", "  - 17", 11, "An entry of 'images' has to be a text or a group of settings."),
        ("  - {image: other.png, method: theirs}", "  - {image: a, method: theirs}", 15, "The same picture is shown"),
        ("expect: [4, 5]", "expect: [5, 4]", 19, "The expected range is written from the lowest score to the highest."),
        ("expect: [4, 5]", "expect: [4, 6]", 19, "'expect' has to be at most 5."),
        ("expect: [4, 5]", "expect: 5", 19, "'expect' has to be a list."),
        ("    expect: [4, 5]\n", "", 17, "'expect' is missing."),
        ("method: original", "method: theirs=elsewhere", 18, "The method 'theirs' is described in two ways"),
        ("seed: 7", "recruitment: ''", 20, "'recruitment' is empty."),
        ("seed: 7", "room: 5", 20, "'room' has to be a text"),
        ("  - bicubic", "  - {name: anchor, model: esrt}", 7, "'anchor' is the name of the low anchor; a model needs"),
        ("seed: 7", "images_are: input", 6, "There is no ground truth where the images are inputs"),
        ("seed: 7", "minimum_seconds: soon", 20, "'minimum_seconds' has to be a number."),
        ("seed: 7", "- seed", 20, "This is not YAML:"),
        ("seed: 7", "seed: !!python/name:os.system", 20, "This is not plain YAML:"),
    ],
)  # fmt: skip
def test_a_problem_is_reported_with_its_line(tmp_path, before, after, line, sentence):
    assert before in GOOD
    found = problems(tmp_path, GOOD.replace(before, after, 1))
    assert len(found) == 1, found
    number, _, message = found[0].partition(": ")
    assert message.startswith(sentence)
    assert message.endswith(".")
    assert int(number) == line


def test_all_problems_are_reported_at_once_in_the_files_order(tmp_path):
    text = GOOD.replace("seed: 7", "seed: x").replace("questions: [realism]", "questions: [beauty]")
    assert [line.split(":")[0] for line in problems(tmp_path, text)] == ["4", "20"]


def test_what_is_no_protocol_at_all(tmp_path):
    assert problems(tmp_path, "- a list\n") == ["1: A protocol is a list of settings, as in 'title: My study'."]
    (tmp_path / "protocol.yaml").write_bytes(b"title: a\nconsent: \xff\n")
    with pytest.raises(ProtocolError, match=r":2: This line is not UTF-8 text\.$"):
        protocol_file.read(tmp_path / "protocol.yaml")
    with pytest.raises(SurveyError, match="cannot be read: no such file"):
        protocol_file.read(tmp_path / "nothing.yaml")


def test_fidelity_needs_a_reference(tmp_path):
    text = GOOD.replace("[realism]", "[fidelity]").replace("  - original\n", "")
    text = text.replace("method: original", "method: esrt")
    assert read(tmp_path, text).items("fidelity") > 0  # the ground truths themselves
    assert problems(tmp_path, text.replace("seed: 7", "images_are: input")) == [
        "4: Fidelity needs a reference: give its pictures among the methods as original=FOLDER."
    ]


def test_the_hash_is_of_the_decisions_and_not_of_their_writing(tmp_path):
    found = read(tmp_path, GOOD)
    lines = GOOD.splitlines(keepends=True)
    rest = "".join(lines[:-1]).replace("[realism]", "\n  - realism")
    rewritten = f"# a remark\n{lines[-1]}replicates: 1\n{rest}"
    assert read(tmp_path, rewritten).sha256 == found.sha256
    assert Protocol.from_canonical(found.canonical()) == found
    assert Protocol.from_canonical(found.canonical()).sha256 == found.sha256


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"seed": 1},
        {"replicates": 2},
        {"questions": ["realism", "fidelity"]},
        {"screening": "bt500"},
        {"tests": ["friedman"]},
        {"images_are": "input", "methods": ["bicubic", "esrt"]},
        {"minimum_seconds": 2},
        {"methods": ["bicubic", "original", "esrt"]},
        {"recruitment": "Students, paid."},
        {"room": "A dark one."},
    ],
)
def test_every_decision_is_in_the_hash(change):
    assert Protocol.model_validate(settings() | change).sha256 != protocol().sha256


def test_the_hash_stays_the_same_over_versions():
    """A published study's hash can be computed again; whoever changes this counts `protocol.FORMAT` up."""
    assert protocol(seed=3).sha256 == "28cc0cc91c64a5d2fa37085e139bca8cc47034e5ef566e77f5623ffa29d0808f"
