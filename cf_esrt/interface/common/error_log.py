"""Failures are logged by type and place, never by message, which may contain a file name."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log that ``what`` failed, with the error's type and where it was raised; never its message or values."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 5:
        frames = traceback.extract_tb(cause.__traceback__)[-4:]
        places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
        chain.append(f"{type(cause).__name__} at {places}")
        cause = cause.__cause__ or cause.__context__
    log.error("%s: %s", what, "; after ".join(chain))
