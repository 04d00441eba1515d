"""What the organiser sees and does: progress and ratings with masked methods, and, once, the lock that unmasks them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from cf_esrt.survey import secrecy
from cf_esrt.survey.core import OpenStudy
from cf_esrt.survey.errors import Refused, StudyLocked
from cf_esrt.survey.export import RaterRow, Rating
from cf_esrt.survey.session import label
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

    def methods(self) -> tuple[str, ...]:
        """The test's methods by the names that may be shown: A, B, C … until the study is locked."""
        names = [method.name for method in self._survey.protocol.methods]
        return tuple(names) if self.locked else tuple(sorted(self._masks[name] for name in names))

    def status(self) -> Status:
        rows = self.raters()
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
        votes = self._votes()
        for rater in self._rows():
            plan = self._survey.plan(rater.number)
            mine = votes.get(rater.number, [])
            gold = [(vote.score, plan[vote.position].expect) for vote in mine]
            ranges = [(score, expect) for score, expect in gold if expect is not None]
            found.append(
                RaterRow(
                    rater=label(rater.number),
                    votes=len(mine),
                    items=len(plan),
                    consented=rater.consented,
                    finished=rater.finished,
                    gold_items=len(ranges),
                    gold_misses=sum(not low <= score <= high for score, (low, high) in ranges),
                    background=rater.background or {},
                    viewing=rater.viewing or {},
                )
            )
        return found

    def ratings(self) -> list[Rating]:
        """Every vote that stands, rater by rater; the methods masked until the study is locked."""
        masks = {} if self.locked else self._masks
        found = []
        for number, votes in sorted(self._votes().items()):
            plan = self._survey.plan(number)
            for vote in votes:
                item = plan[vote.position]
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
                code = secrecy.new_code()
                if code not in taken:
                    taken.add(code)
                    codes.append((len(there) + len(codes) + 1, code))
            transaction.record(study, events.RATERS, {"codes": codes})
        return [(label(number), code) for number, code in codes]

    def codes(self) -> list[tuple[str, str]]:
        """(label, code) of every rater."""
        return [(label(rater.number), rater.code) for rater in self._rows()]

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

    def _votes(self) -> dict[int, list[Vote]]:
        with self._survey.store.reading() as session:
            wanted = select(Vote).filter_by(study=self._survey.store.study).order_by(Vote.rater, Vote.position)
            found: dict[int, list[Vote]] = {}
            for vote in session.scalars(wanted):
                found.setdefault(vote.rater, []).append(vote)
            return found
