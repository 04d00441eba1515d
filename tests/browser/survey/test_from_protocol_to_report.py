"""The walk-through of ``assets/survey/README.md``, line by line, with three raters in the browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey
from tests.browser.conftest import ROOT, wait_for
from tests.browser.survey.rater_driver import Rater, opened_page

PASSWORD = "a password of your own"
LIKES = {"original": 5, "cf-esrt": 4, "esrt": 3, "bicubic": 2, "blurred": 1, "anchor": 1}
RATERS = 3


class Shell:
    """Runs the README's lines in a folder that holds a copy of ``assets``."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self._port = folder, port
        readme = (ROOT / "assets" / "survey" / "README.md").read_text("utf-8")
        block = re.search(r"```sh\n(.*?)```", readme, re.DOTALL)
        assert block is not None
        self._lines = [line.partition("  #")[0].strip() for line in block[1].splitlines()]

    def line(self, part: str) -> str:
        """The line of a subcommand, for this test's Python and port."""
        found = [line for line in self._lines if f"survey {part} " in line]
        assert len(found) == 1, part
        return found[0].replace("python -m", f"{sys.executable} -m").replace("7860", str(self._port))

    def environment(self) -> dict[str, str]:
        # HOME stays: an engine's converted networks may lie there
        return {**os.environ, "PYTHONPATH": str(ROOT), "GRADIO_SERVER_PORT": str(self._port), "GRADIO_SERVER_NAME": ""}

    def run(self, part: str, code: int = 0) -> str:
        done = subprocess.run(
            self.line(part), shell=True, cwd=self.folder, env=self.environment(), capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The ``serve`` line in the background, ended with Ctrl-C; gives the raters' address."""
        log = self.folder / "log"
        environment = {**self.environment(), "GRADIO_SERVER_NAME": "127.0.0.1"}
        with log.open("wb") as out:
            process = subprocess.Popen(
                f"exec {self.line('serve')}", shell=True, cwd=self.folder, env=environment, stdout=out, stderr=out
            )
        address = f"http://127.0.0.1:{self._port}/"
        try:
            wait_for(address, process, log)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(60) == 0, log.read_text()
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    generated = shutil.ignore_patterns("stimuli", "manifest.json", "log", "survey.sqlite*", "report")
    for name in ("survey", "examples"):
        shutil.copytree(ROOT / "assets" / name, tmp_path / "assets" / name, ignore=generated)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Shell(tmp_path, port)


@pytest.mark.slow
def test_three_raters_from_protocol_to_report(shell: Shell, browser: Any) -> None:
    assert "pictures" in shell.run("prepare")
    assert "SHA-256" in shell.run("open")
    links = re.findall(r"http\S+", shell.run("codes"))
    assert len(links) == RATERS
    study = Folder.of(shell.folder / "assets" / "survey")
    protocol = study.read()
    with shell.serving() as address, ExitStack() as stack:
        raters = [stack.enter_context(opened_page(browser, address)) for _ in links]
        for rater, link in zip(raters, links, strict=True):
            rater.page.goto(link)
            rater.prepare()
        plans = orders(study)
        for place in range(len(plans[0])):  # all at once
            for number, (rater, methods) in enumerate(zip(raters, plans, strict=True)):
                rater.go_on()
                taste = (number + place) % 7 == 0
                rater.vote(min(5, LIKES[methods[place]] + taste))
        for rater in raters:
            rater.wait_for("finished")
        assert len({rater.page.inner_text(".cf-completion output") for rater in raters}) == RATERS
        status = shell.run("status")
        assert "3 done" in status
        lock_and_download(stack.enter_context(opened_page(browser, address, may_fail=True)), shell.folder)
    assert "already" in shell.run("lock", code=2)
    assert len(shell.run("plan").splitlines()) == 2 + len(plans[0])
    assert "report.html" in shell.run("report")
    assert "ratings.csv" in shell.run("export")
    check(study.report, protocol.sha256)
    with zipfile.ZipFile(shell.folder / "study.zip") as archive:
        assert {"report.html", "ratings.csv", "raters.csv", "protocol.json", "report.json"} <= set(archive.namelist())
        assert archive.read("ratings.csv") == (study.report / "ratings.csv").read_bytes()


def orders(study: Folder) -> list[list[str]]:
    """Each rater's methods in the order in which they come: the study's secret is needed for it."""
    survey = Survey.attach(study)
    try:
        return [[item.method for item in survey.plan(number)] for number in range(1, RATERS + 1)]
    finally:
        survey.close()


def lock_and_download(organiser: Rater, folder: Path) -> None:
    """On the organiser's page: masked figures, the lock, the report and everything as files."""
    page = organiser.page
    page.goto(f"{organiser.address}organiser")
    page.wait_for_selector("[name=password]:focus")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".cf-live tbody tr >> nth=3")
    masked = page.inner_text(".cf-live")
    assert re.findall(r"(?m)^([A-D])\s+± \d\.\d\d", masked) == list("ABCD")
    assert not [name for name in LIKES if name in masked]
    assert page.is_hidden(".cf-report")
    page.fill("[name=typed]", "lock")
    page.click(".cf-lock button")
    page.wait_for_selector(".cf-write")
    page.wait_for_function(  # the figures are worked out beside the page's polls
        "(names) => names.every((name) => document.querySelector('.cf-live').innerText.includes(name))",
        arg=["original", "bicubic", "esrt", "cf-esrt"],
    )
    page.click(".cf-write")
    page.wait_for_selector(".cf-download >> nth=1", timeout=300_000)
    for place, name in enumerate(("report.html", "study.zip")):
        with page.expect_download() as waiting:
            page.click(f".cf-download >> nth={place}")
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(folder / name)


def check(report: Path, sha256: str) -> None:
    """The scores that were given, the protocol's hash, the command, and who says what this is."""
    text = (report / "report.html").read_text("utf-8")
    for part in (sha256, "python -m cf_esrt survey report", "Not a medical device"):
        assert part in text
    assert not re.search(r"""(?:src|href)=["']?https?://""", text)
    rows = (report / "ratings.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + RATERS * 24
    mos = (report / "tables" / "1-mos.csv").read_text("utf-8").splitlines()
    order = [line.split(",")[0] for line in mos[1:]]
    assert sorted(order) == sorted(name for name in LIKES if name not in ("blurred", "anchor"))
    scores = {line.split(",")[0]: float(line.split(",")[1]) for line in mos[1:]}
    assert sorted(scores, key=lambda name: scores[name]) == ["bicubic", "esrt", "cf-esrt", "original"]
