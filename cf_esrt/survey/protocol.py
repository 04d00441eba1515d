"""A study's protocol: everything that is decided before the first vote. `protocol_file.read` reads one from YAML."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from itertools import combinations
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from cf_esrt.survey.words import ENGLISH, Words, words

FORMAT = 1
"""Of the canonical serialisation; a change of the models that changes a hash counts it up."""
ORIGINAL = "original"
"""The hidden reference: the ground truth itself, rated like the others."""
ANCHOR = "anchor"
"""A low anchor: the networks' input shrunk to a quarter again and enlarged smoothly, so that nobody takes it for sharp.
For gold items that a careful rater finds bad."""
MADE_HERE = (ORIGINAL, ANCHOR)
"""Methods that need neither a model nor a folder."""
LATER = frozenset((
    "recruitment", "room", "ethics", "language", "words", "display", "recruiting", "primary", "items_per_rater",
    "washout_days", "sittings", "comparisons", "labels", "also", "choices", "positive", "confidence", "ties", "against",
    "truth", "patient", "reference", "as_pair", "adaptive", "qualification", "unqualified",
))  # fmt: skip
"""Settings that came after the first studies: unset, they are no part of the hash, so that older hashes hold."""
LABELS = {5: "Excellent", 4: "Good", 3: "Fair", 2: "Poor", 1: "Bad"}
"""The absolute category rating scale of ITU-T P.910, 7.1."""
FEWEST_IMAGES = 3
"""With fewer, the same picture would have to come twice in a row."""

QuestionKind = Literal["realism", "fidelity", "pair", "real", "diagnosis"]
OPINIONS: tuple[QuestionKind, ...] = ("realism", "fidelity")
"""Those answered on the five-point scale."""
Condition = Literal["zoom", "screen", "brightness", "colour"]
Test = Literal["friedman", "wilcoxon-holm", "mixed-model"]
Screening = Literal["looking", "bt500", "none"]

Text = Annotated[str, Field(min_length=1)]
NAME = r"^[^\s/\\=][^/\\=]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Score = Annotated[StrictInt, Field(ge=1, le=5)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Labels = Annotated[tuple[Text, ...], Field(min_length=5, max_length=5)]
"""Of scores 1 to 5."""


class Ask(_Part):
    """A further question on the same showing of a picture, on a five-point scale of its own."""

    name: Name
    text: Text
    labels: Labels


class Question(_Part):
    """One pass over all items. ``realism`` alone, in the YAML, stands for its kind with the usual text.

    ``realism`` and ``fidelity`` (beside the reference) are scored 1 to 5; ``pair`` shows two methods of one image and
    asks for the better; ``real`` asks whether a picture is a photograph, or which of two is; ``diagnosis`` asks for one
    of ``choices``.
    """

    kind: QuestionKind
    text: Text
    labels: Labels | None = None
    """Of the scale, in the place of Bad to Excellent."""
    also: tuple[Ask, ...] | None = None
    """Asked after it, of the same picture."""
    confidence: StrictBool | None = None
    """Asked after it: how sure the rater is, 1 to 5. Diagnosis always asks."""
    choices: Annotated[tuple[Text, ...], Field(min_length=2, max_length=9)] | None = None
    """Of a diagnosis (or of its management)."""
    positive: Text | None = None
    """The choice that says diseased."""
    ties: StrictBool | None = None
    """Whether a pair may be called alike."""
    against: Name | None = None
    """Pairs with this method alone, each other one against it; unset: every pair."""
    reference: StrictBool | None = None
    """Whether a pair stands beside the original, at an end of the row that is drawn."""
    adaptive: StrictBool | None = None
    """Whether a rater's pairs are those that tell most after the answers so far (`design.adaptive`); unset: all pairs.
    ``items_per_rater`` says how many.
    """
    as_pair: StrictBool | None = None
    """Whether ``real`` shows a photograph beside another picture of it and asks which of the two it is."""

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        given = {"kind": given} if isinstance(given, str) else given
        if isinstance(given, dict) and "text" not in given and isinstance(given.get("kind"), str):
            name = "real_pair" if given["kind"] == "real" and given.get("as_pair") is True else given["kind"]
            given = given | {"text": words(ENGLISH).questions.get(name, "?")}
        return given

    @property
    def asks_confidence(self) -> bool:
        return self.kind == "diagnosis" or bool(self.confidence)

    @property
    def shows_two(self) -> bool:
        """Whether two methods of one image are on show, to choose between."""
        return self.kind == "pair" or bool(self.as_pair)

    @property
    def shows_reference(self) -> bool:
        return self.kind == "fidelity" or bool(self.reference)

    @property
    def across(self) -> int:
        """How many pictures stand side by side."""
        return 1 + self.shows_two + self.shows_reference


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
    truth: Text | None = None
    """For a diagnosis: the choice that is right."""
    patient: Text | None = None
    """For a diagnosis: whose picture it is; unset: nobody else's of the study."""

    @property
    def whose(self) -> str:
        """The patient, by whatever name there is."""
        return self.patient or self.name

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
    questions: tuple[QuestionKind, ...] = OPINIONS
    """The passes it is in."""


