"""An opened study: its frozen protocol, its store, its plans and pictures. `session` and `organiser` build on it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from cf_esrt.survey import crypto, manifest, registration, stimuli
from cf_esrt.survey.asking import LEFT, RIGHT
from cf_esrt.survey.design import Planned, plan
from cf_esrt.survey.errors import Refused, StudyError
from cf_esrt.survey.protocol import ORIGINAL, Protocol
from cf_esrt.survey.store import events
from cf_esrt.survey.store.store import Store
from cf_esrt.survey.store.tables import Rater, Study, Vote
from cf_esrt.survey.study import Folder

S = TypeVar("S", bound="OpenStudy")


class OpenStudy:
    """A study whose protocol is frozen. Safe to use from several threads, and from several processes at once."""

    def __init__(self, folder: Folder, store: Store, study: Study, manifest: manifest.Manifest) -> None:
        self.folder, self.store = folder, store
        self.protocol = Protocol.from_canonical(study.protocol)
        self.opened = study.opened
        self.registration = study.registration
        """The text that was given out at the opening (`registration`); None of a study opened before there was one."""
        self._secret, self._manifest = study.secret, manifest
        self._plans: dict[int, tuple[Planned, ...]] = {}
        self._seen: dict[str, bytes] = {}
        """Picture's file → digest of what was checked."""
        self._files = {(one.image, one.method): one for one in manifest.stimuli}

    @classmethod
    def open(cls: type[S], folder: Folder, password: str, database: str | None = None) -> S:
        """Freeze the protocol and begin; StudyError where that happened before or the stimuli are not ready, Refused
        where the password is too short.
        """
        protocol = folder.read()
        prepared = stimuli.check(folder, protocol)
        hashed = crypto.hash_password(password)
        store = _store(folder, prepared, database)
        with store.writing() as transaction:
            study = transaction.session.get(Study, prepared.study)
            if study is not None:
                raise StudyError(f"This study was opened on {study.opened[:16]} UTC already.")
            fields: dict[str, Any] = {
                "protocol": protocol.canonical(),
                "stimuli": prepared.sha256,
                "secret": secrets.token_hex(32),
                "password": hashed,
                "registration": registration.text(protocol, prepared),
            }
            transaction.record(None, events.OPENED, fields)
        store.close()
        folder.registration.write_bytes(fields["registration"].encode())
        return cls.attach(folder, database)

    @classmethod
    def attach(cls: type[S], folder: Folder, database: str | None = None) -> S:
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
        if folder.read(opened=True).sha256 != frozen.sha256 or prepared.protocol != frozen.sha256:
            raise StudyError(
                f"The protocol was edited after the study was opened on {study.opened[:16]} UTC; put it back as it "
                "was, or make a new study of it."
            )
        if prepared.sha256 != study.stimuli:
            raise StudyError("The stimuli are not those that the study was opened with; put them back.")
        registration.require(study.registration, prepared)
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

    def plan(self, rater: int) -> tuple[Planned, ...]:
        """The rater's whole plan, with methods: never for a rater's eyes."""
        found = self._plans.get(rater)
        if found is None:
            chosen = self._chosen(rater)
            found = plan(self.protocol, rater, self._manifest.order_secret, chosen)
            if chosen is not None or not self.protocol.adaptive:
                self._plans[rater] = found
        return found

    def _chosen(self, rater: int) -> list[str] | None:
        """The pairs of an adaptive study; None before they are chosen."""
        if not self.protocol.adaptive:
            return None
        with self.store.reading() as session:
            row = session.get(Rater, (self.store.study, rater))
            return None if row is None else row.pairs

    def tally(self) -> dict[str, tuple[int, int, int]]:
        """``first|second`` → answers for the first, for the second, and ties, of all test votes on pairs that stand."""
        with self.store.reading() as session:
            votes = session.scalars(select(Vote).filter_by(study=self.store.study)).all()
        found: dict[str, list[int]] = {pair: [0, 0, 0] for pair in self.protocol.treatments("pair")}
        for vote in votes:
            item = self.plan(vote.rater)[vote.position]
            if item.question != "pair" or item.kind != "test":
                continue
            straight = f"{item.method}|{item.other}"
            counts = found[straight if straight in found else f"{item.other}|{item.method}"]
            place = {LEFT: 0, RIGHT: 1}.get(vote.score, 2)
            counts[place if place == 2 or straight in found else 1 - place] += 1
        return {pair: (first, second, ties) for pair, (first, second, ties) in found.items()}

    def token(self, rater: int, position: int, what: str) -> str:
        """The name under which the page asks for a picture: ``what`` is ``picture``, ``reference`` or ``other``
        (of a pair, on the right).
        """
        name = f"{rater:x}.{position:x}.{what[0]}"
        return f"{name}.{crypto.derived(self._secret, 'token', name)[:24]}"

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
        method = {"r": ORIGINAL, "o": item.other}.get(what, item.method)
        if method is None:
            raise Refused("There is no such picture.")
        return self.folder.stimuli / self._files[item.image, method].file

    def size(self, item: Planned) -> tuple[int, int]:
        """Width and height of an item's picture, in pixels."""
        stimulus = self._files[item.image, item.method]
        return stimulus.width, stimulus.height

    def picture_bytes(self, token: str) -> bytes:
        """The PNG behind an item's token; StudyError where it is not the picture that the study was opened with."""
        path = self.picture(token)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StudyError("A picture of this study is missing; its organiser has to put it back.") from error
        digest = hashlib.sha256(data).digest()
        if self._seen.get(path.name) != digest:
            if not stimuli.same(path, next(one for one in self.stimuli if one.file == path.name)):
                raise StudyError("A picture of this study was changed; its organiser has to put it back.")
            self._seen[path.name] = digest
        return data

    def changed_stimuli(self) -> list[str]:
        """Files of pictures that are missing or not those that the study was opened with."""
        return [one.file for one in self.stimuli if not stimuli.same(self.folder.stimuli / one.file, one)]

    @property
    def order_secret(self) -> str | None:
        """What mixes into every rater's order; not told before the lock."""
        return self._manifest.order_secret

    @property
    def stimuli(self) -> tuple[manifest.Stimulus, ...]:
        """Every picture, with its method: never for a rater's eyes."""
        return self._manifest.stimuli

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height that hold each of the study's pictures, in pixels."""
        files = self._files.values()
        return max(one.width for one in files), max(one.height for one in files)

    def reference_first(self, rater: int, position: int) -> bool:
        """Whether the reference stands on the left: drawn, where the study has a secret; always, where it has none."""
        return self.order_secret is None or self.chance("side", rater, position) % 2 == 0

    def chance(self, *words: object) -> int:
        """A number that nobody outside can foresee, the same whenever it is asked for by the same words."""
        return int(crypto.derived(self._secret, "chance", *words), 16)

    def completion_code(self, rater: int) -> str:
        return crypto.completion_code(self._secret, rater)

    def fits(self, password: str) -> bool:
        """Whether this is the organiser's password."""
        with self.store.reading() as session:  # it may have been set anew since
            return crypto.fits(password, session.get_one(Study, self.store.study).password)

    def masks(self) -> dict[str, str]:
        """Method → the letter that stands for it until the lock."""
        return crypto.masked_names(self._secret, [method.name for method in self.protocol.all_methods()])


def _store(folder: Folder, prepared: manifest.Manifest, database: str | None) -> Store:
    return Store.connect(folder.database if database is None else database, folder.log, prepared.study)
