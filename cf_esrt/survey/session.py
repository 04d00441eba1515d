"""A rater's steps: consent → background → viewing conditions → items → completion code. Each step is on the disk before
it is acknowledged, so a rater who comes back by code goes on where the last one was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cf_esrt.survey import design, washout
from cf_esrt.survey.asking import asked
from cf_esrt.survey.core import OpenStudy
from cf_esrt.survey.design import Planned
from cf_esrt.survey.errors import (
    AlreadyVoted,
    BadVote,
    NothingToUndo,
    NotQualified,
    NotYet,
    OutOfOrder,
    Refused,
    StudyLocked,
    TooSoon,
    Washout,
    Withdrawn,
)
from cf_esrt.survey.protocol import QuestionKind
from cf_esrt.survey.seeing import Seen
from cf_esrt.survey.store import events
from cf_esrt.survey.store.store import Transaction
from cf_esrt.survey.store.tables import Event, Rater, Study, Vote

Stage = Literal["consent", "background", "viewing", "items", "washout", "finished", "unqualified", "locked"]
PAUSE_SECONDS = 300
"""A rater who has not voted for so long has had a break."""
LONGEST_MS = 24 * 3600 * 1000
MOST_ANSWERS, LONGEST_ANSWER = 40, 500


@dataclass(frozen=True)
class Sitting:
    """A sitting of a diagnosis."""

    number: int
    """From 1."""
    all: int
    begins: int
    """The position of its first picture that is no practice."""
    count: int
    """Its pictures, practice left out."""


@dataclass(frozen=True)
class Item:
    """One item as the page may know it: nothing in it depends on the method."""

    token: str
    """Names the item in `RaterSession.vote`, and its picture in `Survey.picture`."""
    reference: str | None
    """Names the reference's picture, in a pass that shows it."""
    position: int
    """From 0, over all passes."""
    question: QuestionKind
    text: str
    """The question as it is asked."""
    training: bool
    """Not counted; the page says so. Gold items look like any other."""
    width: int
    height: int
    minimum_ms: int
    other: str | None = None
    """Names the picture on the right of a pair."""
    reference_first: bool = True
    """Whether the reference stands on the left."""
    qualification: bool = False
    """Asked before all others; who answers too few right takes no part."""
    sitting: Sitting | None = None
    """None of other questions, and where there is one alone."""


@dataclass(frozen=True)
class State:
    """Where a rater stands."""

    stage: Stage
    done: int
    """Items voted on."""
    total: int
    """Items in all, training included."""
    can_undo: bool
    suggest_break: bool
    """After the vote just taken, and not again before another one."""
    completion_code: str | None
    """For who has finished."""
    next_sitting: str | None = None
    """When the next sitting opens, UTC, for who has to wait for it."""


