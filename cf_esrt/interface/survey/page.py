"""Both pages as a Starlette application: two documents, their scripts and styles, and the routes of a study."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from cf_esrt.interface.common.hosts import Guard
from cf_esrt.interface.common.security import Headers
from cf_esrt.interface.common.settings import Settings
from cf_esrt.interface.common.static_files import static_routes
from cf_esrt.interface.survey import markup
from cf_esrt.interface.survey.organiser_api import OrganiserApi
from cf_esrt.interface.survey.rater_api import RaterApi
from cf_esrt.survey.survey import Survey

PACKAGE = "survey"
ORGANISER = "organiser"
"""The organiser's address, after the raters'."""
OPEN = Settings()
"""No other site may show the page in a frame."""


def build(survey: Survey, settings: Settings = OPEN) -> Starlette:
    """The application of one study. ``settings`` say which names it answers to, and who may frame it."""
    protocol = survey.protocol
    document = markup.rater_page(
        protocol.wording(),
        protocol.language or ("mul" if protocol.words else "en"),
        protocol.recruiting.external if protocol.recruiting else None,
    )
    routes = [
        Route("/", _document(document)),
        Route(f"/{ORGANISER}", _document(markup.organiser_page())),
        *RaterApi(survey).routes(),
        *OrganiserApi(survey, framed=bool(settings.frames)).routes(),
        *static_routes((PACKAGE,)),
    ]
    middleware: Sequence[Middleware] = (
        Middleware(Headers, frames=settings.frames, strict=True),
        Middleware(Guard, settings.hosts, addresses=settings.addresses, origins=settings.origins),
    )
    return Starlette(routes=routes, middleware=middleware)


def _document(html: str):
    async def show(request: Request) -> HTMLResponse:
        return HTMLResponse(html, headers={"Cache-Control": "no-cache"})

    return show
