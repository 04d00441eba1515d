"""What each event changes. A study's state is its events in order, so a lost store is rebuilt from them."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cf_esrt.survey.store.log import Entry
from cf_esrt.survey.store.tables import Event, Rater, Study, Vote

OPENED, RATERS, LOCKED = "opened", "raters", "locked"
CONSENT, BACKGROUND, VIEWING, VOTE, UNDO = "consent", "background", "viewing", "vote", "undo"
PASSWORD, WITHDRAWN, CHOSEN = "password", "withdrawn", "chosen"


def apply(session: Session, entry: Entry) -> None:
    """Write the event, and change the tables as it says. What may happen was checked before."""
    if entry.kind == OPENED:
        session.add(Study(id=entry.study, opened=entry.at, locked=None, turns=0, **entry.data))
        session.flush()
    session.add(Event(**vars(entry)))
    if entry.rater:
        rater = session.get_one(Rater, (entry.study, entry.rater))
        rater.turns = entry.turn
        _rater(session, rater, entry)
    else:
        study = session.get_one(Study, entry.study)
        study.turns = entry.turn
        if entry.kind == LOCKED:
            study.locked = entry.at
            study.order_secret = entry.data.get("order_secret")
        elif entry.kind == RATERS:
            external = entry.data.get("external", {})
            for number, code in entry.data["codes"]:
                name = external.get(str(number))
                session.add(Rater(study=entry.study, number=number, code=code, turns=0, external=name))
        elif entry.kind == PASSWORD:
            study.password = entry.data["password"]
    session.flush()


def _rater(session: Session, rater: Rater, entry: Entry) -> None:
    data = entry.data
    if entry.kind == CONSENT:
        rater.consented = entry.at
    elif entry.kind == BACKGROUND:
        rater.background = data
    elif entry.kind == VIEWING:
        rater.viewing = (rater.viewing or {}) | data  # a later sitting may report some of it again
    elif entry.kind == VOTE:
        session.add(
            Vote(
                study=entry.study,
                rater=entry.rater,
                position=data["position"],
                score=data["score"],
                shown_ms=data["shown_ms"],
                at=entry.at,
                waited_ms=data.get("waited_ms"),
                further=data.get("further"),
            )
        )
        if data["last"]:
            rater.finished = entry.at
        rater.qualified = data.get("qualified", rater.qualified)
    elif entry.kind == CHOSEN:
        rater.pairs = data["pairs"]
    elif entry.kind == WITHDRAWN:
        _forget(session, rater, entry)
    elif entry.kind == UNDO:
        session.delete(session.get_one(Vote, (entry.study, entry.rater, data["position"])))


def _forget(session: Session, rater: Rater, entry: Entry) -> None:
    """All that the rater did goes: votes, answers, and the events that told of them."""
    rater.withdrawn = entry.at
    rater.consented = rater.finished = rater.background = rater.viewing = rater.external = None
    rater.qualified = rater.pairs = None
    session.execute(delete(Vote).filter_by(study=entry.study, rater=entry.rater))
    session.execute(delete(Event).filter_by(study=entry.study, rater=entry.rater).where(Event.turn < entry.turn))
