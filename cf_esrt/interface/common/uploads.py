"""Uploaded files: read once, and deleted at once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from cf_esrt.interface.common import texts

log = logging.getLogger(__name__)


class UploadError(ValueError):
    """One sentence for the user on an upload that did not arrive."""


def upload_folder() -> Path:
    """Where Gradio puts uploads, set by ``environment.prepare``."""
    from gradio.utils import get_upload_folder

    return Path(get_upload_folder()).resolve()


def read_upload(payload: Any, folder: Path) -> bytes:
    """Read an upload and delete it at once, whatever comes after.

    Args:
        payload: what the page sent, ``{"path": …}``.
        folder: uploads lie in here; a path that leads elsewhere is refused and not touched.

    Raises:
        UploadError: where there is no such upload.
    """
    path = payload.get("path") if isinstance(payload, dict) else None
    if not isinstance(path, str) or "\0" in path:
        raise UploadError(texts.NOT_RECEIVED)
    file = Path(path).resolve()
    if folder.resolve() not in file.parents or not file.is_file():
        raise UploadError(texts.NOT_RECEIVED)
    try:
        return file.read_bytes()
    except OSError as error:
        raise UploadError(texts.NOT_RECEIVED) from error
    finally:
        file.unlink(missing_ok=True)
        _remove_folder(file.parent, folder)


def _remove_folder(inner: Path, folder: Path) -> None:
    """Gradio gives each upload a folder of its own, named by hash; remove it when it is empty."""
    if inner != folder:
        try:
            inner.rmdir()
        except OSError:
            log.debug("upload folder is not empty yet")
