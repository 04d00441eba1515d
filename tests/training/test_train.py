"""The real training path, a few steps on tiny pictures: it learns, it resumes bit for bit, it leaves whole files."""

from __future__ import annotations

import dataclasses
import errno
import gc
import json
import signal
import threading
import weakref
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import pytest
import torch
from safetensors.torch import save_file

from cf_esrt import checkpoints
from cf_esrt.models import from_checkpoint
from cf_esrt.networks import CFESRT
from tests.training.helpers import PHASES, new_run, write_photographs
from training.command import main
from training.config import Config, ConfigError, Losses, Network, Phase
from training.release.export import export
from training.state import AveragedWeights, StateError, load, save_atomically
from training.train import Run, train
from training.validation import Validation


def weights(run: Run) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in run.network.state_dict().items()}


ADVERSARIAL = Phase("adversarial", 2, crop=32, batch=2, micro_batch=1, losses=Losses(adversarial=1e-3))
RESUMED = {
    "Muon, in the first phase": ({"optimizer": "muon"}, {}, 1),
    "a camera's inputs, cached": ({}, {"degradation": "clinical"}, 4),
    "a discriminator": (None, {}, 1),
}


@pytest.mark.usefixtures("narrow_discriminator")
@pytest.mark.parametrize(("settings", "data", "interrupted_after"), RESUMED.values(), ids=RESUMED)
def test_a_resumed_run_equals_an_unbroken_one(
    config: Config, tmp_path: Path, settings: dict[str, Any] | None, data: dict[str, Any], interrupted_after: int
) -> None:
    """Bit for bit: network, average and discriminator, whatever was going on."""
    if settings is None:
        config = dataclasses.replace(
            config, phases=(ADVERSARIAL,), network=Network("srresnet", width=4), initial="random"
        )
    else:
        phases = tuple(dataclasses.replace(phase, **settings) for phase in config.phases)
        config = dataclasses.replace(config, phases=phases, data=dataclasses.replace(config.data, **data))
    straight = new_run(config, tmp_path / "straight")
    begun = judged(straight)
    train(straight)
    train(new_run(config, tmp_path / "halves"), steps=interrupted_after)
    second = new_run(dataclasses.replace(config, seed=99), tmp_path / "halves")  # nothing may come from the seed
    second.resume(tmp_path / "halves" / "last.pt")
    train(second)
    assert straight.finished
    assert second.finished
    assert (second.samples, second.step) == (straight.samples, straight.step)
    for name, tensor in weights(straight).items():
        assert torch.equal(tensor, weights(second)[name]), name
        assert torch.equal(straight.average.values[name], second.average.values[name]), name
    for name, tensor in judged(straight).items():
        assert torch.equal(tensor, judged(second)[name]), name
    moved = [name for name, tensor in judged(straight).items() if not torch.equal(tensor, begun[name])]
    assert len(moved) == len(begun)


def test_a_state_of_a_phases_last_step_goes_on_with_the_next(config: Config, tmp_path: Path) -> None:
    """As a kill leaves it that comes between the two."""
    straight = new_run(config, tmp_path / "straight")
    train(straight)
    killed = new_run(config, tmp_path / "run")
    for _ in range(killed.phase.steps):
        killed.train_step()
    killed.save("last.pt")
    second = new_run(config, tmp_path / "run")
    second.resume(tmp_path / "run" / "last.pt")
    train(second)
    assert second.finished
    assert sorted(path.name for path in (tmp_path / "run").glob("*.pt")) == ["last.pt", "one.pt", "two.pt"]
    assert second.samples == straight.samples
    for name, tensor in weights(straight).items():
        assert torch.equal(tensor, weights(second)[name]), name


def judged(run: Run) -> dict[str, torch.Tensor]:
    """The discriminator's weights; none where there is none."""
    return {} if run.adversary is None else {n: p.detach().clone() for n, p in run.adversary.network.named_parameters()}


def test_a_phase_begins_with_the_average_of_the_one_before(config: Config, tmp_path: Path) -> None:
    run = new_run(dataclasses.replace(config, ema=0.5), tmp_path / "run")
    train(run, steps=3)
    state = load(tmp_path / "run" / "one.pt", torch.device("cpu"))
    assert any(not torch.equal(state["ema"]["values"][name], tensor) for name, tensor in state["network"].items())
    for name, tensor in weights(run).items():
        assert torch.equal(tensor, state["ema"]["values"][name]), name
        assert torch.equal(run.average.values[name], tensor), name
    assert run.average.updates == 0


def test_the_second_phase_leaves_the_coarse_network_alone(config: Config, tmp_path: Path) -> None:
    run = new_run(config, tmp_path / "run")
    train(run, steps=3)
    after_one = weights(run)
    train(run)
    after_two = weights(run)
    changed = {name.split(".")[0] for name in after_one if not torch.equal(after_one[name], after_two[name])}
    assert changed == {"refine"}
    assert sorted(p.name for p in (tmp_path / "run").glob("*.pt")) == ["last.pt", "one.pt", "two.pt"]