class RaterSession:
    """One rater's session. It holds no state of its own: two of the same rater never disagree."""

    def __init__(self, survey: OpenStudy, number: int) -> None:
        self._survey, self._number = survey, number

    @property
    def _plan(self) -> tuple[Planned, ...]:
        return self._survey.plan(self._number)  # not final before an adaptive study's pairs are chosen

    @property
    def label(self) -> str:
        """The rater's name in every table: not the code."""
        return label(self._number)

    # ---- where the rater stands

    def state(self) -> State:
        with self._survey.store.reading() as session:
            rater = session.get_one(Rater, (self._survey.store.study, self._number))
            study = session.get_one(Study, self._survey.store.study)
            times = self._vote_times(session)
            return State(
                stage=self._stage(session, study, rater),
                done=len(times),
                total=len(self._plan),
                can_undo=self._undoable(session, study, rater),
                suggest_break=self._suggest_break(times),
                completion_code=self._survey.completion_code(self._number) if rater.finished else None,
                next_sitting=self._opens(session),
            )

    def item(self) -> Item | None:
        """The item whose turn it is; None before the items' stage and after the last one."""
        found = self.upcoming(1)
        return found[0] if found else None

    def upcoming(self, count: int = 2) -> list[Item]:
        """The item whose turn it is and those after it in its sitting, so that the page can load pictures ahead."""
        with self._survey.store.reading() as session:
            rater = session.get_one(Rater, (self._survey.store.study, self._number))
            study = session.get_one(Study, self._survey.store.study)
            if self._stage(session, study, rater) != "items":
                return []
            done = self._done(session)
        ahead = [place for place in range(done + 1, done + count) if washout.begins(self._plan, place)]
        end = min(done + count, len(self._plan), *ahead)
        return [self._item(position) for position in range(done, end)]

    def card_css(self) -> float | None:
        """CSS pixels across a bank card on the rater's screen, where it was measured."""
        with self._survey.store.reading() as session:
            viewing = session.get_one(Rater, (self._survey.store.study, self._number)).viewing or {}
        return viewing.get("card_css")

    # ---- what the rater does

    def consent(self) -> None:
        """The rater agrees to the protocol's consent text; a second time changes nothing. An adaptive study chooses the
        rater's pairs then, by the answers of that moment.
        """
        tally = self._survey.tally() if self._survey.protocol.adaptive else None
        with self._survey.store.writing() as transaction:
            rater = self._open_rater(transaction)
            if rater.consented is None:
                transaction.record(rater, events.CONSENT, {})
            if tally is not None and rater.pairs is None:
                pairs = design.choose(self._survey.protocol, self._number, self._survey.order_secret, tally)
                transaction.record(rater, events.CHOSEN, {"pairs": pairs, "tally": tally})

    def answer_background(self, answers: Mapping[str, str]) -> None:
        """The answers to the protocol's questions about the rater, by their names; Refused where they do not fit."""
        asked = {question.name: question for question in self._survey.protocol.background}
        if set(answers) != set(asked):
            raise Refused("Please answer every question.")
        for name, answer in answers.items():
            if answer not in asked[name].choices:
                raise Refused(f"Please choose one of the answers to “{asked[name].text}”.")
        with self._survey.store.writing() as transaction:
            rater = self._open_rater(transaction)
            if rater.consented is None:
                raise NotYet("Please agree to take part first.")
            transaction.record(rater, events.BACKGROUND, dict(answers))

    def log_viewing(self, answers: Mapping[str, str | int | float | bool | None]) -> None:
        """The viewing conditions that the page measured, by its own names. Logged, never judged; those of a rater who
        comes back are another entry in the log and replace what had the same names. Refused where there are more than
        a page sends.
        """
        kept: dict[str, Any] = dict(answers)
        if len(kept) > MOST_ANSWERS or any(len(f"{name}{value}") > LONGEST_ANSWER for name, value in kept.items()):
            raise Refused("These are more viewing conditions than can be logged.")
        if not all(value is None or isinstance(value, (str, int, float, bool)) for value in kept.values()):
            raise Refused("A viewing condition is a text or a number.")
        with self._survey.store.writing() as transaction:
            rater = self._open_rater(transaction)
            if rater.consented is None:
                raise NotYet("Please agree to take part first.")
            transaction.record(rater, events.VIEWING, kept)

    def vote(
        self, token: str, score: int, shown_ms: int, further: Mapping[str, int] | None = None, seen: Seen | None = None
    ) -> State:
        """Take a vote for the item of that token, which was looked at for so long. When this returns, the vote is on
        the disk. ``further``: answers to what is asked after the question, by name; ``seen``: how the picture was seen,
        as `Seen` has it. AlreadyVoted, OutOfOrder, Washout, BadVote, NotSeen, TooSoon, NotYet, StudyLocked.
        """
        if type(score) is not int:
            raise BadVote("An answer is a whole number, the one that stands at it.")
        if type(shown_ms) is not int or not 0 <= shown_ms <= LONGEST_MS:
            raise BadVote("The viewing time does not make sense; please load the page again.")
        if shown_ms < self._minimum_ms:
            raise self._too_soon()
        with self._survey.store.writing() as transaction:
            rater = self._open_rater(transaction)
            self._require_items(rater)
            position = self._done(transaction.session)
            self._check_turn(token, position)
            if self._opens(transaction.session) is not None:
                raise Washout
            answers = self._check_answers(position, score, further or {})
            if seen is not None:
                seen.require(self._survey.size(self._plan[position]))
                answers |= seen.logged()
            waited = self._waited_ms(transaction, rater)
            if waited is not None and waited < self._minimum_ms:
                raise self._too_soon()
            data: dict[str, Any] = {
                "position": position, "score": score, "shown_ms": shown_ms, "waited_ms": waited
            }  # fmt: skip
            if answers:
                data["further"] = answers
            qualified = self._qualified(transaction.session, position, score)
            if qualified is not None:
                data["qualified"] = qualified
            transaction.record(rater, events.VOTE, data | {"last": position == len(self._plan) - 1})
        return self.state()

    def withdraw(self) -> None:
        """The rater takes part and votes back: everything is deleted, in the log file too. StudyLocked after the lock,
        when the report may be out.
        """
        with self._survey.store.writing() as transaction:
            rater = self._open_rater(transaction)
            transaction.record(rater, events.WITHDRAWN, {})

    def undo(self) -> State:
        """Take the last vote back: its item's turn has come again. Once after each vote, and not after the last item;
        NothingToUndo otherwise.
        """
        with self._survey.store.writing() as transaction:
            rater = self._open_rater(transaction)
            study = transaction.session.get_one(Study, self._survey.store.study)
            if not self._undoable(transaction.session, study, rater):
                raise NothingToUndo("There is no vote to take back: only the last one can be, and only once.")
            transaction.record(rater, events.UNDO, {"position": self._done(transaction.session) - 1})
        return self.state()

    # ---- the rules

    @property
    def _minimum_ms(self) -> int:
        return round(self._survey.protocol.minimum_seconds * 1000)

    @property
    def _asks_viewing(self) -> bool:
        display = self._survey.protocol.display
        return bool(self._survey.protocol.viewing) or (display is not None and display.pixel_mm is not None)

    def _check_answers(self, position: int, score: int, further: Mapping[str, int]) -> dict[str, Any]:
        """The further answers; BadVote where one is missing, or no option of its question."""
        own, *after = asked(self._survey.protocol, self._survey.protocol.question(self._plan[position].question))
        if not 1 <= score <= len(own.options):
            raise BadVote(f"A vote is a whole number from 1 ({own.options[0]}) to {len(own.options)} "
                          f"({own.options[-1]}).")  # fmt: skip
        names = {one.name: len(one.options) for one in after}
        if set(further) != set(names) or any(not 1 <= value <= names[name] for name, value in further.items()):
            raise BadVote("Please answer every question on the picture.")
        return dict(further)

    def _qualified(self, session: Session, position: int, score: int) -> bool | None:
        """Whether the rater qualifies; None where this vote is not the last that decides it."""
        wanted = self._survey.protocol.qualification
        if wanted is None or position != len(wanted.items) - 1:
            return None
        earlier = session.scalars(
            select(Vote.score).filter_by(study=self._survey.store.study, rater=self._number).order_by(Vote.position)
        )
        ranges = [item.expect for item in self._plan[: position + 1]]
        given = zip([*earlier, score], ranges, strict=True)
        return sum(r is not None and r[0] <= answer <= r[1] for answer, r in given) >= wanted.right

    def _too_soon(self) -> TooSoon:
        seconds = self._minimum_ms / 1000
        return TooSoon(f"Please look at each picture for at least {seconds:g} second{'' if seconds == 1 else 's'}.")

    def _waited_ms(self, transaction: Transaction, rater: Rater) -> int | None:
        """By the server's clock: since the item's turn came, which was with the rater's event before. None where that
        clock was set back meanwhile: no rater can do that, and nobody should wait until it has caught up.
        """
        wanted = select(Event.at).filter_by(study=rater.study, rater=rater.number, turn=rater.turns)
        before = transaction.session.scalar(wanted)
        since = transaction.now() - datetime.fromisoformat(before) if before else None
        if since is None or since.total_seconds() < 0:
            return None
        return round(since.total_seconds() * 1000)

    def _open_rater(self, transaction: Transaction) -> Rater:
        """The rater's row, held until the transaction ends; StudyLocked where the study is."""
        session, study = transaction.session, self._survey.store.study
        if session.get_one(Study, study, with_for_update={"read": True}).locked:
            raise StudyLocked
        rater = session.get_one(Rater, (study, self._number), with_for_update=True)
        if rater.withdrawn:
            raise Withdrawn
        return rater

    def _stage(self, session: Session, study: Study, rater: Rater) -> Stage:
        if rater.finished is not None:
            return "finished"
        if rater.qualified is False:
            return "unqualified"
        if study.locked is not None:
            return "locked"
        if rater.consented is None:
            return "consent"
        if rater.background is None and self._survey.protocol.background:
            return "background"
        if rater.viewing is None and self._asks_viewing:
            return "viewing"
        return "items" if self._opens(session) is None else "washout"

    def _opens(self, session: Session) -> str | None:
        """When the sitting opens that the next item is in, UTC; None where it is open."""
        opens = washout.opens(self._survey.protocol, self._plan, self._vote_times(session))
        closed = opens is not None and opens > datetime.now(timezone.utc)
        return opens.isoformat(timespec="seconds") if opens is not None and closed else None

    def _require_items(self, rater: Rater) -> None:
        protocol = self._survey.protocol
        if rater.consented is None:
            raise NotYet("Please agree to take part first.")
        if rater.background is None and protocol.background:
            raise NotYet("Please answer the questions about yourself first.")
        if rater.viewing is None and self._asks_viewing:
            raise NotYet("Please look at the viewing conditions first.")
        if rater.qualified is False:
            raise NotQualified

    def _check_turn(self, token: str, position: int) -> None:
        if position < len(self._plan) and token == self._survey.token(self._number, position, "picture"):
            return
        tokens = (self._survey.token(self._number, place, "picture") for place in range(position))
        raise AlreadyVoted if token in tokens else OutOfOrder

    def _undoable(self, session: Session, study: Study, rater: Rater) -> bool:
        if not self._survey.protocol.undo or study.locked or rater.finished:
            return False
        if self._done(session) <= len(self._survey.protocol.qualifying()):
            return False  # what decides on taking part is decided once
        wanted = select(Event.kind).filter_by(study=rater.study, rater=rater.number, turn=rater.turns)
        return session.scalar(wanted) == events.VOTE

    def _done(self, session: Session) -> int:
        wanted = select(func.count()).select_from(Vote).filter_by(study=self._survey.store.study, rater=self._number)
        return session.scalar(wanted) or 0

    def _vote_times(self, session: Session) -> list[str]:
        wanted = select(Vote.at).filter_by(study=self._survey.store.study, rater=self._number).order_by(Vote.position)
        return list(session.scalars(wanted))

    def _suggest_break(self, times: list[str]) -> bool:
        """Whether the last vote was the last of so many in a row, or the first after so many minutes, or of a pass or a
        sitting.
        """
        if not times or len(times) >= len(self._plan):
            return False
        before, after = self._plan[len(times) - 1 : len(times) + 1]
        if (before.question, before.sitting) != (after.question, after.sitting):
            return True
        moments = [datetime.fromisoformat(time) for time in times]
        begin = len(moments) - 1
        while begin and (moments[begin] - moments[begin - 1]).total_seconds() < PAUSE_SECONDS:
            begin -= 1
        run, breaks = moments[begin:], self._survey.protocol.breaks
        if len(run) < 2:
            return False
        before, now = ((moment - run[0]).total_seconds() // (60 * breaks.after_minutes) for moment in run[-2:])
        return len(run) % breaks.after_items == 0 or now > before

    def _item(self, position: int) -> Item:
        planned = self._plan[position]
        width, height = self._survey.size(planned)
        question = self._survey.protocol.question(planned.question)
        return Item(
            token=self._survey.token(self._number, position, "picture"),
            reference=self._survey.token(self._number, position, "reference") if question.shows_reference else None,
            position=position,
            question=planned.question,
            text=question.text,
            training=planned.kind == "training",
            width=width,
            height=height,
            minimum_ms=self._minimum_ms,
            other=self._survey.token(self._number, position, "other") if planned.other else None,
            reference_first=not question.shows_reference or self._survey.reference_first(self._number, position),
            qualification=planned.kind == "qualification",
            sitting=self._sitting(planned),
        )

    def _sitting(self, planned: Planned) -> Sitting | None:
        if planned.question != "diagnosis" or self._survey.protocol.sitting_count == 1:
            return None
        own = [
            one.position
            for one in self._plan
            if (one.question, one.sitting, one.kind) == (planned.question, planned.sitting, "test")
        ]
        return Sitting(planned.sitting, self._survey.protocol.sitting_count, own[0], len(own))


def label(number: int) -> str:
    """The rater's name in every table: not the code, which opens the session."""
    return f"R{number:03d}"


def number_of(label: str) -> int:
    """The number back from `label`."""
    return int(label[1:])
