"""torchvision's compiled library is looked for under the name that each system gives it."""

from __future__ import annotations

import importlib.machinery
import importlib.util

import pytest
import torch

from training import torchvision_shim


@pytest.mark.parametrize("name", ["_C.so", "_C.pyd", "_C.cp311-win_amd64.pyd"])
def test_the_library_is_found(monkeypatch, tmp_path, name):
    (tmp_path / name).touch()
    (tmp_path / "_C.txt").touch()
    spec = importlib.machinery.ModuleSpec("torchvision", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    loaded: list[str] = []
    monkeypatch.setattr(torch.ops, "load_library", loaded.append)
    assert torchvision_shim._operators_load()
    assert loaded == [str(tmp_path / name)]
