"""The tables, as SQLAlchemy 2 models. `cf_esrt/survey/migrations` makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Study(Base):
    """An opened study: its protocol as frozen, and what only the server knows."""

    __tablename__ = "study"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    protocol: Mapped[str]
    """`Protocol.canonical`."""
    stimuli: Mapped[str] = mapped_column(String(64))
    """`Manifest.sha256`."""
    secret: Mapped[str] = mapped_column(String(64))
    """What tokens and masked names are derived from."""
    password: Mapped[str]
    """The organiser's, hashed (`passwords`)."""
    opened: Mapped[str]
    locked: Mapped[str | None]
    turns: Mapped[int] = mapped_column(default=0)
    """Events so far that concern the study as a whole."""
    registration: Mapped[str | None]
    """`registration.text`, as it was given out."""
    order_secret: Mapped[str | None] = mapped_column(String(64))
    """Told at the lock."""


class Rater(Base):
    """Somebody who was given a code; nothing about the person but what was answered."""

    __tablename__ = "rater"
    __table_args__ = (UniqueConstraint("study", "code"),)

    study: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 1; the plan's."""
    code: Mapped[str] = mapped_column(String(32))
    turns: Mapped[int] = mapped_column(default=0)
    """Events so far."""
    consented: Mapped[str | None]
    background: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    viewing: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    finished: Mapped[str | None]
    withdrawn: Mapped[str | None]
    """When the rater took part and votes back."""
    external: Mapped[str | None]
    """The name that a recruiting service gave, where the rater came from one."""
    qualified: Mapped[bool | None]
    """Whether enough qualification items were answered right; None before the last, and where there are none."""
    pairs: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Of an adaptive study, the rater's pairs as `design.choose` gave them."""


class Vote(Base):
    """A vote that stands. One that was taken back is in the events alone."""

    __tablename__ = "vote"

    study: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True)
    rater: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """In the rater's plan, from 0: a second vote on an item has no place to go."""
    score: Mapped[int]
    shown_ms: Mapped[int]
    """As the page says."""
    at: Mapped[str]
    waited_ms: Mapped[int | None]
    """As the server says: since the item's turn came. None of votes taken before it was measured."""
    further: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What was answered besides the score, and how the picture was seen."""


class Event(Base):
    """One event of the event log, which is also written to the log file."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("study", "rater", "turn"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    study: Mapped[str] = mapped_column(ForeignKey("study.id"), index=True)
    rater: Mapped[int]
    """0 where it concerns the study as a whole."""
    turn: Mapped[int]
    """Counted for each rater, and for the study, from 1."""
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[str]
    """UTC, ISO 8601, in microseconds."""
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


def timestamp(moment: datetime) -> str:
    """As ``at`` is written: of one length, so that text sorts as time does."""
    return moment.isoformat(timespec="microseconds")
