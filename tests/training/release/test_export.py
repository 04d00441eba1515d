"""The inference file and its card say what is known of the weights, and nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from cf_esrt import checkpoints
from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import Enhancer, Reconstruction
from cf_esrt.models import LOCAL_TILE, from_checkpoint
from tests.training.helpers import write_photographs
from training.config import Config, Data, Losses, Network, Phase
from training.networks import build_network
from training.release import export as exporting
from training.release.card import INPUTS, model_card
from training.release.export import (
    architecture,
    export,
    main,
    measure,
    phases_done,
    rows,
    training_commands,
    training_history,
)
from training.release.lineage import EarlierRun, earlier_runs
from training.state import AveragedWeights, save_atomically

NETWORKS = {
    "esrt": Network("esrt"),
    "cf-esrt": Network("cf-esrt", width=8),
    "srcnn": Network("srcnn"),
    "srresnet": Network("srresnet", width=8),
}
PHASES = (
    Phase("pixels", 3, crop=32, batch=4, losses=Losses(l1=0.0, l2=1.0)),
    Phase("adversarial", 2, crop=48, batch=4, losses=Losses(l1=0.0, content=1.0, adversarial=1e-3)),
)
WHERE = {"phase": 1, "step": 2, "samples": 12345, "seconds": 9000.0, "hardware": "2 × Imaginary Accelerator"}


def configured(name: str, **others: Any) -> Config:
    data = Data(train=(Path("photos/train"),), licence="CC0-1.0")
    return Config("tiny", PHASES, network=NETWORKS[name], data=data, **others)


def write_state(path: Path, network: nn.Module, where: dict[str, Any]) -> Path:
    ema = AveragedWeights(network, 0.9).state_dict()
    save_atomically({"network": network.state_dict(), "ema": ema, "where": where}, path)
    return path


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, nn.Module, Config]:
    """SRGAN's checkpoint, made from a state at the end of the second phase."""
    torch.manual_seed(0)
    config = configured("srresnet", init_from=(Path("runs/before/pixels.pt"),))
    network = build_network(config.network)
    network(torch.rand(2, 3, 8, 8))  # so that batch norm has seen something
    target = tmp_path / "out" / "srgan.safetensors"
    export(config, write_state(tmp_path / "adversarial.pt", network, WHERE), target)
    return target, network, config


@pytest.mark.parametrize("name", NETWORKS)
def test_the_checkpoint_builds_the_network_that_was_trained(name: str) -> None:
    """Arguments that the checkpoint leaves out, or has otherwise, would be another network with the same weights."""
    config = configured(name)
    torch.manual_seed(0)
    trained = build_network(config.network).eval()
    kind, arguments = architecture(config.network)
    built = checkpoints.ARCHITECTURES[kind](**arguments).eval()
    built.load_state_dict(trained.state_dict())
    image = torch.rand(1, 3, 7, 9)
    with torch.no_grad():
        outputs = [output if isinstance(output, tuple) else (output,) for output in (trained(image), built(image))]
    for a, b in zip(*outputs, strict=True):
        assert torch.equal(a, b)


