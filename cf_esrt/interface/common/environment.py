"""What has to be there when Gradio is imported: its environment variables, and an import of half the time."""

from __future__ import annotations

import atexit
import inspect
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from cf_esrt.interface.common import private_folder

END_SECONDS = 4.0
"""Seconds from the signal to the end, whatever still runs; a container that is stopped has ten."""


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

    def end(signum: int, frame: FrameType | None) -> None:
        """Both signals end the process, the clean-up first; a tile or a photograph in the middle is not waited for."""
        watch = threading.Timer(END_SECONDS, _end_now, (folder,))
        watch.daemon = True
        watch.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)  # which a shell that starts a background command may have ignored
    return uploads


@contextmanager
def importing_gradio() -> Iterator[None]:
    """Within this context Gradio is imported without its type stubs.

    It would parse its own sources to write a stub beside each component (`gradio.component_meta.create_or_modify_pyi`),
    which takes longer than the rest of its import. A class without a file has no stub.
    """
    getfile = inspect.getfile

    def of_others(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("no type stub for this component")
        return getfile(thing)

    inspect.getfile = of_others
    try:
        yield
    finally:
        inspect.getfile = getfile


def _end_now(folder: Path) -> None:
    """Python would first wait for every thread: for a network's tile, for the next model that is loaded ahead."""
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
