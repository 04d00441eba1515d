"""The live view's figures are worked out beside the requests, once for each state of the study."""

from __future__ import annotations

import threading

from cf_esrt.interface.survey.live import LiveSummary


def test_a_poll_does_not_wait_and_the_next_one_has_the_figures() -> None:
    go, done, calls = threading.Event(), threading.Event(), []

    def work() -> list[int]:
        calls.append(1)
        go.wait(60)
        done.set()
        return [len(calls)]

    version = [1]
    summary = LiveSummary(work, lambda: version[0], patience=0)
    assert [summary.read() for _ in range(3)] == [[], [], []]
    go.set()
    assert done.wait(60)
    patient = LiveSummary(work, lambda: version[0], patience=60)
    assert patient.read() == [2]
    assert patient.read() == [2]  # nothing has changed
    version[0] = 2
    assert patient.read() == [3]
    assert len(calls) == 3


def test_a_failure_is_logged_and_tried_again(caplog) -> None:
    answers = iter([ZeroDivisionError("no raters"), [7]])

    def work() -> list[int]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    summary = LiveSummary(work, lambda: 1, patience=60)
    assert summary.read() == []
    assert "could not be worked out" in caplog.text
    assert summary.read() == [7]
