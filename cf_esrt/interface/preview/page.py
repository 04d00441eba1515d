"""The page as Gradio blocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api as ApiValue
from gradio.events import api as endpoint
from starlette.routing import BaseRoute

from cf_esrt.enhance import Enhancer
from cf_esrt.interface.common.job_queue import JobQueue
from cf_esrt.interface.common.launch import MAX_UPLOAD, html_component
from cf_esrt.interface.common.picture_store import PictureStore, picture_routes
from cf_esrt.interface.common.sessions import Sessions
from cf_esrt.interface.common.static_files import script
from cf_esrt.interface.common.strings import TITLE
from cf_esrt.interface.common.templates import header
from cf_esrt.interface.common.upload_route import upload_routes
from cf_esrt.interface.common.uploads import Uploads, upload_folder
from cf_esrt.interface.preview import markup, photographs, strings
from cf_esrt.interface.preview.api import Api
from cf_esrt.interface.preview.device import device_routes
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import Load, ModelCache, make_inference, on_zerogpu
from cf_esrt.interface.preview.panes import Describe, available_panes, first_models, switchable
from cf_esrt.interface.preview.photo_memory import PhotoMemory
from cf_esrt.interface.preview.preloading import Preloader
from cf_esrt.interface.preview.quick import in_haste, make_quick, quick_models
from cf_esrt.interface.preview.quick_route import quick_routes
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.interface.preview.updates import bound
from cf_esrt.models import describe as describe_model
from cf_esrt.models import names as model_names

PACKAGE = "preview"
_STYLES = ("page", "opening", "panes", "overlay", "choices", "dates", "small")
STYLES = tuple(f"{PACKAGE}/style/{name}.css" for name in _STYLES)
"""This page's style sheets, in order."""
SESSION_SECONDS = 3600
"""Seconds that a session's pixels are held after their last change."""
LOOK_SECONDS = 0.02
"""Seconds between two looks for a call that waits in Gradio's queue: nobody notices them."""

_MESSAGE = "document.querySelector('#cf-status .cf-message').textContent"
STOPPING = f"(session) => {{ {_MESSAGE} = {json.dumps(strings.CANCELLING)}; return [session]; }}"
"""Said by the page before the server hears of it, which may be busy."""


@dataclass(frozen=True)
class Site:
    """The page, and what ``launch_options`` takes with it."""

    blocks: gr.Blocks
    routes: list[BaseRoute]
    """Pictures, downloads, uploads, quick pictures."""
    sessions: Sessions
    """Who is there; connections are reported to it."""
    upkeep: tuple[Callable[[], None], ...]
    """To be called every few seconds."""


