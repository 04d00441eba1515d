"""Serve a study's pages: ``python -m cf_esrt survey serve``. Nothing of Gradio is imported."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

import uvicorn

from cf_esrt.interface.common import settings
from cf_esrt.interface.common.settings import SERVER_NAME, Settings, SettingsError
from cf_esrt.interface.survey.page import ORGANISER, build
from cf_esrt.survey.survey import Survey

SERVER_PORT = "GRADIO_SERVER_PORT"
"""The workbench's variable, so that one setting serves both."""
FIRST_PORT, PORTS = 7860, 100
GRACE = 5
"""Seconds that open requests have at the end."""


def serve(survey: Survey) -> None:
    """Serve the rater's and the organiser's page until Ctrl-C or SIGTERM. SettingsError, a sentence, for a setting
    that cannot be used; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where the server listens.
    """
    wanted = settings.read(os.environ)
    if wanted.auth is not None:
        raise SettingsError(
            "A study's pages have a code for each rater and the organiser's password; take CF_ESRT_AUTH out of the "
            "environment for 'survey serve'."
        )
    listening = _listen(os.environ.get(SERVER_NAME) or "127.0.0.1", os.environ.get(SERVER_PORT))
    address = _address(listening)
    sys.stdout.write(f"Raters: {address}\nOrganiser: {address}{ORGANISER}\n(Ctrl-C ends it)\n")
    sys.stdout.flush()
    run(survey, wanted, listening)


def run(survey: Survey, wanted: Settings, listening: socket.socket) -> None:
    """Answer on a socket that is bound, until a signal ends it; what the caller does then is done after either signal.
    uvicorn raises it once more when it has ended, and SIGTERM would end the process there, before the last backup.
    """
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, _end)
    config = uvicorn.Config(
        build(survey, wanted),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _listen(host: str, port: str | None) -> socket.socket:
    """A bound socket: at the port that is asked for, or at the first one that is free."""
    if port is not None and not (port.isdecimal() and 0 < int(port) < 65536):
        raise SettingsError(f"{SERVER_PORT} has to be a number from 1 to 65535.")
    ports = range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else [int(port)]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for one in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, one))
        except OSError:
            listening.close()
        else:
            return listening
    raise SettingsError(f"No port is free at {host}: tried {ports[0]} to {ports[-1]}.")


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
