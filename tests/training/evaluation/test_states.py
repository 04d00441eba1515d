"""A training state as a row: its averaged weights, as their export would score."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cf_esrt import checkpoints
from cf_esrt.networks import CFESRT
from tests.training.helpers import picture
from training.config import Network
from training.evaluation.methods import load_rows, pictures
from training.networks import architecture, network_of_state
from training.state import save_atomically

SETTINGS = Network(width=8, rounded=False)


@pytest.fixture
def state(tmp_path: Path) -> dict[str, Any]:
    """As a run writes it, in what counts here; its network is not its average."""
    torch.manual_seed(0)
    average = CFESRT(width=8, rounded=False).state_dict()
    checkpoints.write(tmp_path / "same.safetensors", average, checkpoints.CheckpointInfo(*architecture(SETTINGS)))
    where = {"network": dataclasses.asdict(SETTINGS)}
    return {"network": CFESRT(width=8, rounded=False).state_dict(), "ema": {"values": average}, "where": where}


def test_a_state_is_its_average(tmp_path: Path, state: dict[str, Any]) -> None:
    save_atomically(state, tmp_path / "last.pt")
    last, same = tmp_path / "last.pt", tmp_path / "same.safetensors"
    names = [f"mine={last}", f"coarse={last}@0", f"same={same}"]
    found = dict(pictures(load_rows(names, "cpu"), picture(20, 24)))
    assert np.array_equal(found["mine"], found["same"])
    assert not np.array_equal(found["mine"], found["coarse"])


def test_an_older_state_needs_its_recipe(tmp_path: Path, state: dict[str, Any]) -> None:
    state["where"] = {}
    save_atomically(state, tmp_path / "last.pt")
    with pytest.raises(ValueError, match="write its recipe before it"):
        load_rows([str(tmp_path / "last.pt")], "cpu")
    recipe = tmp_path / "recipe.yaml"
    network = "{name: cf-esrt, width: 8, rounded: false}"
    recipe.write_text(f"name: x\nnetwork: {network}\nphases: [{{name: one, steps: 1}}]\n")
    assert load_rows([f"{recipe}:{tmp_path / 'last.pt'}"], "cpu")


def test_what_is_no_state_of_that_network_is_named(tmp_path: Path, state: dict[str, Any]) -> None:
    (tmp_path / "bad.pt").write_bytes(b"no state")
    with pytest.raises(ValueError, match=r"bad\.pt cannot be read"):
        load_rows([str(tmp_path / "bad.pt")], "cpu")
    state["where"]["network"]["width"] = 16
    save_atomically(state, tmp_path / "other.pt")
    with pytest.raises(ValueError, match="does not fit the network CFESRT"):
        load_rows([str(tmp_path / "other.pt")], "cpu")


def test_states_in_the_old_settings_are_read() -> None:
    """Those of runs until commit 3653a43 name all of the network's settings of that time."""
    known = {"blocks": 16, "channels": None, "convolutions": 14, "width": 16, "skips": True, "rounded": False}
    known |= {"sharpen": 1.7, "skip_padding": "replicate"}
    found = network_of_state({"network": {"name": "cf-esrt", **known}})
    assert found == architecture(Network(width=16, rounded=False, sharpen=1.7))
    assert network_of_state({"network": {"name": "live", **known}}) == architecture(Network("live"))
    srresnet = {"name": "srresnet", **known, "channels": 32}
    assert network_of_state({"network": srresnet}) == architecture(Network("srresnet", width=32))
