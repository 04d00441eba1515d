"""The rater's routes. Every request carries the code, so there is no session that could be lost or mixed up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common.static_files import PREFIX
from cf_esrt.interface.survey import plates
from cf_esrt.interface.survey.json_routes import PRIVATE, B, Body, answer, guarded, read
from cf_esrt.interface.survey.view import AHEAD, study, view
from cf_esrt.interface.survey.viewing import Viewing
from cf_esrt.survey.errors import Refused, StudyError, UnknownCode
from cf_esrt.survey.recruiting import join
from cf_esrt.survey.seeing import Seen
from cf_esrt.survey.session import RaterSession
from cf_esrt.survey.survey import Survey
from cf_esrt.survey.words import ENGLISH
from cf_esrt.survey.words import words as english

AT = f"/{PREFIX}/study"


class Nothing(Body):
    pass


class Named(Body):
    external: StrictStr


class Background(Body):
    answers: dict[StrictStr, StrictStr]


class Sight(Body):
    """`Seen`, as the page sends it."""

    width: StrictInt
    height: StrictInt
    painted: StrictBool
    scale: Annotated[StrictInt | StrictFloat, Field(gt=0, le=64)]
    loupe_ms: Annotated[StrictInt, Field(ge=0)] = 0


class Ballot(Body):
    token: StrictStr
    score: StrictInt
    shown_ms: StrictInt
    further: dict[StrictStr, StrictInt] = Field(default_factory=dict)
    seen: Sight


class RaterApi:
    """What a rater's page may ask of a study."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._study = study(survey)
        words = survey.protocol.wording()
        self._refusals, self._foreign = words.refusals, words != english(ENGLISH)

    def routes(self) -> list[BaseRoute]:
        """The addresses; each step is answered with where the rater stands then."""
        return [
            self._step("state", Nothing, lambda session, _: None),
            self._step("consent", Nothing, lambda session, _: session.consent()),
            self._step("background", Background, lambda session, body: session.answer_background(body.answers)),
            self._step("viewing", Viewing, self._log_viewing),
            self._step("vote", Ballot, _vote),
            self._step("undo", Nothing, lambda session, _: session.undo()),
            self._step("withdraw", Nothing, lambda session, _: session.withdraw()),
            Route(f"{AT}/join", guarded(self._join), methods=["POST"]),
            self._file("pictures/{name}.png", self._picture),
            self._file("plates/{name}.png", self._plate),
        ]

    async def _join(self, request: Request) -> Response:
        """A code for who comes by the open link."""
        try:
            body = await read(request, Named)
            return answer({"code": await run_in_threadpool(join, self._survey, body.external)})
        except Refused as error:
            return answer({"sentence": self._words(error)}, 409)

    def _words(self, error: Refused) -> str:
        """The refusal in the study's language, where it has words for it."""
        return self._refusals.get(type(error).__name__, str(error)) if self._foreign else str(error)

    def _step(self, name: str, kind: type[B], act: Callable[[RaterSession, B], Any]) -> Route:
        def work(code: str, body: B) -> Response:
            session = self._survey.sign_in(code)
            try:
                act(session, body)
            except Refused as error:  # with it, where the rater stands: the page goes on from there
                return answer({"sentence": self._words(error), "view": view(session)}, 409)
            words = {"study": self._study, "rater": session.label} if name == "state" else {}
            return answer({"view": view(session), **words})

        async def handle(request: Request) -> Response:
            try:
                return await run_in_threadpool(work, _code(request), await read(request, kind))
            except UnknownCode as error:
                return answer({"sentence": self._words(error)}, 401)
            except Refused as error:
                return answer({"sentence": str(error)}, 422)

        return Route(f"{AT}/{name}", guarded(handle), methods=["POST"])

    def _file(self, path: str, find: Callable[[RaterSession, str], bytes]) -> Route:
        def work(code: str, name: str) -> Response:
            return Response(find(self._survey.sign_in(code), name), media_type="image/png", headers=PRIVATE)

        async def handle(request: Request) -> Response:
            try:
                return await run_in_threadpool(work, _code(request), request.path_params["name"])
            except UnknownCode as error:
                return answer({"sentence": str(error)}, 401)
            except Refused as error:
                return answer({"sentence": str(error)}, 404)
            except StudyError as error:
                return answer({"sentence": str(error)}, 409)

        return Route(f"{AT}/{path}", guarded(handle), methods=["GET"])

    def _picture(self, session: RaterSession, token: str) -> bytes:
        """Of the item at hand or the next; a rater cannot look through the others ahead, or back."""
        items = session.upcoming(AHEAD)
        if token not in {name for item in items for name in (item.token, item.reference, item.other)}:
            raise Refused("This picture's turn has not come, or is over.")
        return self._survey.picture_bytes(token)

    def _plate(self, session: RaterSession, number: str) -> bytes:
        return plates.draw(*plates.find(self._survey, session.label, number))

    def _log_viewing(self, session: RaterSession, body: Viewing) -> None:
        shown = [str(plates.find(self._survey, session.label, str(place))[1]) for place in range(len(plates.AXES))]
        session.log_viewing(body.flat(shown))


def _vote(session: RaterSession, ballot: Ballot) -> None:
    session.vote(ballot.token, ballot.score, ballot.shown_ms, ballot.further, Seen(**ballot.seen.model_dump()))


def _code(request: Request) -> str:
    """The rater's code, out of the header that only the page's own scripts can set."""
    kind, _, code = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise UnknownCode
    return unquote(code)
