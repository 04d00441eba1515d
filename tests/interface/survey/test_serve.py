"""How serving a study ends: a Space that restarts sends SIGTERM, and the last votes are backed up after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import free_port, wait_for
from tests.survey.studies import opened, settings

SCRIPT = """
import sys
from pathlib import Path
from cf_esrt.interface.survey import serve
from cf_esrt.survey.study import Folder
from cf_esrt.survey.survey import Survey
serve(Survey.attach(Folder.of(Path(sys.argv[1]))))
print("after")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_comes_after_serving_is_done_after_either_signal(tmp_path: Path, number: signal.Signals) -> None:
    survey, _ = opened(tmp_path / "s", settings(), 1)
    survey.close()
    port, log = free_port(), tmp_path / "log"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    with log.open("wb") as out:
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / "s")]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process, log)
        process.send_signal(number)
        assert process.wait(60) == 0
        lines = log.read_text().splitlines()
        assert [line.partition(":")[0] for line in lines] == ["Raters", "Organiser", "(Ctrl-C ends it)", "after"]
    finally:
        process.kill()
        process.wait()
