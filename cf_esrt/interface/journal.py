"""What goes into the log of a failure: its kind and its place, never its words, which can hold a file's name."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path


def failed(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log that ``what`` failed, with the error's type and where it was raised; nothing of its message or values."""
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 5:
        frames = traceback.extract_tb(seen.__traceback__)[-4:]
        places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
        chain.append(f"{type(seen).__name__} at {places}")
        seen = seen.__cause__ or seen.__context__
    log.error("%s: %s", what, "; after ".join(chain))
