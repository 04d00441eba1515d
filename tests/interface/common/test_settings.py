"""What the environment says, read once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cf_esrt.interface.common.settings import SPACE_FRAMES, Settings, SettingsError, read

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, Settings()),
        ({"CF_ESRT_AUTH": "clinic:a b:c "}, Settings(auth=("clinic", "a b:c "))),
        (
            {"SPACE_ID": "someone/space", "SPACE_HOST": "a.hf.space"},
            Settings(
                frames=SPACE_FRAMES,
                hosts=("*",),
                addresses=True,
                origins=("a.hf.space",),
                direct_address="https://a.hf.space/",
            ),
        ),
        ({"SPACE_ID": ""}, Settings()),
        (
            {"CF_ESRT_MODELS": "a=b.safetensors, c=d.safetensors,"},
            Settings(models=("a=b.safetensors", "c=d.safetensors")),
        ),
    ],
)
def test_settings(environment: dict[str, str], wanted: Settings) -> None:
    assert read(environment) == wanted
    assert "CF_ESRT_AUTH" not in environment  # no process that is started later inherits it


@pytest.mark.parametrize("given", ["", "secret", ":secret", "user:", " :secret"])
def test_a_malformed_password_is_one_sentence_that_keeps_it(given: str) -> None:
    with pytest.raises(SettingsError, match=r"^CF_ESRT_AUTH has to be .*user:password\.$") as caught:
        read({"CF_ESRT_AUTH": given})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("given", ["https://a.example", "a.example:80", "a/b", "*", "a b"])
def test_hosts_are_names(given: str) -> None:
    with pytest.raises(SettingsError, match=r"^CF_ESRT_HOSTS has to be names .*\.$"):
        read({"CF_ESRT_HOSTS": given})


def test_the_app_does_not_start_with_a_malformed_password() -> None:
    environment = {**os.environ, "CF_ESRT_AUTH": "secret"}
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: CF_ESRT_AUTH has to be")
    assert "secret" not in line


def test_the_engine_is_one_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read({"CF_ESRT_ENGINE": "torch"}) == Settings(engine="torch")
    with pytest.raises(SettingsError, match=r"^CF_ESRT_ENGINE has to be auto, torch or openvino\.$"):
        read({"CF_ESRT_ENGINE": "onnx"})
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"^CF_ESRT_ENGINE is openvino, which is not installed"):
        read({"CF_ESRT_ENGINE": "openvino"})


def test_the_app_does_not_start_with_a_model_that_is_not_there() -> None:
    command = [sys.executable, "app.py", "--model", "mine=gone.safetensors"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "error: The model mine cannot be added: There is no checkpoint at gone.safetensors.\n"
