"""Raters in a process of their own: ``python -m tests.survey.voters FOLDER SECONDS PACE CODE…``, a thread a code.

Every acknowledged vote is a line ``code position score`` on standard output; an error, of any kind, is one on standard
error. The database's address comes in CF_ESRT_DATABASE_URL, as it does to the command line.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
import traceback
from pathlib import Path

from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey
from tests.survey.studies import at_the_items


def rate(survey: Survey, code: str, until: float, pause: float) -> None:
    chance = random.Random(code)
    try:
        session = at_the_items(survey, code)
        voted = False  # at least once: on a busy machine the time may be over before everyone has come
        while (time.monotonic() < until or not voted) and (item := session.item()) is not None:
            score = chance.randint(1, 5)
            session.vote(item.token, score, 1500)
            voted = True
            os.write(1, f"{code} {item.position} {score}\n".encode())  # at once and whole, whatever thread
            time.sleep(pause * chance.random() * 2)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        raise


def main() -> None:
    survey = Survey.attach(Folder.of(Path(sys.argv[1])), os.environ.get("CF_ESRT_DATABASE_URL") or None)
    until = time.monotonic() + float(sys.argv[2])
    threads = [threading.Thread(target=rate, args=(survey, code, until, float(sys.argv[3]))) for code in sys.argv[4:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
