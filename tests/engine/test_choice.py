"""Which engine is taken, and what is said where the one that was asked for cannot be had."""

from __future__ import annotations

import dataclasses
import importlib.util
import subprocess
import sys

import pytest
import torch

from cf_esrt import models
from cf_esrt.engine import NAMES, EngineError, choice
from cf_esrt.engine.device import choose_device
from cf_esrt.enhance import Enhancer
from cf_esrt.models import ModelDescriptor
from cf_esrt.networks import ESRT, SRCNN

CPU = torch.device("cpu")
MODEL = ModelDescriptor("x", "X", "", dtypes=("float32", "float16"))


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if OpenVINO were not installed."""
    monkeypatch.setattr(choice, "is_installed", lambda: False)
    monkeypatch.setitem(sys.modules, "openvino", None)
    for name in [name for name in sys.modules if name.startswith("cf_esrt.engine.on_openvino")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("cf_esrt.engine.on_openvino", raising=False)


@pytest.mark.usefixtures("without")
def test_torch_runs_where_openvino_is_not_installed() -> None:
    assert choice.choose("auto", MODEL, ESRT(), CPU).name == "torch"
    with pytest.raises(EngineError, match=r"^OpenVINO cannot be used here .*: pip install openvino"):
        choice.choose("openvino", MODEL, ESRT(), CPU)
    assert choice.outlook(models.describe("esrt"), CPU) == ("torch", "float32")


def test_torch_runs_what_openvino_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice.choose("auto", MODEL, SRCNN(), CPU).name == "torch"

    def refuse(*_: object) -> None:
        raise EngineError("It does not like this one.")

    monkeypatch.setattr(choice, "_openvino", refuse)
    monkeypatch.setattr(choice, "is_installed", lambda: True)
    assert choice.choose("auto", MODEL, ESRT(), CPU).name == "torch"


def test_auto_takes_openvino_on_a_cpu() -> None:
    pytest.importorskip("openvino")
    engine = choice.choose("auto", MODEL, ESRT(), CPU)
    assert engine.name == "openvino"
    assert engine.precision == choice.outlook(models.describe("esrt"), CPU)[1]
    assert choice.choose("auto", MODEL, ESRT(), CPU, precision="float16").name == "torch"
    assert choice.choose("torch", MODEL, ESRT(), CPU).name == "torch"


def test_other_names_and_devices_are_one_sentence() -> None:
    with pytest.raises(EngineError, match="There is no engine 'onnx'; choose auto, torch or openvino"):
        choice.choose("onnx", MODEL, ESRT(), CPU)
    with pytest.raises(EngineError, match="OpenVINO runs networks on the CPU"):
        choice.choose("openvino", MODEL, ESRT(), torch.device("meta"))


def test_an_enhancer_says_what_runs_it() -> None:
    enhancer = Enhancer.load("esrt", "cpu", engine="torch")
    assert (enhancer.engine, enhancer.precision) == ("torch", "float32")
    bicubic = Enhancer.load("bicubic", engine="torch")
    assert (bicubic.engine, bicubic.precision) == (None, None)


def test_the_outlook_is_what_comes() -> None:
    for name in ("esrt", "srcnn"):
        enhancer = Enhancer.load(name, "cpu")
        assert choice.outlook(models.describe(name), choose_device("cpu")) == (enhancer.engine, enhancer.precision)
    local = dataclasses.replace(MODEL, context=4)
    assert choice.outlook(local, CPU) == ("torch", "float32")


def test_neither_the_names_nor_the_package_import_what_they_name() -> None:
    """The page reads the names before torch may be imported, and starts without OpenVINO."""
    assert NAMES[0] == "auto"
    program = "import sys, cf_esrt.engine as e; assert 'torch' not in sys.modules; import cf_esrt.engine.choice"
    check = "; assert 'openvino' not in sys.modules"
    assert importlib.util.find_spec("cf_esrt.engine") is not None
    subprocess.run([sys.executable, "-c", program + check], check=True)
