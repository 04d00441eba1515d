"""Checkpoints tell what they hold, and damaged or foreign files are refused in a sentence."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cf_esrt import checkpoints, models
from cf_esrt.catalogue import Catalogue, CatalogueError
from cf_esrt.checkpoints import CheckpointError, CheckpointInfo
from cf_esrt.networks import CFESRT, ESRT, SRCNN, SRResNet
from training.config_file import read as read_recipe

CAMERA = ("live-camera", "esrt-camera", "cf-esrt-camera", "cf-esrt-camera-coarse")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "small.safetensors"
    info = CheckpointInfo("CFESRT", {"width": 8}, licence="CC0-1.0", metrics={"small": {"whole256": {"psnr": 1.0}}})
    checkpoints.write(path, CFESRT(width=8).state_dict(), info)
    return path


def test_weights_and_metadata_come_back(checkpoint: Path) -> None:
    state, info = checkpoints.read(checkpoint)
    torch.manual_seed(0)
    for name, tensor in CFESRT(width=8).state_dict().items():
        assert torch.equal(state[name], tensor)
    assert (info.architecture, info.configuration, info.licence) == ("CFESRT", {"width": 8}, "CC0-1.0")
    assert info.sha256 == checkpoints.digest(state)
    assert isinstance(checkpoints.build(state, info, "small"), CFESRT)
    assert [p.name for p in checkpoint.parent.iterdir()] == ["small.safetensors"]


def test_a_descriptor_is_completed_from_the_metadata(checkpoint: Path) -> None:
    both = models.from_checkpoint(checkpoint)
    coarse = models.from_checkpoint(checkpoint, stage="coarse")
    assert both.licence == "CC0-1.0"
    assert both.metrics["whole256"]["psnr"] == 1.0
    assert both.parameters == sum(p.numel() for p in CFESRT(width=8).parameters())
    assert coarse.parameters == sum(p.numel() for p in CFESRT(width=8).coarse.parameters())


def test_every_listed_model_describes_itself() -> None:
    assert models.names()[:4] == ("bicubic", "esrt", "cf-esrt", "cf-esrt-coarse")
    assert set(models.names()[4:]) <= {"srcnn", "srgan", "live", "cf-esrt-plus", *CAMERA}
    for name in models.names():
        model = models.describe(name)
        assert model.scale == 4
        if name != "bicubic":
            small = {"srcnn": 20_000, "live": 250_000, "live-camera": 250_000}
            assert model.parameters > small.get(name, 700_000)
            assert model.sha256 is not None
            assert len(model.sha256) == 64
            assert model.licence
            assert model.training_data
    with pytest.raises(models.UnknownModel, match="bicubic, esrt, cf-esrt, cf-esrt-coarse"):
        models.describe("ESRGAN")


@pytest.fixture
def baselines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the baselines' checkpoints are looked for, empty as yet."""
    moved = tuple(
        dataclasses.replace(model, checkpoint=tmp_path / f"{model.name}.safetensors")
        for model in models.OPTIONAL_MODELS
    )
    monkeypatch.setattr(models, "OPTIONAL_MODELS", moved)
    return tmp_path


def test_a_baseline_without_its_checkpoint_is_not_offered_and_says_how_to_make_it(baselines: Path) -> None:
    assert models.names() == ("bicubic", "esrt", "cf-esrt", "cf-esrt-coarse")
    for name, title in (("srcnn", "SRCNN"), ("srgan", "SRGAN"), ("cf-esrt-plus", "CF-ESRT plus")):
        with pytest.raises(models.MissingCheckpoint) as caught:
            models.describe(name)
        message = str(caught.value)
        assert message.startswith(f"The checkpoint of {title} is not there: train it with `python -m training.train")
        assert f"assets/checkpoints/{name}.safetensors" in message
        assert str(baselines) not in message


def test_a_baseline_is_offered_once_its_checkpoint_is_there(baselines: Path) -> None:
    checkpoints.write(baselines / "srcnn.safetensors", SRCNN().state_dict(), CheckpointInfo("SRCNN"))
    assert models.names() == ("bicubic", "esrt", "cf-esrt", "cf-esrt-coarse", "srcnn")
    model = models.describe("srcnn")
    assert (model.stage, model.parameters, model.context, model.tile) == ("only", 20_099, 4, models.LOCAL_TILE)


def test_the_camera_degradation_is_offered_once_its_checkpoints_are_there(baselines: Path) -> None:
    history = {"degradation": "clinical"}
    for name in CAMERA:
        info = CheckpointInfo("CFESRT", {"width": 8}, history=history)
        checkpoints.write(baselines / f"{name}.safetensors", CFESRT(width=8).state_dict(), info)
    assert models.names()[4:] == CAMERA
    degradations = {name: models.describe(name).degradation for name in models.names()}
    assert degradations == {
        "bicubic": None,
        **dict.fromkeys(models.names()[1:4], "bicubic"),
        **dict.fromkeys(CAMERA, "camera"),
    }
    assert models.find(str(baselines / "cf-esrt-camera.safetensors")).degradation == "camera"
    for model in models.OPTIONAL_MODELS:
        assert (model.degradation == "camera") == (model.name in CAMERA)


def test_both_rows_of_cf_esrt_camera_have_one_checkpoint() -> None:
    whole, coarse = (model for model in models.OPTIONAL_MODELS if model.name in CAMERA[-2:])
    assert (whole.checkpoint, whole.stage, coarse.stage) == (coarse.checkpoint, "both", "coarse")


