"""How long a large study's organiser waits, in one run on this machine.

    python -m tests.benchmarks.survey [--raters 200]

66 items a rater: 15 images by four methods, and six gold items. Votes are drawn with raters' biases and methods'
worths, and laid into the store at once. Wall and CPU seconds of: ``status`` (of the command line), the organiser's poll
(whose live figures are worked out on a thread of their own), these figures, and the report.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import insert, update

from cf_esrt.interface.survey.organiser_api import OrganiserApi
from cf_esrt.survey import results
from cf_esrt.survey.store.tables import Rater, Vote
from cf_esrt.survey.survey import Survey
from tests.survey.studies import opened, settings

METHODS = ("original", "bicubic", "esrt", "cf-esrt")
WORTH: dict[str, float] = dict(zip((*METHODS, "anchor"), (4.2, 2.4, 3.2, 3.5, 1.2), strict=True))
GOLD = [
    {"image": f"p{image}", "method": method, "expect": expect}
    for image, (method, expect) in enumerate([("original", [4, 5]), ("anchor", [1, 2])] * 3)
]


def fill(survey: Survey, raters: int) -> None:
    """A vote of every rater on every item, a few seconds apart."""
    chance = np.random.default_rng(0)
    rows = []
    at = "2026-01-01T{:02d}:{:02d}:{:02d}.000000+00:00"
    for number in range(1, raters + 1):
        bias = chance.normal(0, 0.4)
        for item in survey.plan(number):
            score = int(np.clip(round(WORTH[item.method] + bias + chance.normal(0, 0.7)), 1, 5))
            seconds = 4 * item.position
            rows.append({
                "study": survey.store.study, "rater": number, "position": item.position, "score": score,
                "shown_ms": 3000, "at": at.format(9, seconds // 60, seconds % 60), "waited_ms": 4000,
            })  # fmt: skip
    with survey.store.writing() as transaction:
        transaction.session.execute(insert(Vote), rows)
        done = at.format(10, 0, 0)
        transaction.session.execute(
            update(Rater).values(consented=done, finished=done, viewing={"touch": False}, turns=66)
        )


def timed(what: str, work: Callable[[], object]) -> None:
    wall, cpu = time.monotonic(), time.process_time()
    work()
    print(f"{what:<28}{time.monotonic() - wall:8.2f} s{time.process_time() - cpu:8.2f} s of CPU", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raters", type=int, default=200)
    raters = parser.parse_args().raters
    with tempfile.TemporaryDirectory() as folder:
        survey, _ = opened(Path(folder) / "s", settings(15, METHODS, gold=GOLD), raters)
        fill(survey, raters)
        organiser = survey.local_organiser()
        print(f"{raters} raters, {organiser.status().items} items each, {organiser.status().votes:,} votes")
        api = OrganiserApi(survey)
        fresh = Survey.attach(survey.folder)  # no plan worked out yet, as in a process that has just begun
        timed("status", lambda: fresh.local_organiser().status(fresh.local_organiser().raters()))
        timed("poll, figures to come", api._progress)
        timed("live figures", lambda: results.live(survey))
        timed("poll", api._progress)
        organiser.lock()
        timed("report", lambda: results.write(survey, survey.folder.report))
        fresh.close()
        survey.close()


if __name__ == "__main__":
    main()
