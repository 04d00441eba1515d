"""Environment variables that Gradio reads when it is imported; set before anything imports it."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
from pathlib import Path
from types import FrameType

from cf_esrt.interface.common import private_folder


def prepare() -> Path:
    """Make a private temporary folder that is removed at exit, and turn telemetry off.

    Folders of killed processes are removed first.

    Call this once, in the main thread, before ``gradio`` (or ``spaces``, which imports it) is imported.

    Returns:
        The folder that holds uploads until they are decoded, mode 0700.
    """
    private_folder.remove_abandoned()
    folder = private_folder.create()
    uploads = folder / "uploads"
    uploads.mkdir(mode=0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    os.environ["GRADIO_SSR_MODE"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    signal.signal(signal.SIGTERM, _end)
    # A shell may start a background command with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return uploads


def _end(signum: int, frame: FrameType | None) -> None:
    """SIGTERM ends the process like Ctrl-C, so that the clean-up runs."""
    raise KeyboardInterrupt