class QualificationItem(_Part):
    """A first item with a known answer. ``real`` and ``diagnosis`` know theirs from the method and the truth."""

    image: Image
    method: Method
    """Of a pair, the better one."""
    against: Method | None = None
    """Of a pair, the worse one."""
    expect: tuple[Score, Score] | None = None
    """Of the five-point scale: the lowest and the highest score that qualifies."""


class Qualification(_Part):
    """Items of the first question, in the order written, that decide whether a rater takes part; never counted."""

    items: Annotated[tuple[QualificationItem, ...], Field(min_length=1, max_length=20)]
    right: Annotated[StrictInt, Field(ge=1)]
    """How many have to be answered right."""


class Background(_Part):
    """A question about the rater, for subgroups; asked once, answered by choosing."""

    name: Name
    text: Text
    choices: Annotated[tuple[Text, ...], Field(min_length=2)]


class Breaks(_Part):
    """When a break is suggested: never forced."""

    after_items: Annotated[StrictInt, Field(ge=5)] = 60
    after_minutes: Annotated[StrictInt, Field(ge=1)] = 20


class Display(_Part):
    """How pictures come to the eye."""

    scale: Annotated[StrictInt, Field(ge=1, le=8)] = 1
    """Device pixels across one picture pixel; each is shown as a square of its colour."""
    pixel_mm: Annotated[float, Field(gt=0.05, le=2)] | None = None
    """Millimetres across one picture pixel, in the place of ``scale``: the rater lays a bank card on the screen, and
    the nearest whole number of device pixels is taken.
    """
    loupe: StrictBool = False
    """Whether a rater may enlarge the picture twofold while looking; how long is logged."""
    least_width: Annotated[StrictInt, Field(ge=200, le=10_000)] | None = None
    """CSS pixels across the window; a smaller one is told so, and counted in the report."""
    touch: StrictBool = True
    """Whether devices that are touched count as large enough."""


class Recruiting(_Part):
    """An open link, in the place of codes or beside them."""

    quota: Annotated[StrictInt, Field(ge=1, le=10_000)]
    """Raters that the link lets in."""
    external: Annotated[str, Field(pattern=r"^[A-Za-z_]{1,32}$")] = "PROLIFIC_PID"
    """The part of the address that names the rater; the same name comes back to the same session."""
    back: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None
    """Where a rater goes at the end; ``{code}`` in it is the completion code."""
    unqualified: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None
    """Where a rater goes who did not qualify."""


