"""The page as Gradio blocks, and how it is launched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import themes
from gradio.events import api as endpoint
from starlette.middleware import Middleware

from cf_esrt.enhance import Enhancer
from cf_esrt.interface import intake as photographs
from cf_esrt.interface import markup, texts
from cf_esrt.interface.api import Api
from cf_esrt.interface.desk import Desk
from cf_esrt.interface.events import Events
from cf_esrt.interface.line import Line
from cf_esrt.interface.panes import Describe, offered
from cf_esrt.interface.pictures import Pictures, module, routes, script, stylesheet
from cf_esrt.interface.security import Headers
from cf_esrt.interface.sessions import Sessions
from cf_esrt.interface.settings import Settings
from cf_esrt.interface.work import Bank, Load, worker
from cf_esrt.models import describe as describe_model
from cf_esrt.models import names as model_names
from cf_esrt.photo import Limits

MAX_UPLOAD = Limits().max_bytes
"""Bytes of one upload."""
STYLES = ("base", "opening", "panes", "overlay", "choices", "small")
"""The style sheets of ``static/style``, in this order."""
OPEN = Settings()
"""No password, and shown in no other site's frame."""
HELD = 3600
"""Seconds that a session's pixels are held after their last change."""


def build(
    load: Load = Enhancer.load,
    describe: Describe = describe_model,
    folder: Path | None = None,
    names: Sequence[str] | None = None,
) -> tuple[gr.Blocks, Pictures]:
    """Build the page; no network is loaded before the first Enhance.

    Args:
        load: from a model's name to an ``Enhancer``; the tests bring a fast one.
        describe: from a model's name to its descriptor.
        folder: where uploads arrive; by default Gradio's own temporary folder.
        names: the models there are; by default all of the project.

    Returns:
        The blocks, and the store of pictures whose routes ``launch_options`` adds.
    """
    choices, models = offered(describe, model_names() if names is None else names)
    pictures = Pictures()
    work, line, sessions = worker(Bank(load)), Line(), Sessions()
    uploads = (folder or photographs.upload_folder()).resolve()
    events = Events(work, uploads, choices, line)
    api = Api(work, line, uploads, pictures, [model.name for model in models], sessions)

    def arrived(desk: Desk, request: gr.Request) -> None:
        sessions.arrived(request.session_hash, desk)

    def left(request: gr.Request) -> None:
        sessions.left(request.session_hash)

    with gr.Blocks(
        title=f"{texts.TITLE}: {texts.SUBTITLE}",
        analytics_enabled=False,
        delete_cache=(600, 600),
        fill_width=True,
    ) as page:
        desk = gr.State(Desk(pictures), time_to_live=HELD, delete_callback=Desk.close)
        _html(markup.header())
        with gr.Row(elem_id="cf-bench"):
            with gr.Column(elem_id="cf-intake"):
                intake = _html(
                    markup.intake(photographs.examples()),
                    "intake",
                    ("photo", "example", "refused"),
                    {"limit": MAX_UPLOAD, "texts": texts.INTAKE},
                )
                cropper = script("vendor/cropperjs/cropper.min.js")
                crop = _html(markup.crop(), "crop", ("lesion",), head=cropper)
                with gr.Row(elem_id="cf-actions"):
                    enhance = gr.Button(texts.ENHANCE, variant="primary", elem_id="cf-enhance", scale=3)
                    cancel = gr.Button(texts.CANCEL, interactive=False, elem_id="cf-cancel", scale=1)
                status = gr.HTML(markup.status(texts.FIRST), elem_id="cf-status", apply_default_css=False)
            with gr.Column(elem_id="cf-results"):
                viewer = script("vendor/openseadragon/openseadragon.min.js")
                panes = _html(markup.panes(choices), "compare", ("detail", "choose", "layer", "agree"), head=viewer)
                taken = _html(markup.taking(), "taking", ("take",))
                _html(markup.about(models))

        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        at_once = {**quiet, "trigger_mode": "multiple"}  # Gradio drops what is pressed while the one before runs
        opened = [crop, panes, status, intake, desk]
        intake.photo(events.photo, desk, opened, **at_once)
        intake.example(events.example, desk, opened, **at_once)
        intake.refused(events.refused, None, status, queue=False, **at_once)
        begun, ended = [status, enhance, cancel], [panes, status, enhance, cancel, desk]
        for start in (
            enhance.click(events.begin, [desk, crop], begun, queue=False, **quiet),
            panes.choose(events.choose, desk, [panes, *begun], queue=False, **at_once),
        ):
            # no limit: the line decides, and says where one stands in it
            start.success(events.enhance, desk, ended, concurrency_limit=None, **at_once)
        cancel.click(events.stop, desk, status, queue=False, **quiet)
        crop.lesion(events.lesion, desk, panes, queue=False, **at_once)
        # Not "always_last", which in Gradio 6.31 repeats the first event's data in place of the last one's
        for change, draw in ((panes.layer, events.layer), (panes.detail, events.detail), (panes.agree, events.agree)):
            change(draw, desk, panes, queue=False, **at_once)
        taken.take(events.take, desk, [taken, status], **at_once)
        page.load(arrived, desk, None, queue=False, **quiet)
        page.unload(left)
        endpoint(api.enhance, api_name="enhance", concurrency_limit=None)
    page.queue(default_concurrency_limit=1, api_open=False)
    return page, pictures


def launch_options(pictures: Pictures, settings: Settings = OPEN) -> dict[str, Any]:
    """What ``launch`` is called with: local, nothing shared, nothing recorded, no errors shown raw.

    Name and port of the server are left to GRADIO_SERVER_NAME and GRADIO_SERVER_PORT.
    """
    return {
        "share": False,
        "run_history": False,
        "show_error": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "allowed_paths": [],
        "max_file_size": MAX_UPLOAD,
        "footer_links": [],
        "theme": theme(),
        "head": "".join(stylesheet(f"style/{name}.css") for name in STYLES),
        "auth": settings.auth,
        "auth_message": texts.LOG_IN,
        "app_kwargs": {
            "routes": routes(pictures),
            "middleware": [Middleware(Headers, frames=settings.frames)],
        },
    }


def theme() -> themes.Base:
    """Plain, with the system's fonts: names are strings, so no font is fetched from anywhere."""
    return themes.Base(
        primary_hue=themes.colors.teal,
        neutral_hue=themes.colors.slate,
        radius_size=themes.sizes.radius_sm,
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    )


def _html(
    template: str,
    kind: str | None = None,
    events: tuple[str, ...] = (),
    extra: dict[str, Any] | None = None,
    head: str | None = None,
) -> Any:
    """A piece of page: fixed HTML, brought to life by ``start`` of the module ``static/<kind>.js``.

    ``head`` holds the classic scripts that the module relies on. The names of ``events`` have to stand in the
    script for Gradio to admit their listeners.
    """
    if kind is None:
        return gr.HTML(html_template=template, js_on_load=None, apply_default_css=False)
    given = json.dumps({**(extra or {}), "events": events})
    start = (
        f"import(new URL({json.dumps(module(kind + '.js'))}, document.baseURI)).then(({{ start }}) => "
        f"start(element, Object.assign({{ props, trigger, watch, "
        f"upload: typeof upload === 'undefined' ? null : upload }}, {given})));"
    )
    return gr.HTML(html_template=template, js_on_load=start, head=head, apply_default_css=False)
