"""The store: transactions that are committed, then logged, and only then acknowledged."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, NoResultFound, OperationalError
from sqlalchemy.orm import Session

from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.store import database, events
from cf_esrt.survey.store.log import Entry, Log
from cf_esrt.survey.store.tables import Event, Rater, Study, timestamp


@dataclass
class Transaction:
    """A transaction that writes: what it records happens as a whole, or not at all."""

    session: Session
    study: str
    entries: list[Entry] = field(default_factory=list)

    def now(self) -> datetime:
        """The server's clock, UTC."""
        return datetime.now(timezone.utc)

    def record(self, owner: Rater | Study | None, kind: str, data: dict[str, Any]) -> None:
        """An event of a rater's or the study's (None: the study's first), carried out at once."""
        rater = owner.number if isinstance(owner, Rater) else 0
        turn = 1 if owner is None else owner.turns + 1
        now = timestamp(self.now())
        entry = Entry(secrets.token_hex(16), self.study, rater, turn, kind, now, data)
        events.apply(self.session, entry)
        self.entries.append(entry)


class Store:
    """One study's rows in a database, and its log file."""

    def __init__(self, engine: Engine, log: Log, study: str) -> None:
        self.log, self.study = log, study
        self._reads, self._writes = engine, engine.execution_options(**{database.WRITES: True})
        self._engine = engine
        self._reconcile()

    @classmethod
    def connect(cls, where: Path | str, log: Path, study: str) -> Store:
        """The store in a SQLite file or at a database's URL. What its log has and it has not is restored from there,
        and the other way round.
        """
        return cls(database.connect(where), Log(log), study)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with _usable(), Session(self._reads) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Committed when the block ends, then in the log; undone where the block raises."""
        with _usable(), Session(self._writes) as session:
            transaction = Transaction(session, self.study)
            yield transaction
            session.commit()
        self.log.append(transaction.entries)
        for entry in transaction.entries:
            if entry.kind == events.WITHDRAWN:
                self.log.forget(entry.rater)

    def _reconcile(self) -> None:
        logged = {entry.id: entry for entry in self.log.entries()}
        if any(entry.study != self.study for entry in logged.values()):
            raise StudyError(f"{self.log.path.name} is another study's log; move it away.")
        with Session(self._writes) as session:
            stored = {event.id: event for event in session.scalars(select(Event).filter_by(study=self.study))}
            gone = {entry.rater for entry in (*logged.values(), *stored.values()) if entry.kind == events.WITHDRAWN}
            missing = [
                entry for entry in logged.values()
                if entry.id not in stored and (entry.rater not in gone or entry.kind == events.WITHDRAWN)
            ]  # fmt: skip
            try:
                # every kind of event follows what it rests on: the study's own first, then each rater's in turn
                for entry in sorted(missing, key=lambda entry: (entry.rater, entry.turn)):
                    events.apply(session, entry)
                session.commit()
            except (IntegrityError, NoResultFound) as error:
                message = "The store and its log tell two stories; keep one of them and move the other away."
                raise StudyError(message) from error
            unlogged = [_entry(event) for event in stored.values() if event.id not in logged]
        self.log.append(sorted(unlogged, key=lambda entry: (entry.at, entry.rater, entry.turn)))


@contextmanager
def _usable() -> Iterator[None]:
    """StudyError, a sentence, where the database fails: for lack of room on the disk, say."""
    try:
        yield
    except OperationalError as error:
        raise StudyError(f"The store cannot be used: {database.reason(error)}") from error


def _entry(event: Event) -> Entry:
    return Entry(event.id, event.study, event.rater, event.turn, event.kind, event.at, event.data)