class Primary(_Part):
    """The comparison that the study is made for."""

    question: QuestionKind
    first: Name
    second: Name
    margin: Annotated[float, Field(ge=0, le=4)] = 0.0
    """0: is there a difference? More: is ``first`` not worse than ``second`` by this much (non-inferiority)?"""


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
    qualification: Qualification | None = None
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
    ethics: Text | None = None
    """Who approved the study, under which number; or why nobody had to: for the report."""
    language: Literal["de", "en"] | None = None
    """Of the page; unset: English, or that of ``words``."""
    words: Words | None = None
    """The page's words in another language: in the YAML the name of a file like ``cf_esrt/survey/words/en.yaml``."""
    display: Display | None = None
    recruiting: Recruiting | None = None
    primary: Primary | None = None
    comparisons: Annotated[tuple[tuple[Name, Name], ...], Field(min_length=1)] | None = None
    """Pairs of methods that are tested, Holm's correction over these; unset: every pair."""
    items_per_rater: Annotated[StrictInt, Field(ge=6)] | None = None
    """A rater sees a block of the images, by every method: so many items of a pass at most."""
    sittings: Annotated[StrictInt, Field(ge=1)] | None = None
    """Of a diagnosis, in which no patient comes twice: a multiple of the number of methods; unset: as few as can be."""
    washout_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    """Days after which a diagnosis may show a patient again, in a further sitting; unset: 28."""
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
        listed = {"image": images, "method": methods, "against": methods}
        for key in ("training", "gold"):
            if isinstance(given.get(key), list):
                resolved[key] = [_resolve(item, **listed) for item in given[key]]
        first = given.get("qualification")
        if isinstance(first, dict) and isinstance(first.get("items"), list):
            resolved["qualification"] = first | {"items": [_resolve(item, **listed) for item in first["items"]]}
        return resolved

    def canonical(self) -> str:
        """One line of JSON, the same for the same decisions however the YAML was written."""
        fields = {"format": FORMAT, **_as_before(self.model_dump(mode="json"))}
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
        """Those of the test, then those that only other items have."""
        return tuple(dict.fromkeys((*self.images, *(image for image, _ in self.other_items()))))

    def all_methods(self) -> tuple[Method, ...]:
        """Those of the test, then those that only other items have."""
        return tuple(dict.fromkeys((*self.methods, *(method for _, method in self.other_items()))))

    def other_items(self) -> tuple[tuple[Image, Method], ...]:
        """Pictures of training, gold and qualification items."""
        first = self.qualifying()
        shown = [(item.image, item.method) for item in (*self.training, *self.gold, *first)]
        return (*shown, *((item.image, item.against) for item in first if item.against is not None))

    def qualifying(self) -> tuple[QualificationItem, ...]:
        return self.qualification.items if self.qualification else ()

    @property
    def adaptive(self) -> bool:
        """Whether raters' pairs follow from the answers so far."""
        return any(question.adaptive for question in self.questions)

    def items(self, kind: QuestionKind) -> int:
        """How many items a rater votes on in one pass."""
        gold = sum(kind in item.questions for item in self.gold)
        first = len(self.qualifying()) if kind == self.questions[0].kind else 0
        if self.question(kind).adaptive:
            return (self.items_per_rater or 0) + len(self.training) + first
        replicates = 1 if kind == "diagnosis" else self.replicates
        return self.block(kind) * len(self.treatments(kind)) * replicates + gold + len(self.training) + first

    def question(self, kind: QuestionKind) -> Question:
        """The question of that kind."""
        return next(question for question in self.questions if question.kind == kind)

    def treatments(self, kind: QuestionKind) -> tuple[str, ...]:
        """What each image is shown by: methods, or pairs of them, ``first|second``."""
        names = [method.name for method in self.methods]
        question = self.question(kind)
        if not question.shows_two:
            return tuple(names)
        against = ORIGINAL if question.as_pair else question.against
        pairs = combinations(names, 2)
        return tuple("|".join(pair) for pair in pairs if against is None or against in pair)

    def block(self, kind: QuestionKind) -> int:
        """Images that a rater sees in a pass."""
        if self.items_per_rater is None or kind == "diagnosis" or self.question(kind).adaptive:
            return len(self.images)
        return min(len(self.images), self.items_per_rater // (len(self.treatments(kind)) * self.replicates))

    @property
    def most_pictures(self) -> int:
        """Of one patient in a diagnosis."""
        return max(Counter(image.whose for image in self.images).values())

    @property
    def sitting_count(self) -> int:
        """Sittings of a diagnosis. A patient with two pictures by three methods is seen six times, each in its own."""
        return self.sittings or len(self.methods) * self.most_pictures

    def wording(self) -> Words:
        """The page's words in the study's language."""
        english = words(ENGLISH)
        if self.words is None:
            return words(self.language or ENGLISH)
        # a study that was opened before a word was added has not got it
        return self.words.model_copy(update={"page": {**english.page, **self.words.page}})


def _as_before(value: Any) -> Any:
    """Without what came later and is not set, at any depth."""
    if isinstance(value, dict):
        return {k: _as_before(one) for k, one in value.items() if one is not None or k not in LATER}
    return [_as_before(one) for one in value] if isinstance(value, list) else value


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