def build(
    load: Load = Enhancer.load,
    describe: Describe = describe_model,
    folder: Path | None = None,
    names: Sequence[str] | None = None,
) -> Site:
    """Build the page; no network is loaded before somebody opens it.

    Args:
        load: from a model's name to an ``Enhancer``; the tests bring a fast one.
        describe: from a model's name to its descriptor.
        folder: where Gradio puts files; by default its own temporary folder.
        names: the models there are; by default all of the project.
    """
    names = model_names() if names is None else names
    choices, models = available_panes(describe, names)
    pictures = PictureStore()
    cache, queue, sessions = ModelCache(load), JobQueue(), Sessions()
    inference = make_inference(cache)
    hasty = in_haste(cache)
    quick = make_quick(hasty, names)
    loaded_first = () if on_zerogpu() else (*quick_models(names), *first_models(choices))
    uploads = Uploads(folder or upload_folder())
    opening = photographs.opening_pool()
    events = Events(inference, uploads, choices, queue, opening)
    preloader = Preloader(cache, loaded_first, lambda: len(queue) > 0, events.measured, (hasty, quick_models(names)))
    api = Api(inference, queue, uploads, pictures, [model.name for model in models], sessions, opening)

    def on_open(session: SessionState, request: gr.Request) -> None:
        sessions.opened(request.session_hash, session)
        preloader.begin()

    def on_close(request: gr.Request) -> None:
        sessions.closed(request.session_hash)

    with gr.Blocks(
        title=f"{TITLE}: {strings.SUBTITLE}",
        analytics_enabled=False,
        delete_cache=(600, 600),
        fill_width=True,
    ) as page:
        session = gr.State(
            SessionState(pictures, PhotoMemory()), time_to_live=SESSION_SECONDS, delete_callback=SessionState.close
        )
        html_component(header(strings.SUBTITLE))
        with gr.Row(elem_id="cf-layout"):
            with gr.Column(elem_id="cf-input"):
                upload = html_component(
                    markup.upload([photographs.thumbnail(path) for path in photographs.examples()]),
                    "preview/upload.js",
                    ("photo", "example", "refused", "resume"),
                    {"limit": MAX_UPLOAD, "strings": strings.UPLOAD},
                )
                cropper = script("vendor/cropperjs/cropper.min.js")
                crop = html_component(
                    markup.crop(switch=switchable(choices)),
                    "preview/crop.js",
                    ("lesion", "source", "shrink"),
                    head=cropper,
                )
                dates = html_component(markup.dates(), "preview/dates.js", ("second", "align", "remove"))
                with gr.Column(elem_id="cf-run"):
                    with gr.Row(elem_id="cf-actions"):
                        enhance = gr.Button(strings.ENHANCE, variant="primary", elem_id="cf-enhance", scale=3)
                        cancel = gr.Button(strings.CANCEL, interactive=False, elem_id="cf-cancel", scale=1)
                    status = gr.HTML(markup.status(strings.FIRST), elem_id="cf-status", apply_default_css=False)
            with gr.Column(elem_id="cf-results"):
                viewer = script("vendor/openseadragon/openseadragon.min.js")
                panes = html_component(
                    markup.panes(choices),
                    "preview/compare.js",
                    ("detail", "choose", "overlay", "backproject"),
                    head=viewer,
                )
                if quick is not None:
                    html_component(markup.quick(), "preview/quick.js")
                exports = html_component(markup.export(), "preview/export.js", ("export",))
                html_component(markup.about(models))

        parts = {"panes": panes, "status": status, "enhance": enhance, "cancel": cancel, "session": session}
        card = {
            "crop": crop,
            "panes": panes,
            "status": status,
            "upload": upload,
            "dates": dates,
            "session": session,
        }
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        at_once = {**quiet, "trigger_mode": "multiple"}  # Gradio drops what is pressed while the one before runs

        def on(listen: Any, handler: Any, components: dict[str, Any], inputs: Any = session, **how: Any) -> Any:
            return listen(bound(handler, components), inputs, list(components.values()), **how)

        for arrived, handler in ((upload.photo, events.photo), (upload.example, events.example)):
            on(arrived, handler, card, concurrency_limit=None, **at_once)  # the pool where they are opened decides
        on(upload.resume, events.resume, card, **at_once)
        on(crop.shrink, events.shrink, card, **at_once)
        on(dates.second, events.second, {"panes": panes, "dates": dates}, concurrency_limit=None, **at_once)
        on(dates.remove, events.remove_second, {"panes": panes, "dates": dates}, queue=False, **at_once)
        upload.refused(events.refused, session, status, queue=False, **at_once)
        queued = {name: parts[name] for name in ("panes", "status", "enhance", "cancel")}
        for start in (
            on(enhance.click, events.enqueue, queued, [session, crop], queue=False, **quiet),
            on(panes.choose, events.select_panes, queued, queue=False, **at_once),
            on(crop.source, events.source, queued, queue=False, **at_once),
            on(dates.align, events.align, {**queued, "dates": dates}, **at_once),
        ):
            # no limit: the job queue decides, and reports the position in it
            on(start.success, events.enhance, parts, concurrency_limit=None, **at_once)
        cancel.click(events.cancel, session, None, queue=False, js=STOPPING, **quiet)
        # Not "always_last", which in Gradio 6.31 repeats the first event's data in place of the last one's
        for change, handler in (
            (crop.lesion, events.lesion),
            (panes.overlay, events.overlay),
            (panes.detail, events.detail),
            (panes.backproject, events.back_projection),
        ):
            on(change, handler, {"panes": panes}, queue=False, **at_once)
        on(exports.export, events.export, {"exports": exports, "status": status}, **at_once)
        page.load(on_open, session, None, queue=False, **quiet)
        page.unload(on_close)
        endpoint(api.enhance, api_name="enhance", concurrency_limit=None)
    page.queue(default_concurrency_limit=1, api_open=False)
    _rest_while_nobody_calls(page)
    _keep_from_disk(page)
    routes = [
        *picture_routes(pictures),
        *upload_routes(uploads),
        *quick_routes(quick, events.session_of),
        *device_routes(),
    ]
    return Site(page, routes, sessions, (uploads.drop_unused, pictures.drop_expired, sessions.sweep))


def _rest_while_nobody_calls(page: gr.Blocks) -> None:
    """Gradio looks a thousand times a second for a call, and for progress, which this page reports otherwise, a hundred
    times: a tenth of a core while nobody does anything."""
    page._queue.sleep_when_free = LOOK_SECONDS
    page._queue.progress_update_sleep_when_free = 1.0


def _keep_from_disk(page: gr.Blocks) -> None:
    """Gradio would look for the API's photograph in its upload folder, and fetch one that is a web address."""

    async def as_it_is(url_or_file_path: str | Path | None) -> str | None:
        return None if url_or_file_path is None else str(url_or_file_path)

    for block in page.blocks.values():
        if isinstance(block, ApiValue):
            block.async_move_resource_to_block_cache = as_it_is
