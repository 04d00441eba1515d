"""The protocol that ``survey new`` writes, to be edited."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

_TEXT = """\
# What a study asks, shows and decides. Edit it now: 'survey open' freezes it.
title: {title}                  # raters read it, as they do the next two; an empty line begins a paragraph
instructions: >
  You will see pictures of skin lesions, one at a time. Say how realistic each one looks, from 1 (Bad) to 5
  (Excellent), by click or with the keys 1 to 5. There is no right answer; go by your first impression.
consent: >
  Taking part is voluntary; you may stop at any time. Your votes and answers are kept under an anonymous code, without
  your name and your address. This is a research demonstration: not a medical device, not for diagnosis or treatment.
questions: [realism]            # realism, fidelity (to a reference that is shown): a pass each, in this order
methods: [original, bicubic, esrt, cf-esrt]
                                # models of the app; original: the hidden reference; NAME=FOLDER: ready-made pictures
images_are: ground-truth        # ground-truth: shrunk to a quarter first; input: enlarged as they are
longest_side: 480               # pixels; longer photographs are shrunk first, since pictures are shown 1:1
images:
{images}
replicates: 1                   # how often each rater sees the same picture
training:                       # shown first, not counted
  - {{image: {first}, method: bicubic}}
  - {{image: {second}, method: original}}
gold:                           # an answer is expected: shows who votes without looking; five or more, of both kinds
  - {{image: {first}, method: original, expect: [4, 5]}}
  - {{image: {second}, method: original, expect: [4, 5]}}
  - {{image: {third}, method: original, expect: [4, 5]}}
  - {{image: {first}, method: anchor, expect: [1, 2]}}    # anchor: made to look bad
  - {{image: {second}, method: anchor, expect: [1, 2]}}
  - {{image: {third}, method: anchor, expect: [1, 2]}}
background:                     # about the rater; groups of fewer than five are not reported
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
screening: looking              # looking, bt500, none
tests: [friedman, wilcoxon-holm, mixed-model]
seed: 0
"""


def protocol(folder: Path, images: Sequence[Path]) -> str:
    """The YAML for a study in ``folder`` on these photographs, at least three of them, of different stems."""
    names = [json.dumps(image.stem, ensure_ascii=False) for image in images]
    files = [Path(os.path.relpath(image, folder)).as_posix() for image in images]
    return _TEXT.format(
        title=json.dumps(folder.resolve().name, ensure_ascii=False),
        images="\n".join(f"  - {json.dumps(file, ensure_ascii=False)}" for file in files),
        first=names[0],
        second=names[1],
        third=names[2],
    )
