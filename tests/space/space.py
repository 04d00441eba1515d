"""The page as a Space runs it, and what is measured on it."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT
from tests.browser.page_driver import PageDriver, picture, png
from tests.space.card import read_card

CORES = 2
ANSWER_SECONDS = 30.0
"""From the start to the page's first answer."""
PANE_SECONDS = 5.0
"""From the click on Enhance to an example's first pane."""
BLOCKED = ("https://fonts.googleapis.com/", "https://huggingface.co/api/spaces/", "console: Space not found")
"""Gradio's own requests where SPACE_ID is set, and what it logs when the page's Content Security Policy blocks them."""
VISITORS = 24
"""API calls at once."""
SIDE = 64
"""Sides of their photographs in pixels."""
MODEL = "cf-esrt"


@dataclass(frozen=True)
class Measurement:
    """One line of the report."""

    what: str
    seconds: float
    limit: float | None = None
    right: bool = True

    @property
    def met(self) -> bool:
        """Whether what came was right, and in time where there is a limit."""
        return self.right and (self.limit is None or self.seconds <= self.limit)

    def __str__(self) -> str:
        limit = "" if self.limit is None else f" (limit {self.limit:.0f} s)"
        return f"{'ok    ' if self.met else 'MISSED'} {self.what}: {self.seconds:.1f} s{limit}"


def make_environment(folder: Path) -> None:
    """A fresh virtual environment with requirements.txt and the Gradio that README's front matter names, nothing else;
    of the Python that it names, where this machine has that.
    """
    card = read_card()
    python = shutil.which(f"python{card['python_version']}") or sys.executable
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    install = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    requirements = ["-r", str(ROOT / "requirements.txt"), f"gradio[oauth]=={card['sdk_version']}"]
    subprocess.run([*install, *requirements], check=True)


class Space:
    """The running page, started as README's front matter says; a context manager.

    ``environment``: a virtual environment; by default this process's own.
    """

    def __init__(self, root: Path, environment: Path | None = None) -> None:
        self.checkout = root / "checkout"
        self.temporary = root / "tmp"
        self.log = root / "log"
        self._python = Path(sys.executable) if environment is None else environment / "bin" / "python"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        self.seconds = float("nan")
        """From the start to the first answer."""

    def __enter__(self) -> Space:
        app_file = str(read_card()["app_file"])
        self._check_out()
        self.temporary.mkdir(mode=0o700)
        began = time.monotonic()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*_two_cores(), *_without_privileges(), str(self._python), app_file],
                cwd=self.checkout,
                env=self._environment(),
                stdout=out,
                stderr=out,
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        self.seconds = time.monotonic() - began
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for path in (self.checkout, *self.checkout.rglob("*")):  # so that it can be removed
            if path.is_dir():
                path.chmod(0o755)

    def left(self) -> list[Path]:
        """Files in the page's temporary folder, but for its lock."""
        return [path for path in self.temporary.rglob("*") if path.is_file() and path.name != "lock"]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "GRADIO_SERVER_NAME": "0.0.0.0",
            "GRADIO_SERVER_PORT": str(self.port),
            "SYSTEM": "spaces",
            "SPACE_ID": "someone/cf-esrt",
            "SPACE_HOST": "someone-cf-esrt.hf.space",
            "HF_HUB_OFFLINE": "1",  # nothing here needs the hub
        }

    def _check_out(self) -> None:
        """What git tracks, as it lies in the working tree, without leave to write."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.checkout / name)
        for path in (self.checkout, *self.checkout.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)

    def _wait(self, seconds: float = 600) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.address, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"no answer:\n{self.log.read_text(errors='replace')}")


def measure(space: Space) -> list[Measurement]:
    """Start, an example's first pane, and many calls at once."""
    return [
        Measurement("the page answers", space.seconds, ANSWER_SECONDS),
        first_pane(space),
        calls_at_once(space),
    ]


def first_pane(space: Space) -> Measurement:
    """From Enhance to the first pane of the first example, on a page where nothing has run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(300_000)
        driver = PageDriver(page, space.address)
        page.locator(".cf-thumb").first.click()
        driver.wait_for_photo()
        began = time.monotonic()
        page.click("#cf-enhance")
        page.wait_for_selector(".cf-pane[data-shown]")
        seconds = time.monotonic() - began
        page.wait_for_function("() => document.querySelectorAll('.cf-pane[data-shown]').length >= 3")
        browser.close()
    unexpected = [one for one in driver.wrong if not any(source in one for source in BLOCKED)]
    return Measurement("the first pane of an example after Enhance", seconds, PANE_SECONDS, unexpected == [])


def calls_at_once(space: Space) -> Measurement:
    """Each of many calls gets the picture that it gets alone."""
    photographs = [png(picture(SIDE, SIDE, seed)) for seed in range(VISITORS)]
    alone = [_call(space, data) for data in photographs]
    began = time.monotonic()
    with ThreadPoolExecutor(VISITORS) as pool:
        at_once = list(pool.map(lambda data: _call(space, data), photographs))
    seconds = time.monotonic() - began
    right = all(np.array_equal(one, other) for one, other in zip(alone, at_once, strict=True))
    right = right and all(pixels.shape == (4 * SIDE, 4 * SIDE, 3) for pixels in alone)
    differ = len({pixels.tobytes() for pixels in alone}) == VISITORS
    return Measurement(f"{VISITORS} calls of {SIDE}×{SIDE} at once", seconds, right=right and differ)


def _call(space: Space, data: bytes) -> np.ndarray:
    """The result's pixels."""
    from gradio_client import Client, handle_file

    folder = space.log.parent / "client"
    folder.mkdir(exist_ok=True)
    file = folder / f"{abs(hash(data))}.png"
    file.write_bytes(data)
    client: Any = Client(space.address, verbose=False, download_files=folder)
    try:
        path, _ = client.predict(image=handle_file(str(file)), model=MODEL, api_name="/enhance")
    finally:
        client.close()
    with Image.open(io.BytesIO(Path(path).read_bytes())) as shown:
        return np.asarray(shown.convert("RGB"))


def _two_cores() -> list[str]:
    """The command before the page's, that keeps it to two cores where this machine has more."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    taskset = shutil.which("taskset")
    return [] if taskset is None else [taskset, "--cpu-list", ",".join(map(str, cores))]


def _without_privileges() -> list[str]:
    """The command before the page's, that lets root itself write nothing that its files' modes forbid."""
    return ["setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"] if os.getuid() == 0 else []
