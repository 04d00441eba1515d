"""The organiser's routes, behind the password that was set when the study was opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pydantic import StrictStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common.static_files import PREFIX
from cf_esrt.interface.survey.json_routes import Body, answer, guarded, read
from cf_esrt.interface.survey.sign_in import LASTS, Doorkeeper
from cf_esrt.survey.errors import Refused, WrongPassword
from cf_esrt.survey.organiser import Organiser
from cf_esrt.survey.survey import Survey

AT = f"/{PREFIX}/organiser"
COOKIE = "cf-esrt-organiser"
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

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._organiser: Organiser = survey.organiser_on_the_spot()  # used only behind the cookie
        self._door = Doorkeeper(survey.organiser)

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{AT}/sign-in", guarded(self._sign_in), methods=["POST"]),
            Route(f"{AT}/sign-out", guarded(self._sign_out), methods=["POST"]),
            self._step("progress", Nothing, lambda _: None),
            self._step("lock", Confirmation, self._lock),
        ]

    async def _sign_in(self, request: Request) -> Response:
        try:
            body = await read(request, Password)
            token = await run_in_threadpool(self._door.let_in, body.password)
        except Refused as error:
            return answer({"sentence": str(error)}, 401 if isinstance(error, WrongPassword) else 429)
        response = answer(await run_in_threadpool(self._progress))
        secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        response.set_cookie(COOKIE, token, max_age=LASTS, path=AT, secure=secure, httponly=True, samesite="strict")
        return response

    async def _sign_out(self, request: Request) -> Response:
        self._door.let_out(request.cookies.get(COOKIE, ""))
        response = answer({})
        response.delete_cookie(COOKIE, path=AT, httponly=True, samesite="strict")
        return response

    def _step(self, name: str, kind: type[Any], act: Callable[[Any], None]) -> Route:
        async def handle(request: Request) -> Response:
            if not self._door.knows(request.cookies.get(COOKIE, "")):
                return answer({"sentence": "Please sign in."}, 401)
            try:
                await run_in_threadpool(act, await read(request, kind))
            except Refused as error:
                return answer({"sentence": str(error)}, 409)
            return answer(await run_in_threadpool(self._progress))

        return Route(f"{AT}/{name}", guarded(handle), methods=["POST"])

    def _lock(self, body: Confirmation) -> None:
        if body.typed.strip().lower() != LOCK:
            raise Refused(f"To lock the study, type the word “{LOCK}”.")
        self._organiser.lock()

    def _progress(self) -> dict[str, Any]:
        protocol = self._survey.protocol
        raters = [
            {
                "rater": row.rater,
                "votes": row.votes,
                "items": row.items,
                "finished": row.finished is not None,
                "gold": [row.gold_items - row.gold_misses, row.gold_items],
            }
            for row in self._organiser.raters()
        ]
        return {
            "title": protocol.title,
            "sha256": protocol.sha256,
            "status": asdict(self._organiser.status()),
            "methods": list(self._organiser.methods()),
            "raters": raters,
        }
