"""Uploaded files are read once and deleted immediately."""

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
    """Read an upload and delete it, whether or not reading succeeds.

    Args:
        payload: what the page sent, ``{"path": …}``.
        folder: the upload folder; a path outside it is refused and not touched.

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
    """Gradio puts each upload into a folder named by its hash; remove it when it is empty."""
    if inner != folder:
        try:
            inner.rmdir()
        except OSError:
            log.debug("upload folder is not empty yet")
