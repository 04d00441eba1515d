"""What the organiser sees and does: progress and ratings with masked methods, and, once, the lock that unmasks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from cf_esrt.survey import crypto, washout
from cf_esrt.survey.asking import options
from cf_esrt.survey.core import OpenStudy
from cf_esrt.survey.design import Planned
from cf_esrt.survey.errors import Refused, StudyLocked
from cf_esrt.survey.export import RaterRow, Rating
from cf_esrt.survey.marks import marks
from cf_esrt.survey.protocol import OPINIONS, Question
from cf_esrt.survey.session import RaterSession, label
from cf_esrt.survey.store import events
from cf_esrt.survey.store.tables import Rater, Study, Vote

MOST_RATERS = 10_000


@dataclass(frozen=True)
class Status:
    """How far the study is."""

    opened: str
    locked: str | None
    planned: int
    """Raters that the protocol plans."""
    codes: int
    """Raters that were given one."""
    started: int
    """Raters with a vote."""
    finished: int
    votes: int
    items: int
    """Votes of a complete session."""
    log_behind: int
    """Events that the log file could not take yet."""


class Organiser:
    """An organiser's view of a study."""

    def __init__(self, survey: OpenStudy) -> None:
        self._survey, self._masks = survey, survey.masks()

    @property
    def locked(self) -> str | None:
        """When the study was locked; None while it is not."""
        with self._survey.store.reading() as session:
            return session.get_one(Study, self._survey.store.study).locked

    def methods(self, *, masked: bool = False) -> tuple[str, ...]:
        """The test's methods by the names that may be shown: A, B, C … until the study is locked. ``masked``: after
        that, too, for who began before the lock.
        """
        names = [method.name for method in self._survey.protocol.methods]
        if masked or not self.locked:
            return tuple(sorted(self._masks[name] for name in names))
        return tuple(names)

    def status(self, rows: Sequence[RaterRow] | None = None) -> Status:
        """``rows``: those of `raters`, where they are at hand."""
        rows = self.raters() if rows is None else rows
        return Status(
            opened=self._survey.opened,
            locked=self.locked,
            planned=self._survey.protocol.raters,
            codes=len(rows),
            started=sum(row.votes > 0 for row in rows),
            finished=sum(row.finished is not None for row in rows),
            votes=sum(row.votes for row in rows),
            items=sum(self._survey.protocol.items(question.kind) for question in self._survey.protocol.questions),
            log_behind=self._survey.store.log.behind,
        )

    def raters(self) -> list[RaterRow]:
        """One row a rater, in the order of their numbers."""
        found = []
        votes, protocol = self._votes(), self._survey.protocol
        items = sum(protocol.items(question.kind) for question in protocol.questions)
        for rater in self._rows():
            mine = votes.get(rater.number, [])
            seen = [(vote, self._survey.plan(rater.number)[vote.position]) for vote in mine]
            gold = [(vote.score, item.expect) for vote, item in seen if item.kind == "gold"]
            ranges = [(score, expect) for score, expect in gold if expect is not None]
            misses = sum(not low <= score <= high for score, (low, high) in ranges)
            answers = [
                [
                    self._answer(question, vote.score)
                    for vote, item in seen
                    if item.kind == "test" and item.question == question.kind
                ]
                for question in protocol.questions
            ]
            waited = [vote.waited_ms / 1000 for vote in mine if vote.waited_ms is not None]
            found.append(
                RaterRow(
                    rater=label(rater.number),
                    votes=len(mine),
                    items=items,
                    consented=rater.consented,
                    finished=rater.finished,
                    gold_items=len(ranges),
                    gold_misses=misses,
                    background=rater.background or {},
                    viewing=rater.viewing or {},
                    marks=tuple(marks(answers, waited, (len(ranges) - misses, len(ranges)), protocol.minimum_seconds)),
                    completion_code=self._survey.completion_code(rater.number) if rater.finished else "",
                    external=rater.external or "",
                    withdrawn=rater.withdrawn,
                    qualified=rater.qualified,
                    next_sitting=self._opens(rater.number, [vote.at for vote in mine]),
                )
            )
        return found

    def _opens(self, rater: int, times: Sequence[str]) -> str | None:
        opens = washout.opens(self._survey.protocol, self._survey.plan(rater), times) if times else None
        return None if opens is None else opens.isoformat(timespec="minutes")

    def _answer(self, question: Question, score: int) -> str:
        """An answer in the organiser's words."""
        return str(score) if question.kind in OPINIONS else options(self._survey.protocol, question)[score - 1].lower()

    def ratings(self, *, masked: bool = False) -> list[Rating]:
        """Every vote that stands, rater by rater; the methods as `methods` has them."""
        masks = self._masks if masked or not self.locked else {}
        found = []
        for number, votes in sorted(self._votes().items()):
            plan = self._survey.plan(number)
            for vote in votes:
                item: Planned = plan[vote.position]
                found.append(
                    Rating(
                        rater=label(number),
                        image=item.image,
                        method=masks.get(item.method, item.method),
                        question=item.question,
                        replicate=item.replicate,
                        score=vote.score,
                        seconds=vote.shown_ms / 1000,
                        position=vote.position,
                        at=vote.at,
                        kind=item.kind,
                        server_seconds=None if vote.waited_ms is None else vote.waited_ms / 1000,
                        other="" if item.other is None else masks.get(item.other, item.other),
                        sitting=item.sitting,
                        further=vote.further or {},
                    )
                )
        return found

    def add_raters(self, count: int) -> list[tuple[str, str]]:
        """(label, code) of so many new raters; StudyLocked, or Refused for a number that makes no sense."""
        with self._survey.store.writing() as transaction:
            session = transaction.session
            study = session.get_one(Study, self._survey.store.study, with_for_update=True)
            if study.locked:
                raise StudyLocked
            there = session.scalars(select(Rater).filter_by(study=study.id)).all()
            if not 1 <= count <= MOST_RATERS - len(there):
                raise Refused(f"Give a number of raters from 1; a study has at most {MOST_RATERS:,}.")
            taken = {rater.code for rater in there}
            codes: list[tuple[int, str]] = []
            while len(codes) < count:
                code = crypto.new_code()
                if code not in taken:
                    taken.add(code)
                    codes.append((len(there) + len(codes) + 1, code))
            transaction.record(study, events.RATERS, {"codes": codes})
        return [(label(number), code) for number, code in codes]

    def codes(self) -> list[tuple[str, str]]:
        """(label, code) of every rater."""
        return [(label(rater.number), rater.code) for rater in self._rows()]

    def set_password(self, password: str) -> None:
        """Another password for the organiser's page; Refused where it is too short."""
        hashed = crypto.hash_password(password)
        with self._survey.store.writing() as transaction:
            study = transaction.session.get_one(Study, self._survey.store.study, with_for_update=True)
            transaction.record(study, events.PASSWORD, {"password": hashed})

    def withdraw(self, number: int) -> None:
        """Delete a rater's part and votes, on their wish; Refused where there is no such rater."""
        if number not in {rater.number for rater in self._rows()}:
            raise Refused(f"There is no rater {label(number)}.")
        RaterSession(self._survey, number).withdraw()

    def lock(self) -> None:
        """End the study for good: from now on no vote is taken, and methods have their names. Refused a second time."""
        with self._survey.store.writing() as transaction:
            study = transaction.session.get_one(Study, self._survey.store.study, with_for_update=True)
            if study.locked:
                raise Refused(f"This study was locked on {study.locked[:16]} UTC already.")
            transaction.record(study, events.LOCKED, {"order_secret": self._survey.order_secret})

    def _rows(self) -> list[Rater]:
        with self._survey.store.reading() as session:
            wanted = select(Rater).filter_by(study=self._survey.store.study).order_by(Rater.number)
            return list(session.scalars(wanted))

    def version(self) -> tuple[int, int]:
        """Another one after every event of the study."""
        with self._survey.store.reading() as session:
            study = self._survey.store.study
            own = session.scalar(select(func.sum(Rater.turns)).filter_by(study=study))
            return session.get_one(Study, study).turns, own or 0

    def _votes(self) -> dict[int, list[Any]]:
        """Rater → rows with the votes' columns: of thousands, many times faster than objects."""
        columns = (Vote.rater, Vote.position, Vote.score, Vote.shown_ms, Vote.at, Vote.waited_ms, Vote.further)
        with self._survey.store.reading() as session:
            wanted = select(*columns).filter_by(study=self._survey.store.study).order_by(Vote.rater, Vote.position)
            found: dict[int, list[Any]] = {}
            for vote in session.execute(wanted):
                found.setdefault(vote.rater, []).append(vote)
            return found
