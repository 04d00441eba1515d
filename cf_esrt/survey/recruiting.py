"""The open link: raters whom a recruiting service sends, each by a name of its own, up to a quota."""

from __future__ import annotations

from sqlalchemy import select

from cf_esrt.survey import crypto
from cf_esrt.survey.core import OpenStudy
from cf_esrt.survey.errors import Full, Refused, StudyLocked
from cf_esrt.survey.store import events
from cf_esrt.survey.store.tables import Rater, Study

LONGEST_NAME = 128


def join(survey: OpenStudy, external: str) -> str:
    """The code of the rater of that name, made where the name is new. Refused where the study has no open link or the
    name makes no sense, Full at the quota, StudyLocked after the lock.
    """
    recruiting = survey.protocol.recruiting
    name = external.strip()
    if recruiting is None:
        raise Refused("This study has no open link; please use the code that you were given.")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused("The link names nobody; please open it again from where you were invited.")
    with survey.store.writing() as transaction:
        session = transaction.session
        study = session.get_one(Study, survey.store.study, with_for_update=True)
        raters = session.scalars(select(Rater).filter_by(study=study.id)).all()
        known = next((rater for rater in raters if rater.external == name), None)
        if known is not None:
            return known.code
        if study.locked:
            raise StudyLocked
        if sum(rater.external is not None and rater.qualified is not False for rater in raters) >= recruiting.quota:
            raise Full
        number, code = len(raters) + 1, crypto.new_code()
        transaction.record(study, events.RATERS, {"codes": [(number, code)], "external": {str(number): name}})
    return code
