"""A study's protocol: everything that is decided before the first vote. `protocol_file.read` reads one from YAML."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

FORMAT = 1
"""Of the canonical serialisation; a change of the models that changes a hash counts it up."""
ORIGINAL = "original"
"""The hidden reference: the ground truth itself, rated like the others."""
ANCHOR = "anchor"
"""A low anchor: the networks' input shrunk to a quarter again and enlarged smoothly, so that nobody takes it for sharp.
For gold items that a careful rater finds bad."""
MADE_HERE = (ORIGINAL, ANCHOR)
"""Methods that need neither a model nor a folder."""
LATER = ("recruitment", "room")
"""Settings that came after the first studies: unset, they are no part of the hash, so that older hashes hold."""
LABELS = {5: "Excellent", 4: "Good", 3: "Fair", 2: "Poor", 1: "Bad"}
"""The absolute category rating scale of ITU-T P.910, 7.1."""
FEWEST_IMAGES = 3
"""With fewer, the same picture would have to come twice in a row."""

QuestionKind = Literal["realism", "fidelity"]
Condition = Literal["zoom", "screen", "brightness", "colour"]
Test = Literal["friedman", "wilcoxon-holm", "mixed-model"]
Screening = Literal["looking", "bt500", "none"]

TEXTS: dict[QuestionKind, str] = {
    "realism": "How realistic does this picture look, as a dermoscopy photograph?",
    "fidelity": "How faithful is this picture to the reference beside it?",
}

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[^\s/\\=][^/\\=]{0,63}$")]
Score = Annotated[StrictInt, Field(ge=1, le=5)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Part):
    """One pass over all items. ``realism`` alone, in the YAML, stands for its kind with the usual text."""

    kind: QuestionKind
    text: Text

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        given = {"kind": given} if isinstance(given, str) else given
        if isinstance(given, dict) and "text" not in given and isinstance(given.get("kind"), str):
            given = given | {"text": TEXTS.get(given["kind"], "?")}
        return given


class Method(_Part):
    """Where a method's pictures come from: a model of the app, the ground truth, or a folder of ready-made results.

    In the YAML ``cf-esrt`` stands for the model of that name, ``original`` for the ground truth, ``anchor`` for a low
    anchor, and ``NAME=FOLDER`` for pictures with the images' names in a folder; a mapping may say more (``detail``).
    """

    name: Name
    model: str | None = None
    detail: Annotated[float, Field(ge=0, le=1)] = 1.0
    """As `Enhancer`'s; only for models that have it."""
    folder: str | None = None
    """Relative to the protocol."""

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        if isinstance(given, str):
            name, equals, folder = given.partition("=")
            given = {"name": name.strip(), "folder": folder.strip()} if equals else {"name": given}
        if isinstance(given, dict) and given.get("name", ORIGINAL) not in MADE_HERE and given.get("folder") is None:
            given = {"model": given["name"]} | given
        if isinstance(given, dict) and "name" not in given and "model" in given:
            given = given | {"name": given["model"]}
        return given


class Image(_Part):
    """A photograph; its name is its file's, without the ending, unless the YAML says another."""

    file: Text
    """Relative to the protocol."""
    name: Name

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        given = {"file": given} if isinstance(given, str) else given
        if isinstance(given, dict) and "name" not in given and isinstance(given.get("file"), str):
            given = given | {"name": PurePosixPath(given["file"]).stem}
        return given


class TrainingItem(_Part):
    """Shown before a pass, in the order written, voted on like the others and not counted.

    Image and method may be the name of one that the protocol lists.
    """

    image: Image
    method: Method


class GoldItem(_Part):
    """An item with a known answer, spread among the others; not counted in the scores."""

    image: Image
    method: Method
    expect: tuple[Score, Score]
    """The lowest and the highest score that an attentive rater gives."""
    questions: tuple[QuestionKind, ...] = ("realism", "fidelity")
    """The passes it is in."""


class Background(_Part):
    """A question about the rater, for subgroups; asked once, answered by choosing."""

    name: Name
    text: Text
    choices: Annotated[tuple[Text, ...], Field(min_length=2)]


