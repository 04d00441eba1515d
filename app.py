"""Serve the page: ``python app.py``, here or on a Hugging Face Space."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from cf_esrt.interface.preview import serve

STUDY, BACKUP = "CF_ESRT_STUDY", "CF_ESRT_BACKUP"
"""A study's folder, whose pages are served in the workbench's place; and the private dataset that keeps its votes."""
_OLD_BACKUP = "CF_ESRT_CARRY"


def main(arguments: Sequence[str] = (), **models: Any) -> None:
    """Serve the page, or a study, until Ctrl-C. ``models``: as `serve.main`'s."""
    if os.environ.get(STUDY):
        return _serve_study(os.environ[STUDY], os.environ.get(BACKUP) or os.environ.get(_OLD_BACKUP))
    return serve.main(arguments, **models)


def _serve_study(study: str, dataset: str | None) -> None:
    """As ``survey serve`` does, so that a Space can be either."""
    from cf_esrt.__main__ import main as command

    code = command(["survey", "serve", study, *(["--backup", dataset] if dataset else [])])
    if code:
        sys.exit(code)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    main(sys.argv[1:])
