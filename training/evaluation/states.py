"""The averaged weights of a training state as a method, without an export: for a look at a run that goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from cf_esrt import checkpoints, models
from cf_esrt.enhance import Enhancer
from training.config_file import read
from training.networks import architecture, network_of_state
from training.state import StateError, load


def enhancer_of_state(written: str, device: str, *, engine: str = "torch", self_ensemble: bool = False) -> Enhancer:
    """The network of ``state.pt``, or of ``recipe.yaml:state.pt``, with the averaged weights.

    States say which network they hold since the adversarial phases came; an older one needs its recipe. ValueError in
    one sentence where the state is missing, damaged, of another network, or too old to do without.
    """
    recipe, _, file = written.rpartition(":")
    try:
        state = load(Path(file), torch.device("cpu"))
    except StateError as error:
        raise ValueError(str(error)) from error
    known = architecture(read(Path(recipe)).network) if recipe else network_of_state(state["where"])
    if known is None:
        raise ValueError(f"{file} does not say what network it holds: write its recipe before it, recipe.yaml:{file}.")
    name, arguments = known
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / f"{Path(file).stem}.safetensors"
        checkpoints.write(checkpoint, state["ema"]["values"], checkpoints.CheckpointInfo(name, arguments))
        descriptor = models.from_checkpoint(checkpoint, name=file)
        return Enhancer.of(descriptor, device, engine=engine, self_ensemble=self_ensemble)
