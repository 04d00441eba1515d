"""A study with its raters' sessions and its organiser: what the pages and the command line work with."""

from __future__ import annotations

from sqlalchemy import select

from cf_esrt.survey import crypto
from cf_esrt.survey.core import OpenStudy
from cf_esrt.survey.errors import UnknownCode, WrongPassword
from cf_esrt.survey.organiser import Organiser
from cf_esrt.survey.session import RaterSession
from cf_esrt.survey.store.tables import Rater


class Survey(OpenStudy):
    """An open or locked study. Safe to use from several threads, and from several processes at once."""

    def sign_in(self, code: str) -> RaterSession:
        """The rater's session, at the item where it was left; UnknownCode for another code."""
        with self.store.reading() as session:
            wanted = select(Rater.number).filter_by(study=self.store.study, code=crypto.normal_code(code))
            number = session.scalar(wanted)
        if number is None:
            raise UnknownCode
        return RaterSession(self, number)

    def organiser(self, password: str) -> Organiser:
        """The organiser's view; WrongPassword where the password does not fit."""
        if not self.fits(password):
            raise WrongPassword
        return self.local_organiser()

    def local_organiser(self) -> Organiser:
        """The same for the command line: whoever can read the study's folder needs no password for it."""
        return Organiser(self)