class Breaks(_Part):
    """When a break is suggested: never forced."""

    after_items: Annotated[StrictInt, Field(ge=5)] = 60
    after_minutes: Annotated[StrictInt, Field(ge=1)] = 20


class Protocol(_Part):
    """Everything that is decided before the first vote."""

    title: Text
    instructions: Text
    consent: Text
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    """The passes, in this order; nothing of one is mixed into another."""
    methods: Annotated[tuple[Method, ...], Field(min_length=2)]
    images_are: Literal["ground-truth", "input"] = "ground-truth"
    """Ground truths are shrunk to a quarter first (`cf_esrt.fidelity.shrink`); inputs are enlarged as they are."""
    longest_side: Annotated[StrictInt, Field(ge=32, le=4096)] | None = None
    """Photographs that are longer are shrunk to this many pixels before anything else is done with them."""
    images: Annotated[tuple[Image, ...], Field(min_length=FEWEST_IMAGES)]
    replicates: Annotated[StrictInt, Field(ge=1, le=10)] = 1
    training: tuple[TrainingItem, ...] = ()
    gold: tuple[GoldItem, ...] = ()
    background: tuple[Background, ...] = ()
    viewing: tuple[Condition, ...] = ("zoom", "screen", "brightness", "colour")
    """Conditions that the page asks for: logged, never a reason to send anybody away."""
    minimum_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    """How long a picture is looked at before a vote is taken."""
    breaks: Breaks = Breaks()
    undo: StrictBool = True
    """Raters may take their last vote back."""
    raters: Annotated[StrictInt, Field(ge=1, le=10_000)] = 15
    """How many are planned."""
    recruitment: Text | None = None
    """Who the raters are, how they were found and paid, their expertise and eyesight: for the report."""
    room: Text | None = None
    """Where they sit: room, light, screen, viewing distance; None: wherever they are, nothing controlled."""
    screening: Screening = "looking"
    """The rule by which the report leaves raters out, as `statistics` has it."""
    tests: tuple[Test, ...] = ("friedman", "wilcoxon-holm", "mixed-model")
    seed: StrictInt = 0

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """Training and gold items may name what is listed above them."""
        if not isinstance(given, dict):
            return given
        images, methods = (_by_name(given.get(key)) for key in ("images", "methods"))
        resolved = dict(given)
        for key in ("training", "gold"):
            if isinstance(given.get(key), list):
                resolved[key] = [_resolve(item, image=images, method=methods) for item in given[key]]
        return resolved

    def canonical(self) -> str:
        """One line of JSON, the same for the same decisions however the YAML was written."""
        fields = {"format": FORMAT, **self.model_dump(mode="json")}
        for name in LATER:
            if fields[name] is None:
                del fields[name]
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_canonical(cls, text: str) -> Protocol:
        """The protocol back from `canonical`."""
        fields = json.loads(text)
        fields.pop("format")
        return cls.model_validate(fields)

    @property
    def sha256(self) -> str:
        """Digest of `canonical` as UTF-8, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def all_images(self) -> tuple[Image, ...]:
        """Those of the test, then those that only training and gold items have."""
        return tuple(dict.fromkeys((*self.images, *(item.image for item in (*self.training, *self.gold)))))

    def all_methods(self) -> tuple[Method, ...]:
        """Those of the test, then those that only training and gold items have."""
        return tuple(dict.fromkeys((*self.methods, *(item.method for item in (*self.training, *self.gold)))))

    def items(self, kind: QuestionKind) -> int:
        """How many items a rater votes on in one pass."""
        gold = sum(kind in item.questions for item in self.gold)
        return len(self.images) * len(self.methods) * self.replicates + gold + len(self.training)


def _by_name(listed: Any) -> dict[str, Any]:
    """What is listed, by the name that it will have."""
    entries = listed if isinstance(listed, list) else []
    names: dict[str, Any] = {}
    for entry in entries:
        if isinstance(entry, str):
            name, equals, _ = entry.partition("=")
            names.setdefault(name.strip() if equals else PurePosixPath(entry).stem, entry)
        elif isinstance(entry, dict):
            name = entry.get("name") or entry.get("model") or PurePosixPath(str(entry.get("file", ""))).stem
            names.setdefault(str(name), entry)
    return names


def _resolve(item: Any, **listed: dict[str, Any]) -> Any:
    if not isinstance(item, dict):
        return item
    found = {key: names.get(item[key], item[key]) for key, names in listed.items() if isinstance(item.get(key), str)}
    return item | found


Place = tuple[str | int, ...]


def contradictions(protocol: Protocol) -> Iterator[tuple[Place, str]]:
    """What no field alone can tell: the place in the document and a sentence, for each thing that does not fit."""
    yield from _repeated("questions", [question.kind for question in protocol.questions], "question")
    yield from _repeated("images", [image.name for image in protocol.images], "image")
    yield from _repeated("methods", [method.name for method in protocol.methods], "method")
    yield from _repeated("background", [question.name for question in protocol.background], "background question")
    images, methods = {image.name: image for image in reversed(protocol.images)}, dict[str, Method]()
    for place, method in _methods(protocol):
        if method.name not in methods:
            yield from ((place, sentence) for sentence in _source(method, protocol.images_are))
        if methods.setdefault(method.name, method) != method:
            yield place, f"The method {method.name!r} is described in two ways; give one of them another name."
    for key, items in (("training", protocol.training), ("gold", protocol.gold)):
        yield from _repeated(key, [f"{item.image.name} by {item.method.name}" for item in items], f"{key} item")
        for index, item in enumerate(items):
            if images.setdefault(item.image.name, item.image) != item.image:
                sentence = f"The image {item.image.name!r} is another file above; give one of them another name."
                yield (key, index, "image"), sentence
    for index, item in enumerate(protocol.gold):
        if item.expect[0] > item.expect[1]:
            yield ("gold", index, "expect"), "The expected range is written from the lowest score to the highest."
    for index, (before, after) in enumerate(zip(protocol.training, protocol.training[1:], strict=False)):
        if before.image == after.image:
            yield ("training", index + 1, "image"), "The same picture is shown twice in a row; reorder the training."
    limit = len(protocol.images) * len(protocol.methods) * protocol.replicates // 2
    if len(protocol.gold) > limit:
        yield ("gold",), f"There are {len(protocol.gold)} gold items among the others; {limit} can be spread at most."
    reference = methods.get(ORIGINAL)
    if protocol.images_are == "input" and reference is None:
        for index, question in enumerate(protocol.questions):
            if question.kind == "fidelity":
                sentence = "Fidelity needs a reference: give its pictures among the methods as original=FOLDER."
                yield ("questions", index), sentence


def _methods(protocol: Protocol) -> Iterator[tuple[Place, Method]]:
    yield from ((("methods", index), method) for index, method in enumerate(protocol.methods))
    for key, items in (("training", protocol.training), ("gold", protocol.gold)):
        yield from (((key, index, "method"), item.method) for index, item in enumerate(items))


def _source(method: Method, images_are: str) -> Iterator[str]:
    if method.model is not None and method.folder is not None:
        yield f"The method {method.name!r} has a model and a folder; leave one."
    elif method.name in MADE_HERE and method.model is not None:
        what = "the hidden reference" if method.name == ORIGINAL else "the low anchor"
        yield f"{method.name!r} is the name of {what}; a model needs another."
    elif method.folder == "":
        yield f"The method {method.name!r} names no folder after the equals sign."
    elif method.name == ORIGINAL and images_are == "input" and method.folder is None:
        yield "There is no ground truth where the images are inputs; leave 'original' out or write original=FOLDER."
    if method.model is None and method.detail != 1:
        yield f"The method {method.name!r} has no model, so there is no detail to set."


def _repeated(key: str, names: list[str], what: str) -> Iterator[tuple[Place, str]]:
    counts = Counter(names)
    for index, name in enumerate(names):
        if counts[name] > 1 and name in names[:index]:
            yield (key, index), f"The {what} {name!r} is listed twice."
