"""The protocol that ``survey new`` writes, to be edited."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cf_esrt.survey.protocol import QuestionKind

_TEXT = """\
# What a study asks, shows and decides. Edit it now: 'survey open' freezes it.
title: {title}                  # raters read it, as they do the next two; an empty line begins a paragraph
instructions: >
{instructions}
consent: >
  Taking part is voluntary; you may stop at any time. Your answers are kept under an anonymous code, without your name
  and your address. This is a research demonstration: not a medical device, not for diagnosis or treatment.
{questions}
methods: {methods}
                                # models of the app; original: the photograph itself; NAME=FOLDER: ready-made pictures
images_are: ground-truth        # ground-truth: shrunk to a quarter first; input: enlarged as they are
longest_side: 480               # pixels; longer photographs are shrunk first, since pictures are shown 1:1
images:{note}
{images}
{items}background:                     # about the rater; groups of fewer than five are not reported
  - name: role
    text: Which fits you best?
    choices: [dermatologist, other physician, other health professional, none of these]
recruitment: >                  # for the report: who the raters are, how they were found and paid, their eyesight
  Invited by the organiser, with a code each. Their expertise is their own answer to the question about their role;
  their eyesight was not tested beyond the colour plates on the page.
room: >                         # for the report: room, light, screen and viewing distance
  The raters' own rooms and screens; light and viewing distance were not controlled.
viewing: [zoom, screen, brightness, colour]
minimum_seconds: 1
breaks: {{after_items: 60, after_minutes: 20}}
raters: 15
{analysis}seed: 0
"""
_TRAINING = """\
replicates: 1                   # how often each rater sees the same picture
training:                       # shown first, not counted
  - {{image: {first}, method: bicubic}}
  - {{image: {second}, method: original}}
"""
_SCORED = (
    _TRAINING
    + """\
gold:                           # an answer is expected: shows who votes without looking; five or more, of both kinds
  - {{image: {first}, method: original, expect: [4, 5]}}
  - {{image: {second}, method: original, expect: [4, 5]}}
  - {{image: {third}, method: original, expect: [4, 5]}}
  - {{image: {first}, method: anchor, expect: [1, 2]}}    # anchor: made to look bad
  - {{image: {second}, method: anchor, expect: [1, 2]}}
  - {{image: {third}, method: anchor, expect: [1, 2]}}
"""
)
_ANALYSIS = """\
screening: looking              # looking, bt500, none
tests: [friedman, wilcoxon-holm, mixed-model]
"""


@dataclass(frozen=True)
class _Kind:
    """What differs from question to question."""

    instructions: str
    questions: str
    methods: str
    items: str = _TRAINING
    analysis: str = ""
    image: str = "  - {file}"
    note: str = ""


_KINDS: dict[QuestionKind, _Kind] = {
    "realism": _Kind(
        """\
  You will see pictures of skin lesions, one at a time. Say how realistic each one looks, from 1 (Bad) to 5
  (Excellent), by click or with the keys 1 to 5. There is no right answer; go by your first impression.""",
        "questions: [realism]            # or others after it, a pass each: fidelity, pair, real, diagnosis",
        "[original, bicubic, esrt, cf-esrt]",
        _SCORED,
        _ANALYSIS,
    ),
    "fidelity": _Kind(
        """\
  You will see two pictures of a skin lesion: the reference, and one that was made of a smaller copy of it. Say how
  faithful that one is, from 1 (Bad) to 5 (Excellent), by click or with the keys 1 to 5.""",
        "questions: [fidelity]           # or others after it, a pass each: realism, pair, real, diagnosis",
        "[original, bicubic, esrt, cf-esrt]",
        _SCORED,
        _ANALYSIS,
    ),
    "pair": _Kind(
        """\
  You will see two pictures of one skin lesion, side by side. Say which one looks more like a dermoscopy photograph, by
  click or with the keys 1 (left) and 2 (right). There is no right answer; go by your first impression.""",
        "questions:\n  - {kind: pair, ties: false}    # ties: true allows “alike”; reference: true shows the original",
        "[bicubic, esrt, cf-esrt]",
        "replicates: 1                   # how often each rater sees the same pair\n",
    ),
    "real": _Kind(
        """\
  You will see pictures of skin lesions, one at a time. Some are photographs; the others were made by a computer of
  smaller copies of photographs. Say which, by click or with the keys 1 and 2, and how sure you are.""",
        "questions:\n  - {kind: real, confidence: true} # as_pair: true asks which of two is the photograph",
        "[original, cf-esrt]",
        "replicates: 1                   # how often each rater sees the same picture\n",
    ),
    "diagnosis": _Kind(
        """\
  You will see pictures of skin lesions, one at a time. Choose a diagnosis for each, and say how sure you are. The study
  has several sittings; your code brings you back to the next one.""",
        "questions:\n  - {kind: diagnosis, choices: [benign, malignant], positive: malignant}",
        "[original, cf-esrt]",
        "washout_days: 28                # before a patient is shown again; no patient comes twice in one sitting\n",
        image="  - {{file: {file}, truth: , patient: }}",
        note="                         # truth: one of the choices; patient: whose picture it is, in any words",
    ),
}


def protocol(folder: Path, images: Sequence[Path], kind: QuestionKind = "realism") -> str:
    """The YAML for a study in ``folder`` on these photographs, at least three of them, of different stems. The truths
    of a diagnosis are left to be filled in.
    """
    names = [json.dumps(image.stem, ensure_ascii=False) for image in images]
    files = [json.dumps(Path(os.path.relpath(image, folder)).as_posix(), ensure_ascii=False) for image in images]
    parts = _KINDS[kind]
    first, second, third = names[:3]
    return _TEXT.format(
        title=json.dumps(folder.resolve().name, ensure_ascii=False),
        instructions=parts.instructions,
        questions=parts.questions,
        methods=parts.methods,
        note=parts.note,
        images="\n".join(parts.image.format(file=file) for file in files),
        items=parts.items.format(first=first, second=second, third=third),
        analysis=parts.analysis,
    )
