"""An installation: the wheel holds all that the page needs, its command opens the page, and the container file makes
the same."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from cf_esrt import models
from cf_esrt.assets_folder import ASSETS
from tests.browser.conftest import free_port, wait_for

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text()
PROJECT = (ROOT / "pyproject.toml").read_text()


def copied() -> list[str]:
    """What the container file copies out of the checkout before it installs."""
    names = [name for line in re.findall(r"^COPY (.+) \S+$", CONTAINERFILE, re.MULTILINE) for name in line.split()]
    return sorted({path.name for name in names for path in ROOT.glob(name)})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of what the container file copies, and of nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in copied():  # a build leaves its traces beside its sources
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), "."]
    subprocess.run(build, cwd=source, check=True, timeout=300)
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.slow
def test_the_wheel_holds_weights_examples_scripts_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (commands,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "cf-esrt = cf_esrt.interface.preview.serve:desktop" in archive.read(commands).decode()
        (metadata,) = (name for name in names if name.endswith("METADATA"))
        needed = re.findall(r"^Requires-Dist: (.+)$", archive.read(metadata).decode(), re.MULTILINE)
    lines = (line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#")
    assert {str(Requirement(one)) for one in needed} == {str(Requirement(one)) for one in lines}
    files = [path for folder in ("checkpoints", "examples", "vendor") for path in (ASSETS / folder).rglob("*")]
    files = [path for path in files if path.is_file() and path.parent.name != "starts"]  # these are for training alone
    wanted = {f"cf_esrt/assets/{path.relative_to(ASSETS).as_posix()}" for path in files}
    package = ROOT / "cf_esrt" / "interface" / "preview"
    parts = [path for folder in ("static", "markup") for path in (package / folder).rglob("*")]
    wanted |= {path.relative_to(ROOT).as_posix() for path in parts if path.is_file()}
    assert wanted <= names, sorted(wanted - names)[:5]


def install(wheel: Path, folder: Path) -> Path:
    """Make an environment of its own with the wheel in it, as ``pipx install`` does; gives its commands' folder.

    What the wheel needs comes from this environment: it is gigabytes, and its names are tested with the wheel.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, timeout=300)
    (packages / "needed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return folder / "bin"


@pytest.mark.slow
def test_the_installed_command_serves_the_page_and_opens_the_browser(wheel: Path, tmp_path: Path) -> None:
    opened, log, port = tmp_path / "opened", tmp_path / "log", free_port()
    browser = tmp_path / "browser"  # what ``webbrowser`` starts, as BROWSER asks for
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "BROWSER": str(browser),
        "GRADIO_SERVER_PORT": str(port),
    }
    commands = install(wheel, tmp_path / "environment")
    with log.open("wb") as out:
        facts = [str(commands / "python"), "-m", "cf_esrt", "info"]
        said = subprocess.run(facts, cwd=tmp_path, env=environment, check=True, timeout=300, capture_output=True)
        assert "cf-esrt" in said.stdout.decode()
        process = subprocess.Popen(
            [str(commands / "cf-esrt")], cwd=tmp_path, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_for(address, process, log)
            end = time.monotonic() + 60
            while not opened.exists() and time.monotonic() < end:
                time.sleep(0.1)
            assert opened.read_text().strip().rstrip("/") == address.rstrip("/")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    assert "CF-ESRT is at" in log.read_text()


def test_the_container_file_names_what_there_is() -> None:
    """No image can be built without a registry of images; what its lines name can be looked at."""
    for line in re.findall(r"^COPY (.+) \S+$", CONTAINERFILE, re.MULTILINE):
        for name in line.split():
            assert list(ROOT.glob(name)), name
    needed = {"cf_esrt", "assets", "training", "pyproject.toml", "setup.py", "requirements.txt", "README.md", "LICENSE"}
    assert needed <= set(copied())
    ignored = (ROOT / ".containerignore").read_text().split()
    assert not set(ignored) & set(copied())
    (base,) = re.findall(r"^FROM python:(\d+\.\d+)-slim$", CONTAINERFILE, re.MULTILINE)
    (versions,) = re.findall(r'^requires-python = "(.+)"$', PROJECT, re.MULTILINE)
    assert SpecifierSet(versions).contains(f"{base}.0")
    (command,) = re.findall(r'^CMD \["([^"]+)"', CONTAINERFILE, re.MULTILINE)
    assert f'{command} = "cf_esrt.interface.preview.serve:desktop"' in PROJECT
    port = re.search(r"^EXPOSE (\d+)$", CONTAINERFILE, re.MULTILINE)
    assert port
    assert f"GRADIO_SERVER_PORT={port[1]}" in CONTAINERFILE


def test_a_checkout_finds_its_own_assets() -> None:
    assert ROOT / "assets" == ASSETS
    assert models.CHECKPOINTS == ASSETS / "checkpoints"