def test_a_failing_validation_leaves_the_networks_own_weights(config: Config, tmp_path: Path) -> None:
    """In ``last.pt`` and in the run; the average is another set of weights."""
    run = new_run(config, tmp_path / "run")
    train(run, steps=2)
    before = weights(run)

    class Failing(Validation):
        bicubic: ClassVar[Any] = {}

        def __init__(self) -> None:
            self.inputs, self.device = {"": [torch.zeros(1, 3, 8, 8)]}, torch.device("cpu")

        def _score(self, name: str, pictures: list[torch.Tensor]) -> dict[str, float]:
            raise FloatingPointError("no score")

    run.validation = Failing()
    assert run.network.training
    with pytest.raises(FloatingPointError, match="no score"):
        run.validate()
    assert run.network.training
    for name, tensor in weights(run).items():
        assert torch.equal(tensor, before[name]), name
    assert any(not torch.equal(before[name], tensor) for name, tensor in run.average.values.items())
    with pytest.raises(FloatingPointError, match="no score"):
        train(run)
    saved = load(tmp_path / "run" / "last.pt", torch.device("cpu"))
    for name, tensor in weights(run).items():
        assert torch.equal(tensor, saved["network"][name]), name
    assert any(not torch.equal(saved["network"][name], tensor) for name, tensor in saved["ema"]["values"].items())


@pytest.mark.usefixtures("narrow_discriminator")
def test_a_phase_lets_go_of_the_modules_of_the_one_before(config: Config, tmp_path: Path) -> None:
    losses = Losses(adversarial=1e-3)
    first, second = (dataclasses.replace(phase, steps=1, losses=losses, whole=0.0) for phase in config.phases)
    run = new_run(dataclasses.replace(config, phases=(first, second)), tmp_path / "run")
    assert run.adversary is not None
    held = [weakref.ref(run.objective), weakref.ref(run.adversary.judge)]
    train(run, steps=1)
    assert run.phase.name == second.name
    gc.collect()
    assert [reference() for reference in held] == [None, None]


