"""Open a study's pages and serve them: ``python -m cf_esrt survey serve``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from cf_esrt.interface.common import settings
from cf_esrt.interface.common.environment import prepare

if TYPE_CHECKING:
    from cf_esrt.survey.survey import Survey


def serve(survey: Survey) -> None:
    """Serve the rater's and the organiser's page until Ctrl-C. SettingsError, a sentence, for a setting that cannot be
    used; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where the server listens.
    """
    wanted = settings.read(os.environ)
    prepare()  # before anything imports Gradio
    from cf_esrt.interface.common.launch import launch_options
    from cf_esrt.interface.survey.page import ORGANISER, ROOM, STYLES, build

    page, routes = build(survey, framed=bool(wanted.frames))
    options = launch_options(routes, wanted, rooms=(ROOM,), styles=STYLES)
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, **options)
    sys.stdout.write(f"Raters: {address}\nOrganiser: {address.rstrip('/')}/{ORGANISER}\n(Ctrl-C ends it)\n")
    sys.stdout.flush()
    page.block_thread()