def test_the_recipes_and_phases_that_are_named_exist() -> None:
    root = Path(__file__).parents[1]
    for model in models.OPTIONAL_MODELS:
        config = root / re.findall(r"training/recipes/\S+\.yaml", model.recipe)[-1]
        run, phase = re.findall(r"runs/(\S+)/(\S+)\.pt", model.recipe)[0]
        settings = read_recipe(config)
        assert (settings.name, settings.phases[-1].name) == (run, phase)


def test_a_network_that_sees_whole_tiles_has_no_context(checkpoint: Path) -> None:
    assert models.from_checkpoint(checkpoint).context is None
    assert models.describe("esrt").context is None
    assert models.describe("esrt").tile != models.LOCAL_TILE


def test_batch_norms_buffers_come_back(tmp_path: Path) -> None:
    """Running means and variances, and the counter, an integer without dimensions."""
    network, path = SRResNet(blocks=1, width=8), tmp_path / "sr.safetensors"
    network(torch.rand(2, 3, 8, 8))
    info = CheckpointInfo("SRResNet", {"blocks": 1, "width": 8})
    checkpoints.write(path, network.state_dict(), info)
    state, info = checkpoints.read(path)
    assert state["norm.num_batches_tracked"].dtype == torch.int64
    built = checkpoints.build(state, info, path.name)
    assert int(built.get_buffer("norm.num_batches_tracked")) == 1
    image = torch.rand(1, 3, 6, 5)
    assert torch.equal(built(image), network.eval()(image))
    assert models.from_checkpoint(path).context == 12  # 8 + 2 for the block, on a grid of 4


def test_arguments_of_another_network_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoints.write(path, SRCNN().state_dict(), CheckpointInfo("SRCNN", {"width": 8}))
    with pytest.raises(CheckpointError, match="SRCNN cannot be built"):
        models.from_checkpoint(path)


ODD = [
    ("metrics", '"good"'),
    ("metrics", "3"),
    ("metrics", "null"),
    ("history", '["long"]'),
    ("history", "[" * 100_000),
    ("configuration", '"width 8"'),
    ("configuration", '{"width": "8"}'),
    ("configuration", '{"width": [8]}'),
    ("configuration", '{"width": 0}'),
    ("configuration", '{"width": -8}'),
    ("configuration", '{"width": 1000000000}'),
    ("configuration", '{"width": 1000}'),
    ("configuration", '{"width": 8, "skip_padding": "none"}'),
    ("configuration", "{" + "9" * 5000 + "}"),
    ("sha256", "none"),
    ("sha256", "AB" * 32),
]


@pytest.mark.parametrize(("field", "text"), ODD, ids=[f"{field}={text[:24]}" for field, text in ODD])
def test_odd_metadata_is_one_sentence(tmp_path: Path, field: str, text: str) -> None:
    state, path = CFESRT(width=8).state_dict(), tmp_path / "odd.safetensors"
    metadata = {"format": checkpoints.FORMAT, "architecture": "CFESRT", "configuration": '{"width": 8}'}
    metadata |= {"metrics": "{}", "history": "{}", "training_data": "", "licence": "", "git_commit": ""}
    metadata |= {"sha256": checkpoints.digest(state), field: text}
    save_file(state, path, metadata)
    with pytest.raises(CatalogueError) as caught:
        Catalogue.of([f"odd={path}"])
    assert "\n" not in str(caught.value)


def test_a_name_that_the_scores_use_for_something_else(tmp_path: Path) -> None:
    path = tmp_path / "data.safetensors"
    info = CheckpointInfo("CFESRT", {"width": 8}, metrics={"data": "isic_cc0/val", "photographs": 3})
    checkpoints.write(path, CFESRT(width=8).state_dict(), info)
    assert models.from_checkpoint(path).metrics == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, value: float, dtype: torch.dtype) -> None:
    state, path = CFESRT(width=8).state_dict(), tmp_path / "nan.safetensors"
    name = "refine.to_rgb.weight"
    state[name] = state[name].to(dtype)
    state[name][0, 0, 0, 0] = value
    with pytest.raises(CheckpointError, match=r"refine\.to_rgb\.weight hold NaN or infinity\.$"):
        checkpoints.write(path, state, CheckpointInfo("CFESRT", {"width": 8}))
    assert not path.exists()
    metadata = {"format": checkpoints.FORMAT, "architecture": "CFESRT", "configuration": '{"width": 8}'}
    metadata |= {"metrics": "{}", "history": "{}", "training_data": "", "licence": "", "git_commit": ""}
    save_file(state, path, metadata | {"sha256": checkpoints.digest(state)})
    with pytest.raises(CheckpointError, match="NaN or infinity"):
        checkpoints.read(path)


def flip_a_weight(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_found(checkpoint: Path) -> None:
    flip_a_weight(checkpoint)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoints.read(checkpoint)


@pytest.mark.parametrize("length", [0, 5, 1000, 100_000])
def test_a_file_cut_short_is_refused(checkpoint: Path, length: int) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"small\.safetensors is damaged"):
        checkpoints.read(checkpoint)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(2)}, foreign)
    with pytest.raises(CheckpointError, match="not a checkpoint of this project"):
        checkpoints.read(foreign)
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        checkpoints.read_info(tmp_path / "none.safetensors")


def test_an_unknown_architecture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoints.write(path, {"a": torch.zeros(2)}, CheckpointInfo("EDSR"))
    with pytest.raises(CheckpointError, match=r"EDSR.*ESRT, CFESRT"):
        checkpoints.read(path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    info = checkpoints.write(path, ESRT().state_dict(), CheckpointInfo("CFESRT", {"width": 8}))
    with pytest.raises(CheckpointError, match="does not fit the network CFESRT"):
        checkpoints.build(*checkpoints.read(path), path.name)
    assert info.sha256