def test_weights_that_are_not_there_are_missed_before_training(config: Config, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.pt to start from are not there"):
        new_run(dataclasses.replace(config, init_from=(tmp_path / "none.pt",)), tmp_path / "run")


def test_files_are_taken_over_in_their_order(config: Config, tmp_path: Path) -> None:
    """Of a state its averaged weights; a later file's tensors replace an earlier one's."""
    earlier = new_run(config, tmp_path / "earlier")
    train(earlier)
    refinement = {n: torch.full(t.shape, 0.5) for n, t in earlier.average.values.items() if n.startswith("refine.")}
    save_file(refinement, tmp_path / "refinement.safetensors")
    files = (tmp_path / "earlier" / "two.pt", tmp_path / "refinement.safetensors")
    run = new_run(dataclasses.replace(config, seed=7, init_from=files), tmp_path / "run")
    for name, tensor in weights(run).items():
        assert torch.equal(tensor, (earlier.average.values | refinement)[name]), name
        assert torch.equal(run.average.values[name], tensor), name


def test_the_recipe_sets_the_unsharp_mask(config: Config, tmp_path: Path) -> None:
    earlier = dataclasses.replace(config, network=dataclasses.replace(config.network, sharpen=1.5))
    train(new_run(earlier, tmp_path / "earlier"))
    later = dataclasses.replace(earlier, network=dataclasses.replace(config.network, sharpen=0.5))
    run = new_run(dataclasses.replace(later, init_from=(tmp_path / "earlier" / "two.pt",)), tmp_path / "run")
    assert float(weights(run)["refine.sharpen.amount"]) == 0.5


def test_other_phases_are_not_resumed(config: Config, tmp_path: Path) -> None:
    train(new_run(config, tmp_path / "run"), steps=4)
    swapped = dataclasses.replace(config, phases=(config.phases[1], config.phases[0]))
    with pytest.raises(ConfigError, match="other phases"):
        new_run(swapped, tmp_path / "run").resume(tmp_path / "run" / "last.pt")
    longer = dataclasses.replace(config, phases=(*config.phases, Phase("three", 1, crop=32, batch=2)))
    new_run(longer, tmp_path / "run").resume(tmp_path / "run" / "last.pt")  # phases added at the end


def test_the_loss_falls_on_one_batch(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phase = dataclasses.replace(PHASES[0], steps=20, learning_rate=1e-3)
    run = new_run(dataclasses.replace(config, phases=(phase,)), tmp_path / "run")
    batch = run.sampler.draw(phase)
    monkeypatch.setattr(run.sampler, "draw", lambda _: batch)
    losses = [run.train_step()["loss"] for _ in range(20)]
    assert losses[-1] < 0.95 * losses[0]


def test_micro_batches_add_up_to_the_step(config: Config, tmp_path: Path) -> None:
    """Gradient accumulation: uneven parts of a batch train like the whole batch."""
    phase = dataclasses.replace(PHASES[0], batch=5)
    config = dataclasses.replace(config, precision="float64")  # in float32 Adam turns rounding into steps
    runs = []
    for size in (0, 2):
        phases = (dataclasses.replace(phase, micro_batch=size),)
        runs.append(new_run(dataclasses.replace(config, phases=phases), tmp_path / f"micro-{size}"))
        train(runs[-1])
    for name, tensor in weights(runs[0]).items():
        torch.testing.assert_close(weights(runs[1])[name], tensor, rtol=0, atol=1e-10)


@pytest.mark.parametrize("degradation", ["bicubic", "clinical"])
def test_cached_coarse_pictures_are_the_networks_and_computed_once(
    config: Config, tmp_path: Path, degradation: Literal["bicubic", "clinical"]
) -> None:
    data = dataclasses.replace(config.data, degradation=degradation)
    phase = dataclasses.replace(PHASES[1], batch=4)
    run = new_run(dataclasses.replace(config, phases=(phase,), data=data), tmp_path / "run")
    assert run.crop_cache is not None
    network = cast(CFESRT, run.network)
    seen: dict[bytes, torch.Tensor] = {}
    calls = []
    network.coarse.register_forward_hook(lambda *_: calls.append(0))
    for _ in range(8):
        batch = run.draw()
        assert batch.low is None
        assert batch.coarse is not None
        for truth, coarse in zip(batch.truth, batch.coarse, strict=True):
            assert torch.equal(seen.setdefault(truth.contiguous().numpy().tobytes(), coarse), coarse)
    assert len(calls) == len(seen) <= phase.cached_crops
    index = next(i for i, crop in enumerate(run.crop_cache.crops) if (crop.float() / 255).numpy().tobytes() in seen)
    crop = run.crop_cache.crops[index : index + 1].float() / 255
    expected = network.refinement_input(network.coarse(run.degrade(crop, [run.crop_cache.seeds[index]])))
    assert torch.equal(seen[crop.numpy().tobytes()], expected[0])


def test_live_begins_as_bicubic_and_is_trained_and_exported(config: Config, tmp_path: Path) -> None:
    phase = Phase("pixels", 3, crop=32, batch=2)
    network = Network("live", width=8)
    config = dataclasses.replace(config, phases=(phase,), network=network)
    run = new_run(config, tmp_path / "run")
    assert not weights(run)["convolutions.13.weight"].any()
    train(run)
    assert all(tensor.any() for tensor in weights(run).values())
    info = export(config, tmp_path / "run" / "last.pt", tmp_path / "live.safetensors", limit=1)
    assert (info.architecture, info.configuration) == ("Live", {"channels": 8, "convolutions": 14})
    assert from_checkpoint(tmp_path / "live.safetensors").context == 16


def test_a_state_that_does_not_name_its_network_still_resumes(config: Config, tmp_path: Path) -> None:
    """As states were until noise control read them."""
    train(new_run(config, tmp_path / "run"), steps=2)
    state = load(tmp_path / "run" / "last.pt", torch.device("cpu"))
    assert state["where"].pop("network")["width"] == 8
    save_atomically(state, tmp_path / "run" / "last.pt")
    again = new_run(config, tmp_path / "run")
    again.resume(tmp_path / "run" / "last.pt")
    train(again, steps=1)
    assert (again.samples, again.step) == (6, 0)


def test_a_full_disk_is_reported_before_training(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.state.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(StateError, match="MB free"):
        new_run(config, tmp_path / "run")


def test_photographs_under_the_crop_are_reported_before_training(config: Config, tmp_path: Path) -> None:
    phase = dataclasses.replace(PHASES[0], whole=0.5, crop=64)
    with pytest.raises(ConfigError, match=r"up to 64 pixels.*0\.png"):
        new_run(dataclasses.replace(config, phases=(phase,)), tmp_path / "run")


def test_weights_of_another_architecture_are_not_taken(config: Config, tmp_path: Path) -> None:
    train(new_run(config, tmp_path / "run"), steps=1)
    other = dataclasses.replace(
        config,
        network=Network("srresnet", width=4),
        initial="random",
        init_from=(tmp_path / "run" / "last.pt",),
    )
    with pytest.raises(ConfigError, match="another architecture"):
        new_run(other, tmp_path / "other")


def test_another_network_is_not_resumed(config: Config, tmp_path: Path) -> None:
    train(new_run(config, tmp_path / "run"), steps=1)
    other = new_run(dataclasses.replace(config, network=Network(width=16)), tmp_path / "run")
    with pytest.raises(ConfigError, match="another network"):
        other.resume(tmp_path / "run" / "last.pt")


def test_a_loss_that_is_no_number_stops_with_the_batch_saved(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(config, tmp_path / "run")
    monkeypatch.setattr(run.sampler, "draw", lambda phase: torch.full((2, 3, 32, 32), float("nan")))
    with pytest.raises(FloatingPointError, match=r"bad-batch\.pt"):
        run.train_step()
    assert (tmp_path / "run" / "bad-batch.pt").exists()


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "last.pt"
    save_atomically({"a": 1}, target)
    with pytest.raises(Exception, match="pickle"):
        save_atomically({"a": lambda: None}, target)
    assert torch.load(target, weights_only=True) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["last.pt"]


def test_a_state_is_read_on_the_device_of_a_second_process(tmp_path: Path) -> None:
    save_atomically({"network": {"a": torch.ones(2)}, "ema": {}}, tmp_path / "last.pt")
    assert torch.equal(load(tmp_path / "last.pt", torch.device("cpu", 1))["network"]["a"], torch.ones(2))


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "last.pt"
    save_atomically({"a": 1}, target)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cf_esrt.files.os.fsync", full)
    with pytest.raises(StateError, match=r"No space left on device.*kept whole"):
        save_atomically({"a": 2}, target)
    assert torch.load(target, weights_only=True) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["last.pt"]


@pytest.mark.parametrize("content", [b"", b"PK rubbish", b"\x80\x02}q\x00."])
def test_a_damaged_state_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(StateError, match=r"cannot be read|not a training state"):
        load(tmp_path / "last.pt", torch.device("cpu"))


def test_the_average_is_warmed_up() -> None:
    network = CFESRT(width=8)
    average = AveragedWeights(network, 0.9)
    name = "refine.to_rgb.bias"
    before = average.values[name].clone()
    with torch.no_grad():
        network.get_parameter(name).add_(1.0)
    average.update(network)  # decay (1+1)/(10+1)
    torch.testing.assert_close(average.values[name], before + (1 - 2 / 11))


def test_a_checkpoint_is_exported_with_what_is_known_of_it(config: Config, tmp_path: Path) -> None:
    run = new_run(config, tmp_path / "run")
    train(run)
    target = tmp_path / "out" / "tiny.safetensors"
    export(config, tmp_path / "run" / "last.pt", target)
    state, info = checkpoints.read(target)
    assert (info.architecture, info.configuration["width"], info.licence) == ("CFESRT", 8, "CC0-1.0")
    assert info.history["samples"] == 12
    for name, tensor in run.average.values.items():
        assert torch.equal(state[name], tensor)


def write_config(tmp_path: Path, steps: int) -> Path:
    write_photographs(tmp_path / "photos", [(60, 70), (64, 80)])
    path = tmp_path / "config.yaml"
    document = {
        "name": "tiny",
        "network": {"width": 8},
        "data": {"train": [str(tmp_path / "photos")], "cache": str(tmp_path / "cache")},
        "phases": [{"name": "one", "steps": steps, "crop": 32, "batch": 2}],
    }
    path.write_text(json.dumps(document))  # JSON is YAML
    return path


def test_the_command_trains_and_resumes(tmp_path: Path) -> None:
    path = write_config(tmp_path, 4)
    runs = ["--runs", str(tmp_path / "runs"), "--device", "cpu"]
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        assert main([str(path), "--steps", "2", *runs]) == 0
        assert main([str(path), *runs]) == 0
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    where = torch.load(tmp_path / "runs" / "tiny" / "last.pt", weights_only=True)["where"]
    assert (where["phase"], where["samples"]) == (1, 8)


def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("name: x\nphases: [{name: one, steps: 1}]\ndata: {train: [nowhere]}")
    assert main([str(path), "--runs", str(tmp_path / "runs")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "nowhere" in error


def test_sigterm_leaves_a_resumable_state(tmp_path: Path) -> None:
    path = write_config(tmp_path, 100_000)
    events, ended = tmp_path / "runs" / "tiny" / "tensorboard", threading.Event()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    def stop() -> None:
        while not events.exists() and not ended.wait(0.01):
            pass
        if not ended.is_set():  # the loop has begun, and the command's handlers are there
            signal.raise_signal(signal.SIGTERM)

    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        assert main([str(path), "--runs", str(tmp_path / "runs"), "--device", "cpu"]) == 0
    finally:
        ended.set()
        stopping.join()
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    state = torch.load(tmp_path / "runs" / "tiny" / "last.pt", weights_only=True)
    assert state["where"]["samples"] == 2 * state["where"]["step"]
