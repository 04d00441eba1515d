"""Both pages as Gradio blocks: their frame and fixed HTML. What happens on them goes over routes of their own, since a
vote has to be one request with one answer that may be sent again, which Gradio's queue of events is not."""

from __future__ import annotations

import gradio as gr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common.launch import html_component
from cf_esrt.interface.survey import markup, texts
from cf_esrt.interface.survey.organiser_api import OrganiserApi
from cf_esrt.interface.survey.rater_api import RaterApi
from cf_esrt.survey.survey import Survey

ROOM = "survey"
STYLES = tuple(f"{ROOM}/style/{name}.css" for name in ("page", "rating", "organiser"))
"""The pages' style sheets, in order."""
ORGANISER = "organiser"
"""The organiser's address, after the raters'."""


def build(survey: Survey, *, framed: bool = False) -> tuple[gr.Blocks, list[BaseRoute]]:
    """The pages of one study. ``framed``: whether other sites may show them in a frame.

    Returns:
        The blocks, and the routes that ``launch_options`` takes.
    """
    with gr.Blocks(title=texts.RATER["page"], analytics_enabled=False, fill_width=True) as page:
        html_component(markup.rater(), f"{ROOM}/rater.js")
    with page.route(texts.ORGANISER["page"], ORGANISER, show_in_navbar=False):
        html_component(markup.organiser(), f"{ROOM}/organiser.js")
    page.queue(api_open=False)
    return page, [*RaterApi(survey).routes(), *OrganiserApi(survey, framed=framed).routes(), *_closed()]


def _closed() -> list[BaseRoute]:
    """Nobody sends files here, and Gradio would keep on the disk what anybody sends."""

    def refuse(request: Request) -> Response:
        return Response(status_code=404)

    return [Route("/gradio_api/upload", refuse, methods=["POST"])]
