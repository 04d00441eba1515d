"""The organiser's routes, behind the password that was set when the study was opened."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pydantic import StrictStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common.static_files import PREFIX
from cf_esrt.interface.survey import cookie
from cf_esrt.interface.survey.cookie import Cookie
from cf_esrt.interface.survey.json_routes import PRIVATE, Body, answer, guarded, read
from cf_esrt.interface.survey.live import PATIENCE, LiveSummary
from cf_esrt.interface.survey.sign_in import LASTS, LoginLimiter
from cf_esrt.survey import export, results
from cf_esrt.survey.errors import Refused, StudyError, WrongPassword
from cf_esrt.survey.organiser import Organiser
from cf_esrt.survey.report.write import plain
from cf_esrt.survey.survey import Survey

AT = f"/{PREFIX}/organiser"
LOCK = "lock"
"""What has to be typed to lock a study."""


class Password(Body):
    password: StrictStr


class Confirmation(Body):
    typed: StrictStr


class Nothing(Body):
    pass


class OrganiserApi:
    """What an organiser's page may ask of a study."""

    def __init__(self, survey: Survey, *, framed: bool = False, patience: float = PATIENCE) -> None:
        """``framed``: whether other sites may show the page in a frame; ``patience``: seconds that a poll waits for the
        live view's figures.
        """
        self._survey = survey
        self._cookie = Cookie(AT, framed)
        self._organiser: Organiser = survey.local_organiser()  # used only behind the cookie
        self._login = LoginLimiter(survey.organiser)
        self._live = LiveSummary(lambda: plain(results.live(survey)), self._organiser.version, patience)
        self._writing = threading.Lock()

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{AT}/sign-in", guarded(self._sign_in), methods=["POST"]),
            Route(f"{AT}/sign-out", guarded(self._sign_out), methods=["POST"]),
            self._step("progress", Nothing, lambda _: None),
            self._step("lock", Confirmation, self._lock),
            self._step("report", Nothing, lambda _: self._write_report()),
            self._file("report.html", "text/html", self._report),
            self._file("study.zip", "application/zip", self._archive),
        ]

    async def _sign_in(self, request: Request) -> Response:
        try:
            body = await read(request, Password)
            token = await run_in_threadpool(self._login.login, body.password)
        except Refused as error:
            return answer({"sentence": str(error)}, 401 if isinstance(error, WrongPassword) else 429)
        response = answer(await run_in_threadpool(self._progress))
        self._cookie.set(request, response, token, LASTS)
        return response

    async def _sign_out(self, request: Request) -> Response:
        self._login.logout(request.cookies.get(cookie.NAME, ""))
        response = answer({})
        self._cookie.delete(request, response)
        return response

    def _step(self, name: str, kind: type[Any], act: Callable[[Any], None]) -> Route:
        async def handle(request: Request) -> Response:
            if not self._login.knows(request.cookies.get(cookie.NAME, "")):
                return answer({"sentence": "Please sign in."}, 401)
            try:
                await run_in_threadpool(act, await read(request, kind))
            except (Refused, StudyError) as error:
                return answer({"sentence": str(error)}, 409)
            return answer(await run_in_threadpool(self._progress))

        return Route(f"{AT}/{name}", guarded(handle), methods=["POST"])

    def _file(self, name: str, media_type: str, make: Callable[[], bytes]) -> Route:
        async def handle(request: Request) -> Response:
            if not self._login.knows(request.cookies.get(cookie.NAME, "")):
                return answer({"sentence": "Please sign in."}, 401)
            try:
                data = await run_in_threadpool(make)
            except (FileNotFoundError, StudyError):
                return answer({"sentence": "There is no report yet."}, 404)
            headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
            return Response(data, media_type=media_type, headers=headers)

        return Route(f"{AT}/{name}", guarded(handle), methods=["GET"])

    def _write_report(self) -> None:
        with self._writing:
            command = f"python -m cf_esrt survey report {self._survey.folder.path.name}"
            results.write(self._survey, self._survey.folder.report, command)

    def _report(self) -> bytes:
        return (self._survey.folder.report / "report.html").read_bytes()

    def _archive(self) -> bytes:
        """The report with its tables and readings, the votes, the raters, the protocol and what was registered."""
        if not self._organiser.locked:
            raise StudyError("The study is not locked yet.")
        folder, packed = self._survey.folder.report, io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in (*(folder / f"report.{kind}" for kind in ("html", "md", "json")), *folder.glob("*.imrmc")):
                archive.writestr(path.name, path.read_bytes())
            for path in sorted((folder / "tables").glob("*.csv")):
                archive.writestr(f"tables/{path.name}", path.read_bytes())
            archive.writestr("ratings.csv", export.BOM + export.ratings_csv(self._organiser.ratings()))
            archive.writestr("raters.csv", export.BOM + export.raters_csv(self._organiser.raters()))
            archive.writestr("protocol.json", self._survey.protocol.canonical())
            if self._survey.registration:
                archive.writestr("registration.json", self._survey.registration)
        return packed.getvalue()

    def _lock(self, body: Confirmation) -> None:
        if body.typed.strip().lower() != LOCK:
            raise Refused(f"To lock the study, type the word “{LOCK}”.")
        self._organiser.lock()

    def _progress(self) -> dict[str, Any]:
        protocol, rows = self._survey.protocol, self._organiser.raters()
        raters = [
            {
                "rater": row.rater,
                "votes": row.votes,
                "items": row.items,
                "finished": row.finished is not None,
                "gold": [row.gold_items - row.gold_misses, row.gold_items],
                "marks": list(row.marks),
                "next_sitting": row.next_sitting,
            }
            for row in rows
        ]
        status = self._organiser.status(rows)
        return {
            "title": protocol.title,
            "sha256": protocol.sha256,
            "status": asdict(status),
            "methods": list(self._organiser.methods()),
            "raters": raters,
            "live": self._live.read(),
            "report": status.locked is not None and (self._survey.folder.report / "report.html").exists(),
        }
