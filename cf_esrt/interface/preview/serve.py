"""Build the page and launch it: for ``app.py``, a Space, and the ``cf-esrt`` command of an installation."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from cf_esrt.engine.allocator import keep_freed_memory
from cf_esrt.interface.common import settings
from cf_esrt.interface.common.environment import importing_gradio, prepare


def main(arguments: Sequence[str] = (), *, browser: bool = False, **models: Any) -> None:
    """Serve the page until Ctrl-C, and open it in the browser where that is asked for. ``models`` goes to ``build``: a
    test may bring its own loader."""
    described = "Serve the page until Ctrl-C. The command opens the browser, unless --no-browser is given."
    parser = argparse.ArgumentParser(prog="cf-esrt", description=described)
    pane_help = "a pane for a checkpoint of your own; repeatable (or CF_ESRT_MODELS, with commas)"
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FILE", help=pane_help)
    given = parser.parse_args(arguments).model
    try:
        wanted = settings.read(os.environ)
    except settings.SettingsError as error:
        sys.exit(f"error: {error}")
    folder = prepare()  # before anything imports Gradio
    keep_freed_memory()
    with importing_gradio():
        if importlib.util.find_spec("spaces"):
            import spaces  # noqa: F401  # pyright: ignore[reportMissingImports]  # on ZeroGPU, before torch
        from cf_esrt.catalogue import Catalogue, CatalogueError

        try:  # before Gradio, which takes seconds
            catalogue = Catalogue.of([*wanted.models, *given])
        except CatalogueError as error:
            sys.exit(f"error: {error}")
        from cf_esrt import photo
        from cf_esrt.enhance import Enhancer
        from cf_esrt.interface.common.launch import launch_options
        from cf_esrt.interface.preview.page import PACKAGE, STYLES, build

    def load(name: str) -> Enhancer:
        return Enhancer.of(catalogue.describe(name), engine=wanted.engine)

    models = {"load": load, "describe": catalogue.describe, "names": catalogue.names(), **models}
    site = build(folder=folder, **models)
    kept = {"sessions": site.sessions, "upkeep": site.upkeep}
    options = launch_options(site.routes, wanted, packages=(PACKAGE,), styles=STYLES, **kept)
    with suppress(KeyboardInterrupt):  # it answers before Gradio has returned, and can be ended from then on
        _, address, _ = site.blocks.launch(prevent_thread_lock=True, quiet=True, inbrowser=browser, **options)
        sys.stdout.write(f"CF-ESRT is at {address} (Ctrl-C ends it)\n")
        sys.stdout.flush()
        photo.prepare()  # the first photograph need not wait for its decoder
        site.blocks.block_thread()


def desktop() -> None:
    """``cf-esrt``: serve the page to this machine and open it in the browser; ``--no-browser`` only serves."""
    arguments = sys.argv[1:]
    quiet = "--no-browser" in arguments
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    main([one for one in arguments if one != "--no-browser"], browser=not quiet)
