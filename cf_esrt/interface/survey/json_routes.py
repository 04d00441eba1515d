"""What the survey's routes have in common: JSON in, JSON out, refusals as sentences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cf_esrt.interface.common.security import admitted
from cf_esrt.survey.errors import Refused

PRIVATE = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
MOST_BYTES = 16_384
Handler = Callable[[Request], Awaitable[Response]]


class Body(BaseModel):
    """What a page sends: nothing that is not named is taken."""

    model_config = ConfigDict(extra="forbid", strict=True)


B = TypeVar("B", bound=Body)


async def read(request: Request, kind: type[B]) -> B:
    """The request's JSON; Refused where it is none, too long or something else."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            raise Refused("This is more than the page has to tell.")
    try:
        return kind.model_validate_json(data or b"{}")
    except ValidationError as error:
        raise Refused("This was not sent by the page; please load it again.") from error


def answer(content: Any, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status_code=status, headers=PRIVATE)


def guarded(handler: Handler) -> Handler:
    """Behind the page's password, where there is one."""

    async def behind(request: Request) -> Response:
        return await handler(request) if admitted(request) else Response(status_code=401)

    return behind
