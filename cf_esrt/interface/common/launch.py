"""Options for launching a page, and its fixed HTML with scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio import themes
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from cf_esrt.interface.common import strings
from cf_esrt.interface.common.connections import Connections
from cf_esrt.interface.common.hosts import Guard
from cf_esrt.interface.common.job_queue import CAPACITY
from cf_esrt.interface.common.log_in import LogIn
from cf_esrt.interface.common.security import Headers
from cf_esrt.interface.common.sessions import Sessions
from cf_esrt.interface.common.settings import Settings
from cf_esrt.interface.common.static_files import static_routes, static_url, stylesheet
from cf_esrt.interface.common.unused_routes import Unused
from cf_esrt.interface.common.upkeep import lifespan
from cf_esrt.interface.common.uploads import MAX_UPLOAD

MAX_CALLS = 4 * CAPACITY
"""Calls that Gradio lets in at once; each that waits for its turn is one of them, so there have to be more."""
OPEN = Settings()
"""No password; no other site may show the page in a frame."""


def launch_options(
    routes: Sequence[BaseRoute],
    settings: Settings = OPEN,
    *,
    packages: Sequence[str],
    styles: Sequence[str],
    sessions: Sessions | None = None,
    upkeep: Sequence[Callable[[], None]] = (),
) -> dict[str, Any]:
    """Keyword arguments for ``launch``: local, nothing shared or recorded, no raw errors.

    GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where the server listens.

    Args:
        routes: the page's own routes, matched before Gradio's: pictures, downloads, uploads.
        settings: how the page is guarded.
        packages: names of the folders beside ``common`` whose ``static`` files are served.
        styles: style sheets after ``common/base.css``, such as ``preview/style/panes.css``, in order.
        sessions: are told who is connected.
        upkeep: called every few seconds while the page runs: what nobody fetched is dropped there.
    """
    return {
        "share": False,
        "run_history": False,
        "show_error": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": True,
        "mcp_server": False,
        "allowed_paths": [],
        "max_file_size": MAX_UPLOAD,
        "max_threads": MAX_CALLS,
        "footer_links": [],
        "theme": theme(),
        "head": "".join(map(stylesheet, ("common/base.css", *styles))),
        "auth": settings.auth,
        "auth_message": strings.log_in(settings.direct_address),
        "app_kwargs": {
            "lifespan": lifespan(upkeep),
            "routes": [*routes, *static_routes(packages)],
            "middleware": [
                Middleware(Headers, frames=settings.frames),
                Middleware(Unused),
                Middleware(Guard, settings.hosts, addresses=settings.addresses, origins=settings.origins),
                Middleware(LogIn),
                *([] if sessions is None else [Middleware(Connections, sessions)]),
            ],
        },
    }


def theme() -> themes.Base:
    """Plain, with system fonts: given as strings, so that no font is fetched."""
    return themes.Base(
        primary_hue=themes.colors.teal,
        neutral_hue=themes.colors.slate,
        radius_size=themes.sizes.radius_sm,
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    )


def html_component(
    template: str,
    module: str | None = None,
    events: tuple[str, ...] = (),
    extra: dict[str, Any] | None = None,
    head: str | None = None,
) -> Any:
    """Fixed HTML that calls ``start`` of a JavaScript module such as ``preview/crop.js``.

    ``head`` holds the classic scripts that the module needs. Gradio accepts listeners only for ``events`` that the
    script names.
    """
    if module is None:
        return gr.HTML(html_template=template, js_on_load=None, apply_default_css=False)
    given = json.dumps({**(extra or {}), "events": events})
    start = (
        f"import(new URL({json.dumps(static_url(module))}, document.baseURI)).then(({{ start }}) => "
        f"start(element, Object.assign({{ props, trigger, watch, "
        f"upload: typeof upload === 'undefined' ? null : upload }}, {given})));"
    )
    return gr.HTML(html_template=template, js_on_load=start, head=head, apply_default_css=False)