def test_batch_norms_statistics_are_exported(exported: tuple[Path, nn.Module, Config]) -> None:
    target, network, _ = exported
    state, info = checkpoints.read(target)
    assert set(state) == set(network.state_dict())
    assert int(state["norm.num_batches_tracked"]) == 1
    image = np.random.default_rng(0).integers(0, 256, (6, 7, 3), np.uint8)
    network.eval()
    with torch.no_grad():
        output = network(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
    expected = output.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255
    descriptor = from_checkpoint(target)
    assert (descriptor.context, descriptor.tile) == (40, LOCAL_TILE)
    assert np.abs(Enhancer.of(descriptor, "cpu", engine="torch")(image) - expected).max() < 0.51
    assert info.history["hardware"] == "2 × Imaginary Accelerator"


def test_only_whole_files_are_left(exported: tuple[Path, nn.Module, Config]) -> None:
    assert sorted(path.name for path in exported[0].parent.iterdir()) == ["srgan.md", "srgan.safetensors"]


def test_the_card_says_what_the_metadata_says(exported: tuple[Path, nn.Module, Config]) -> None:
    target, network, _ = exported
    info = checkpoints.read_info(target)
    card = target.with_suffix(".md").read_text("utf-8")
    for expected in (
        "# srgan.safetensors",
        f"{sum(p.numel() for p in network.parameters()):,} parameters",
        "SRResNet(blocks=16, width=8",
        "Not a medical device",
        "- data: photos/train",
        "CC0-1.0",
        "- started from: interpolation; runs/before/pixels.pt",
        "- crops seen in this run: 12,345",
        "- time: 2.5 hours",
        "- hardware: 2 × Imaginary Accelerator",
        info.sha256,
        "| pixels | all | 3 | 4 | 32 | adam | l2 1.0 |",
        "| adversarial | all | 2 | 4 | 48 | adam | content 1.0, adversarial 0.001 |",
        "Not measured",
        "skin tones, lesions and cameras of photos/train",
        "antialiased bicubic",
        "not for diagnosis",
        "synthetic",
    ):
        assert expected in card, expected
    assert "## Commands" not in card
    recipe = info.history["recipe"]
    assert (recipe["network"]["name"], recipe["phases"][1]["losses"]["content"], recipe["seed"]) == ("srresnet", 1.0, 0)


def test_the_card_follows_the_metadata(exported: tuple[Path, nn.Module, Config]) -> None:
    info = checkpoints.read_info(exported[0])
    scores = {"psnr": 31.234, "lpips": 0.12345}
    metrics = {"data": "some/val", "photographs": 7, "bicubic": {"whole256": scores}, "srgan": {"whole256": scores}}
    history = {**info.history, "hardware": "", "samples": 9, "degradation": "clinical", "commands": ["python -m x"]}
    card = model_card(dataclasses.replace(info, metrics=metrics, history=history, licence=""), "a.safetensors", 5)
    for expected in (
        "- hardware: not recorded",
        "weights: not recorded",
        "- crops seen in this run: 9\n",
        "Means over 7 photographs of some/val",
        "| whole256 | PSNR RGB ↑ (dB) | LPIPS ↓ |",
        "| srgan | 31.23 | 0.1235 |",
        "compressed at random",
        "```sh\npython -m x\n```",
    ):
        assert expected in card, expected


def test_earlier_runs_are_reported_in_their_order(tmp_path: Path) -> None:
    configs, runs = tmp_path / "configs", tmp_path / "runs"
    configs.mkdir()
    phase = "phases: [{name: one, steps: 2, crop: 32}]\nnetwork: {name: cf-esrt, width: 8}\n"
    wheres = {"first": {"samples": 1000, "seconds": 1800.0}, "second": {"samples": 50, "seconds": 360.0}}
    for name, where in wheres.items():
        (runs / name).mkdir(parents=True)
        write_state(runs / name / "one.pt", build_network(NETWORKS["cf-esrt"]), where)
    (configs / "first.yaml").write_text(f"name: first\n{phase}")
    (configs / "second.yaml").write_text(f"name: second\n{phase}init_from: [{runs / 'first' / 'one.pt'}]\n")
    taken = (runs / "first" / "one.pt", runs / "second" / "one.pt", Path("gone/elsewhere.pt"))
    config = configured("cf-esrt", init_from=taken)
    found = earlier_runs(config, configs)
    assert [(run.run, run.state, run.part, run.config, run.samples, run.hours) for run in found] == [
        ("first", "one", "", "first.yaml", 1000, 0.5),
        ("second", "one", "", "second.yaml", 50, 0.1),
        ("gone", "elsewhere", "", "", None, None),
    ]
    commands = training_commands(configs / "last.yaml", found, runs / "last" / "one.pt", tmp_path / "x.safetensors")
    assert [command.split()[-1] for command in commands[:3]] == ["first.yaml", "second.yaml", "last.yaml"]
    changes = ["--phases", "one", "--set", "name=other"]
    changed = training_commands(configs / "last.yaml", [], runs / "one.pt", tmp_path / "x.safetensors", changes)
    assert [command.endswith("--phases one --set name=other") for command in changed] == [True, True]
    history = training_history(config, WHERE, found, commands)
    card = model_card(checkpoints.CheckpointInfo("CFESRT", history=history), "a.safetensors", 5)
    assert "| first | one | all | 1,000 | 0.5 |" in card
    assert "| gone | elsewhere | all | not recorded | not recorded |" in card


def test_a_checkpoint_tells_of_the_runs_that_made_what_is_taken_of_it(
    exported: tuple[Path, nn.Module, Config], tmp_path: Path
) -> None:
    info = checkpoints.read_info(exported[0])
    coarse = EarlierRun("coarse-cpu", "coarse", "coarse.", "gone.yaml", 1000, 0.5)
    refine = EarlierRun("fine-cpu", "fine-tune", "refine.", "", 50, 0.1)
    phases = [{**info.history["phases"][0], "part": "refinement"}]
    history = {
        **info.history, "run": "last-cpu", "phase": "perceptual", "phases": phases, "samples": 7, "hours": 0.0,
        "legs": [dataclasses.asdict(run) for run in (coarse, refine)],
    }  # fmt: skip
    file = tmp_path / "released.safetensors"
    checkpoints.write(file, {"x": torch.zeros(1)}, dataclasses.replace(info, history=history))

    def runs() -> list[tuple[str, str, str]]:
        config = configured("cf-esrt", init_from=(file,))
        return [(run.run, run.part, run.config) for run in earlier_runs(config, tmp_path)]

    assert runs() == [("coarse-cpu", "coarse.", ""), ("fine-cpu", "refine.", ""), ("last-cpu", "refine.", "")]
    checkpoints.write(file, {"x": torch.zeros(1)}, dataclasses.replace(info, history={}))
    assert runs() == [(tmp_path.name, "", "")]
    save_file({"x": torch.zeros(1)}, file)  # another project's
    assert runs() == [(tmp_path.name, "", "")]


def test_every_degradation_has_its_sentence() -> None:
    assert set(get_args(get_type_hints(Data)["degradation"])) == set(INPUTS)


def test_the_steps_of_a_state_are_those_it_was_through() -> None:
    config = configured("srresnet")

    def steps(phase: int, step: int) -> list[tuple[str, int]]:
        return [(p.name, n) for p, n in phases_done(config, {"phase": phase, "step": step})]

    assert steps(0, 0) == []
    assert steps(0, 2) == [("pixels", 2)]
    assert steps(1, 0) == [("pixels", 3)]
    assert steps(1, 1) == [("pixels", 3), ("adversarial", 1)]
    assert steps(2, 0) == [("pixels", 3), ("adversarial", 2)]


def test_a_model_is_scored_under_the_name_that_is_told() -> None:
    assert rows(configured("srresnet"), "srgan") == {"srgan": "both"}
    assert rows(configured("cf-esrt"), "mine") == {"mine": "both", "mine-coarse": "coarse"}


def test_what_has_learned_from_a_cameras_inputs_is_scored_on_them(
    cf_esrt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Data(validate=tmp_path / "val", degradation="clinical")
    config = dataclasses.replace(configured("cf-esrt"), data=data)
    write_photographs(tmp_path / "val", [(256, 256)])
    monkeypatch.setattr(exporting, "LPIPS", lambda _: NoLPIPS())
    monkeypatch.setattr("training.evaluation.scoring.measure", lambda comparison, names: {"psnr": 30.0})
    scores = measure(cf_esrt, config, {"cf-esrt-camera-coarse": "coarse"})
    assert list(scores["cf-esrt-camera-coarse"]) == ["camera256", "camera256-patch", "whole256", "patch256"]
    history = training_history(config, WHERE, [], [])
    card = model_card(checkpoints.CheckpointInfo("CFESRT", metrics=scores, history=history), "a.safetensors", 5)
    assert "those of camera256 through lens, sensor" in card


class NoLPIPS:
    """Stands for LPIPS, whose weights the tests do not have."""


@pytest.fixture
def cf_esrt(tmp_path: Path) -> Path:
    config = configured("cf-esrt")
    kind, arguments = architecture(config.network)
    info = checkpoints.CheckpointInfo(kind, arguments)
    checkpoints.write(tmp_path / "cf.safetensors", build_network(config.network).state_dict(), info)
    return tmp_path / "cf.safetensors"


def test_the_networks_run_once_for_both_of_cf_esrts_rows(
    cf_esrt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photographs(tmp_path / "val", [(256, 256)])
    config = dataclasses.replace(configured("cf-esrt"), data=Data(validate=tmp_path / "val"))
    ran: list[str] = []

    def reconstruct(self: Enhancer, image: np.ndarray, **_: object) -> Reconstruction:
        ran.append(self.descriptor.stage)
        large = image.repeat(4, 0).repeat(4, 1)
        return Reconstruction(large, large // 2)

    monkeypatch.setattr(Enhancer, "reconstruct", reconstruct)
    monkeypatch.setattr(exporting, "LPIPS", lambda _: NoLPIPS())
    monkeypatch.setattr(
        "training.evaluation.scoring.measure",
        lambda comparison, names: {"psnr": float(comparison.result.astype(float).mean())},
    )
    scores = measure(cf_esrt, config, {"cf-esrt": "both", "cf-esrt-coarse": "coarse"})
    assert sorted(ran) == ["both", "both", "only", "only"]  # for each protocol: CF-ESRT once, bicubic once
    assert scores["photographs"] == 1
    for protocol in ("whole256", "patch256"):
        coarse, refined = (scores[name][protocol]["psnr"] for name in ("cf-esrt-coarse", "cf-esrt"))
        assert coarse == pytest.approx(2 * refined, rel=0.02)


def test_a_state_of_another_network_is_refused_and_nothing_written(tmp_path: Path) -> None:
    state = write_state(tmp_path / "last.pt", build_network(NETWORKS["srcnn"]), WHERE)
    with pytest.raises(CheckpointError, match=r"last\.pt does not fit the network SRResNet"):
        export(configured("srresnet"), state, tmp_path / "out" / "x.safetensors")
    assert not (tmp_path / "out").exists()


def test_the_command_names_itself_in_the_card_and_no_machine_path(tmp_path: Path) -> None:
    config = tmp_path / "tiny.yaml"
    config.write_text(
        "name: tiny\nnetwork: {name: srcnn}\nphases: [{name: pixels, steps: 3, crop: 32}]\n"
        f"init_from: [{tmp_path}/a.pt]\n"
    )
    state = write_state(tmp_path / "pixels.pt", build_network(NETWORKS["srcnn"]), {**WHERE, "phase": 0, "step": 3})
    assert main([str(config), str(state), str(tmp_path / "srcnn.safetensors")]) == 0
    card = (tmp_path / "srcnn.md").read_text("utf-8")
    assert (
        "python -m training.train tiny.yaml\npython -m training.release.export tiny.yaml pixels.pt srcnn.safetensors"
        in card
    )
    assert str(tmp_path) not in card
    assert str(tmp_path) not in str(checkpoints.read_info(tmp_path / "srcnn.safetensors"))


@pytest.mark.parametrize("content", [None, b"no state"])
def test_bad_states_are_one_sentence_and_exit_code_2(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "tiny.yaml"
    config.write_text("name: tiny\nnetwork: {name: srcnn}\nphases: [{name: pixels, steps: 3, crop: 32}]\n")
    if content is not None:
        (tmp_path / "bad.pt").write_bytes(content)
    assert main([str(config), str(tmp_path / "bad.pt"), str(tmp_path / "x.safetensors")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "bad.pt" in error


def test_a_share_of_the_texture_can_be_released_as_all_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = "name: tiny\nnetwork: {NETWORK}\nphases: [{name: pixels, steps: 3, crop: 32}]\n"
    config = tmp_path / "tiny.yaml"
    config.write_text(recipe.replace("NETWORK", "name: cf-esrt, width: 8, rounded: false, sharpen: 0.6"))
    network = build_network(Network("cf-esrt", width=8, rounded=False, sharpen=0.6))
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(0.02 * torch.randn_like(weights))
    where = {**WHERE, "phase": 0, "step": 3}
    state = write_state(tmp_path / "pixels.pt", network, where)
    whole, half = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    assert main([str(config), str(state), str(whole)]) == 0
    assert main([str(config), str(state), str(half), "--texture", "0.5"]) == 0
    assert "half.safetensors --texture 0.5" in half.with_suffix(".md").read_text("utf-8")

    image = torch.rand(1, 3, 12, 16)
    with torch.no_grad():
        pictures = [checkpoints.build(*checkpoints.read(path), path.name)(image) for path in (whole, half)]
    torch.testing.assert_close(pictures[1].coarse, pictures[0].coarse)
    added = [picture.refined - picture.coarse for picture in pictures]
    assert added[0].abs().max() > 1e-3
    torch.testing.assert_close(added[1], 0.5 * added[0], rtol=1e-4, atol=1e-6)

    config.write_text(recipe.replace("NETWORK", "name: srcnn"))
    state = write_state(tmp_path / "pixels.pt", build_network(NETWORKS["srcnn"]), where)
    capsys.readouterr()
    assert main([str(config), str(state), str(tmp_path / "none.safetensors"), "--texture", "0.5"]) == 2
    assert "this network has none" in capsys.readouterr().err
    assert not (tmp_path / "none.safetensors").exists()
    with pytest.raises(SystemExit):
        main([str(config), str(state), str(tmp_path / "none.safetensors"), "--texture", "1.5"])
