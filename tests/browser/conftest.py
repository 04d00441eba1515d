"""A running page and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.page_driver import PageDriver, open_page

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Server:
    """An app that runs in its own process, with its own folder for temporary files."""

    address: str
    process: subprocess.Popen[bytes]
    folder: Path
    hold: Path
    log: Path

    def uploads(self) -> list[Path]:
        """Every file that lies in the app's private folder."""
        return [path for path in self.folder.glob("cf-esrt-page-*/uploads/**/*") if path.is_file()]


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serve(script: Path, folder: Path, **settings: str) -> Iterator[Server]:
    """Start an app on a free port, with more environment variables; end it with Ctrl-C, which leaves nothing behind."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    hold, log = folder / "hold", folder / "log"
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "TMPDIR": str(folder),
        "HOME": str(folder),  # caches would lie there
        "FAKE_HOLD": str(hold),
        **settings,
    }
    environment.pop("GRADIO_TEMP_DIR", None)
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, str(script)], cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_for(address, process, log)
        yield Server(address, process, folder, hold, log)
    finally:
        hold.unlink(missing_ok=True)
        ran = process.poll() is None
        if ran:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    if ran:  # till now: no test had ended it
        assert process.returncode == 0, log.read_text(errors="replace")
        assert list(folder.glob("cf-esrt-page-*")) == []


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 400) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with {process.returncode}:\n{log.read_text(errors='replace')}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it answers, if only to ask for a password
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"no answer from {address}:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real app with fast fake models."""
    with serve(Path(__file__).with_name("fake_app.py"), tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture(scope="package")  # ended with the last browser test: its event loop would be in the way of asyncio
def browser() -> Iterator[object]:
    """Debian's chromium, driven by Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def driver(server: Server, browser: Any) -> Iterator[PageDriver]:
    """A fresh page; the test fails if anything went wrong on it, or if a request left localhost."""
    with open_page(browser, server.address) as opened:
        yield opened
