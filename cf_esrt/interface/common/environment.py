"""Settings that Gradio reads while it is being imported, made before anything imports it."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import FrameType

PREFIX = "cf-esrt-page-"


def prepare() -> Path:
    """Make a private temporary folder, turn telemetry off, and see to the folder's removal at exit.

    Call this once, in the main thread, before ``gradio`` (or ``spaces``, which imports it) is imported.

    Returns:
        The folder that holds uploads for the moment between arriving and being decoded, mode 0700.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    os.environ["GRADIO_SSR_MODE"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    signal.signal(signal.SIGTERM, _end)
    # A shell that starts a command in the background may leave Ctrl-C ignored; this page always heeds it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return folder


def _end(signum: int, frame: FrameType | None) -> None:
    """Let SIGTERM take the same way out as Ctrl-C, so that the clean-up runs."""
    raise KeyboardInterrupt
