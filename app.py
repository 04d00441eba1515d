"""Build the page and launch it: ``python app.py``, here or on a Hugging Face Space."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from cf_esrt.allocator import keep_freed_memory
from cf_esrt.interface.common import settings
from cf_esrt.interface.common.environment import prepare

STUDY, CARRY = "CF_ESRT_STUDY", "CF_ESRT_CARRY"
"""A study's folder, whose pages are served in the workbench's place; and the private dataset that keeps its votes."""


def main(arguments: Sequence[str] = (), **models: Any) -> None:
    """Serve the page until Ctrl-C. ``models`` goes to ``build``: a test may bring its own loader."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Serve the page until Ctrl-C.")
    pane_help = "a pane for a checkpoint of your own; repeatable (or CF_ESRT_MODELS, with commas)"
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FILE", help=pane_help)
    given = parser.parse_args(arguments).model
    if os.environ.get(STUDY):
        return _serve_study(os.environ[STUDY], os.environ.get(CARRY))
    try:
        wanted = settings.read(os.environ)
    except settings.SettingsError as error:
        sys.exit(f"error: {error}")
    folder = prepare()  # before anything imports Gradio
    keep_freed_memory()
    if importlib.util.find_spec("spaces"):
        import spaces  # noqa: F401  # pyright: ignore[reportMissingImports]  # on ZeroGPU, before torch

    from cf_esrt import photo
    from cf_esrt.catalogue import Catalogue, CatalogueError
    from cf_esrt.enhance import Enhancer
    from cf_esrt.interface.common.launch import launch_options
    from cf_esrt.interface.preview.page import ROOM, STYLES, build

    try:
        catalogue = Catalogue.of([*wanted.models, *given])
    except CatalogueError as error:
        sys.exit(f"error: {error}")

    def load(name: str) -> Enhancer:
        return Enhancer.of(catalogue.describe(name), engine=wanted.engine)

    models = {"load": load, "describe": catalogue.describe, "names": catalogue.names(), **models}
    site = build(folder=folder, **models)
    kept = {"sessions": site.sessions, "upkeep": site.upkeep}
    options = launch_options(site.routes, wanted, rooms=(ROOM,), styles=STYLES, **kept)
    _, address, _ = site.blocks.launch(prevent_thread_lock=True, quiet=True, **options)
    sys.stdout.write(f"CF-ESRT is at {address} (Ctrl-C ends it)\n")
    sys.stdout.flush()
    photo.prepare()  # the first photograph need not wait for its decoder
    site.blocks.block_thread()


def _serve_study(study: str, dataset: str | None) -> None:
    """As ``survey serve`` does, so that a Space can be either."""
    from cf_esrt.__main__ import main as command

    code = command(["survey", "serve", study, *(["--carry", dataset] if dataset else [])])
    if code:
        sys.exit(code)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    main(sys.argv[1:])
