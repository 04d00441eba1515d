"""An opened study: what the pages and the command line work with."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from sqlalchemy import select

from cf_esrt.survey import manifest, secrecy, stimuli
from cf_esrt.survey.design import Planned, plan
from cf_esrt.survey.errors import Refused, StudyError, UnknownCode, WrongPassword
from cf_esrt.survey.organiser import Organiser
from cf_esrt.survey.protocol import ORIGINAL, Protocol
from cf_esrt.survey.session import RaterSession
from cf_esrt.survey.store import events
from cf_esrt.survey.store.store import Store
from cf_esrt.survey.store.tables import Rater, Study
from cf_esrt.survey.study import Folder


class Survey:
    """A study whose protocol is frozen. Safe to use from several threads, and from several processes at once."""

    def __init__(self, folder: Folder, store: Store, study: Study, manifest: manifest.Manifest) -> None:
        self.folder, self.store = folder, store
        self.protocol = Protocol.from_canonical(study.protocol)
        self.opened = study.opened
        self._secret, self._password, self._manifest = study.secret, study.password, manifest
        self._plans: dict[int, tuple[Planned, ...]] = {}
        self._files = {(one.image, one.method): one for one in manifest.stimuli}

    @classmethod
    def open(cls, folder: Folder, password: str, database: str | None = None) -> Survey:
        """Freeze the protocol and begin; StudyError where that happened before or the stimuli are not ready, Refused
        where the password is too short.
        """
        protocol = folder.read()
        prepared = stimuli.check(folder, protocol)
        hashed = secrecy.hash_password(password)
        store = _store(folder, prepared, database)
        with store.writing() as transaction:
            study = transaction.session.get(Study, prepared.study)
            if study is not None:
                raise StudyError(f"This study was opened on {study.opened[:16]} UTC already.")
            fields = {
                "protocol": protocol.canonical(),
                "stimuli": prepared.sha256,
                "secret": secrets.token_hex(32),
                "password": hashed,
            }
            transaction.record(None, events.OPENED, fields)
        store.close()
        return cls.attach(folder, database)

    @classmethod
    def attach(cls, folder: Folder, database: str | None = None) -> Survey:
        """A study that is open or locked. StudyError where it is not, or where its protocol or its stimuli have been
        changed since. ``database`` is a URL; without one, the store is a file in the study's folder.
        """
        prepared = manifest.read(folder.manifest)
        store = _store(folder, prepared, database)
        with store.reading() as session:
            study = session.get(Study, prepared.study)
        if study is None:
            raise StudyError("This study is not open yet; run 'survey open'.")
        frozen = Protocol.from_canonical(study.protocol)
        if folder.read().sha256 != frozen.sha256 or prepared.protocol != frozen.sha256:
            raise StudyError(
                f"The protocol was edited after the study was opened on {study.opened[:16]} UTC; put it back as it "
                "was, or make a new study of it."
            )
        if prepared.sha256 != study.stimuli:
            raise StudyError("The stimuli are not those that the study was opened with; put them back.")
        return cls(folder, store, study, prepared)

    @staticmethod
    def is_open(folder: Folder, database: str | None = None) -> bool:
        """Whether the study was opened, be it locked since."""
        if folder.log.exists():
            return True
        if not folder.manifest.exists() or (database is None and not folder.database.exists()):
            return False
        store = _store(folder, manifest.read(folder.manifest), database)
        with store.reading() as session:
            return session.get(Study, store.study) is not None

    def close(self) -> None:
        """Give the database's connections back."""
        self.store.close()

    # ---- raters

    def sign_in(self, code: str) -> RaterSession:
        """The rater's session, at the item where it was left; UnknownCode for another code."""
        with self.store.reading() as session:
            wanted = select(Rater.number).filter_by(study=self.store.study, code=secrecy.normal_code(code))
            number = session.scalar(wanted)
        if number is None:
            raise UnknownCode
        return RaterSession(self, number)

    def plan(self, rater: int) -> tuple[Planned, ...]:
        """The rater's whole plan, with methods: never for a rater's eyes."""
        if rater not in self._plans:
            self._plans[rater] = plan(self.protocol, rater)
        return self._plans[rater]

    def token(self, rater: int, position: int, what: str) -> str:
        """The name under which the page asks for a picture: ``what`` is ``picture`` or ``reference``."""
        name = f"{rater:x}.{position:x}.{what[0]}"
        return f"{name}.{secrecy.derived(self._secret, 'token', name)[:24]}"

    def picture(self, token: str) -> Path:
        """The PNG file behind an item's token; Refused for a token that was not given out."""
        try:
            rater, position, what = token.split(".")[:3]
            number, place = int(rater, 16), int(position, 16)
            expected = self.token(number, place, what)
        except ValueError as error:
            raise Refused("There is no such picture.") from error
        if not hmac.compare_digest(token.encode(), expected.encode()):
            raise Refused("There is no such picture.")
        item = self.plan(number)[place]
        method = ORIGINAL if what == "r" else item.method
        return self.folder.stimuli / self._files[item.image, method].file

    def size(self, item: Planned) -> tuple[int, int]:
        """Width and height of an item's picture, in pixels."""
        stimulus = self._files[item.image, item.method]
        return stimulus.width, stimulus.height

    @property
    def stimuli(self) -> tuple[manifest.Stimulus, ...]:
        """Every picture, with its method: never for a rater's eyes."""
        return self._manifest.stimuli

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height that hold each of the study's pictures, in pixels."""
        files = self._files.values()
        return max(one.width for one in files), max(one.height for one in files)

    def chance(self, *words: object) -> int:
        """A number that nobody outside can foresee, the same whenever it is asked for by the same words."""
        return int(secrecy.derived(self._secret, "chance", *words), 16)

    def completion_code(self, rater: int) -> str:
        return secrecy.completion_code(self._secret, rater)

    # ---- organiser

    def organiser(self, password: str) -> Organiser:
        """The organiser's view; WrongPassword where the password does not fit."""
        if not secrecy.fits(password, self._password):
            raise WrongPassword
        return self.organiser_on_the_spot()

    def organiser_on_the_spot(self) -> Organiser:
        """The same for the command line: whoever can read the study's folder needs no password for it."""
        names = [method.name for method in self.protocol.all_methods()]
        return Organiser(self, secrecy.masked_names(self._secret, names))


def _store(folder: Folder, prepared: manifest.Manifest, database: str | None) -> Store:
    return Store.connect(folder.database if database is None else database, folder.log, prepared.study)
