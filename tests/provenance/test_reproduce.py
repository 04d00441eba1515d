"""Making results again, from the command line: the same bytes, or a sentence."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cf_esrt import fidelity, photo
from cf_esrt.__main__ import main
from cf_esrt.catalogue import Catalogue
from cf_esrt.engine import AGREEMENT_DB, REFINED_AGREEMENT_DB, EngineError, cache, choice
from cf_esrt.enhance import Enhancer
from cf_esrt.fidelity.trust import LEVEL, Belief
from cf_esrt.models import CHECKPOINTS
from cf_esrt.pixels import enlarge_bicubic
from cf_esrt.provenance import (
    BackProjection,
    Box,
    ImageDigest,
    LabelledResult,
    Provenance,
    Setting,
    from_json,
    reproduce,
    result_png,
    to_json,
)
from cf_esrt.provenance.belief import believed
from tests.provenance.samples import picture

EXAMPLE = Path(__file__).parents[2] / "assets" / "examples" / "synthetic-1.png"
BOX = Box(200, 150, 24, 20)


def first_run(
    photograph: np.ndarray, box: Box, name: str, *, precision: str = "auto", engine: str = "auto", **how: object
) -> LabelledResult:
    """As the page does it."""
    enhancer = Enhancer.load(name, "cpu", precision=precision, engine=engine)
    crop = box.crop_from(photograph)
    stages = enhancer.reconstruct(crop)
    setting = Setting.of(
        enhancer.descriptor,
        device="cpu",
        tile=stages.tile,
        precision=stages.precision,
        engine=stages.engine,
        **how,  # type: ignore[arg-type]
    )
    result = stages.blend(1.0 if setting.detail is None else setting.detail)
    if setting.back_projection is not None:
        result = fidelity.back_project(result, crop)
    report = fidelity.assess(result, crop, enlarge_bicubic(crop))
    whole = ImageDigest.of(photograph)
    belief = believed(setting, result, crop)
    record = Provenance.of(
        setting,
        photograph=whole,
        box=box,
        crop=crop,
        result=result,
        report=report,
        belief=belief,
        level=belief.levels()[0] if isinstance(belief, Belief) else None,  # a person moved the slider there
    )
    return LabelledResult(result, record)


@pytest.fixture
def bicubic(tmp_path: Path) -> LabelledResult:
    """A result of bicubic interpolation, back-projected, with the files that it takes to reproduce it."""
    pixels = picture(60, 50)
    pane = first_run(pixels, Box(3, 4, 30, 20), "bicubic", back_projection=BackProjection())
    (tmp_path / "photo.png").write_bytes(photo.png_bytes(pixels))
    (tmp_path / "p.json").write_text(to_json([pane.provenance]), encoding="utf-8")
    return pane


def run(folder: Path, output: str = "out", photograph: str = "photo.png") -> int:
    return main(["reproduce", str(folder / "p.json"), str(folder / photograph), "-o", str(folder / output)])


def test_the_released_network_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Image.open(EXAMPLE) as image:
        pixels = np.array(image.convert("RGB"))
    names: dict[str, dict[str, Any]] = {"cf-esrt": {"detail": 0.6}, "esrt": {"precision": "float16"}, "bicubic": {}}
    monkeypatch.setattr(choice, "outlook", lambda *_: ("torch", "float16"))  # so that no other engine is compared
    panes = [first_run(pixels, BOX, name, **how) for name, how in names.items()]
    (tmp_path / "p.json").write_text(to_json([pane.provenance for pane in panes]), encoding="utf-8")
    assert main(["reproduce", str(tmp_path / "p.json"), str(EXAMPLE), "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == ""
    written = ["cf-esrt-detail-0.60.png", "esrt.png", "bicubic.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(written)
    for name, pane in zip(written, panes, strict=True):
        assert (tmp_path / "out" / name).read_bytes() == result_png(pane.pixels, pane.provenance)


def test_the_label_says_the_level_that_was_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Image.open(EXAMPLE) as image:
        pixels = np.array(image.convert("RGB"))
    pane = first_run(pixels, Box(150, 100, 96, 80), "bicubic")  # inside what interpolation was calibrated for
    trust: Any = pane.provenance.fidelity["trust"]
    assert trust["level"] != LEVEL["bicubic"]
    (tmp_path / "p.json").write_text(to_json([pane.provenance]), encoding="utf-8")
    assert main(["reproduce", str(tmp_path / "p.json"), str(EXAMPLE), "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "out" / "bicubic.png").read_bytes() == result_png(pane.pixels, pane.provenance)


@pytest.mark.parametrize(("name", "detail"), [("esrt", None), ("cf-esrt", 0.4)])
def test_an_engine_that_is_not_used_here_by_default_is_run_too_and_the_distance_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, detail: float | None
) -> None:
    """A record of torch's in float32, where OpenVINO is the default: the same bytes, exit code 0, and one sentence."""
    pytest.importorskip("openvino")
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    with Image.open(EXAMPLE) as image:
        pixels = np.array(image.convert("RGB"))
    pane = first_run(pixels, BOX, name, engine="torch", precision="float32", detail=detail)
    (tmp_path / "p.json").write_text(to_json([pane.provenance]), encoding="utf-8")
    assert main(["reproduce", str(tmp_path / "p.json"), str(EXAMPLE), "-o", str(tmp_path / "out")]) == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.read_bytes() == result_png(pane.pixels, pane.provenance)
    (line,) = capsys.readouterr().err.splitlines()
    title, other = pane.provenance.setting.title, Enhancer.load(name, "cpu")
    assert line.startswith(
        f"{path}: note: The record of {title} was made by torch in float32, as was this result; openvino in "
        f"{other.precision}, which runs networks here by default, gives "
    )
    apart = pane.pixels.astype(float) - other(BOX.crop_from(pixels), detail=1.0 if detail is None else detail)
    if not apart.any():  # a processor without bfloat16: both compute in float32
        assert other.precision == "float32"
        assert line.endswith(" gives the same pixels.")
        return
    decibels = 10 * np.log10(255**2 / np.mean(apart**2))
    assert line.endswith(f" gives a result {decibels:.1f} dB from it (PSNR).")
    assert decibels >= (AGREEMENT_DB if detail is None else REFINED_AGREEMENT_DB)


def test_where_the_other_engine_gives_the_same_pixels_it_is_said(
    bicubic: LabelledResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = picture(60, 50)
    record = first_run(pixels, Box(3, 4, 30, 20), "esrt", engine="torch", precision="float32").provenance

    class Twin(Enhancer):
        def reconstruct(self, *given: Any, **how: Any) -> Any:
            return dataclasses.replace(super().reconstruct(*given, **how), engine="twin")

    def as_recorded(_: object) -> Enhancer:
        return Enhancer.load("esrt", "cpu", engine="torch", precision="float32")

    def usual(_: object) -> Enhancer:
        return Twin.load("esrt", "cpu", engine="torch", precision="float32")

    (result,) = reproduce([record], pixels, as_recorded, usual)
    assert result.differences == ()
    assert result.note.endswith("twin in float32, which runs networks here by default, gives the same pixels.")
    (plain,) = reproduce([bicubic.provenance], pixels, lambda _: Enhancer.load("bicubic"), lambda _: None)
    assert plain.note == ""


@pytest.mark.parametrize(("name", "agreement"), [("esrt", AGREEMENT_DB), ("cf-esrt", REFINED_AGREEMENT_DB)])
def test_another_engine_is_named_with_its_agreement(
    name: str, agreement: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record of OpenVINO's in bfloat16, where neither is: torch makes the result, and one sentence says so."""
    with Image.open(EXAMPLE) as image:
        pane = first_run(np.array(image.convert("RGB")), BOX, name, precision="float32")
    setting = dataclasses.replace(pane.provenance.setting, engine="openvino", precision="bfloat16")
    record = dataclasses.replace(pane.provenance, setting=setting)
    (tmp_path / "p.json").write_text(to_json([record]), encoding="utf-8")

    def missing() -> None:
        raise EngineError("OpenVINO cannot be used here.")

    monkeypatch.setattr(choice, "_import", missing)
    assert main(["reproduce", str(tmp_path / "p.json"), str(EXAMPLE), "-o", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "made by openvino in bfloat16, which is not to be had here, this result by torch in float32" in line
    assert "how far apart they are cannot be measured here" in line
    assert f"agree to {agreement} dB or more" in line
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_record_from_before_there_were_engines_is_torchs(bicubic: LabelledResult) -> None:
    value = json.loads(to_json([bicubic.provenance]))
    del value["results"][0]["setting"]["engine"]
    assert from_json(json.dumps(value))[0].setting.engine == "pillow"
    network = dataclasses.replace(bicubic.provenance.setting, checkpoint_sha256="ab" * 32, engine="")
    assert network.engine == "torch"


@pytest.mark.usefixtures("bicubic")
def test_the_commands_old_name_still_works(tmp_path: Path) -> None:
    assert main(["repeat", str(tmp_path / "p.json"), str(tmp_path / "photo.png"), "-o", str(tmp_path / "out")]) == 0


def test_back_projection_is_reproduced(bicubic: LabelledResult, tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    data = (tmp_path / "out" / "bicubic-backprojected.png").read_bytes()
    assert data == result_png(bicubic.pixels, bicubic.provenance)
    plain = first_run(picture(60, 50), Box(3, 4, 30, 20), "bicubic")
    assert not np.array_equal(plain.pixels, bicubic.pixels)  # so that the step was taken at all


@pytest.mark.usefixtures("bicubic")
def test_another_photograph_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.png").write_bytes(photo.png_bytes(picture(60, 50, seed=1)))
    assert run(tmp_path, photograph="other.png") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: The photograph is not the one of the record")
    assert not (tmp_path / "out").exists()


def test_another_checkpoint_and_an_unknown_model_are_refused(
    bicubic: LabelledResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [
        dataclasses.replace(bicubic.provenance, setting=dataclasses.replace(bicubic.provenance.setting, **to))
        for to in ({"model": "esrt", "checkpoint_sha256": "cd" * 32}, {"model": "dermascope-9"})
    ]
    (tmp_path / "p.json").write_text(to_json(records), encoding="utf-8")
    assert run(tmp_path) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: The checkpoint of esrt is not the one of the record")
    assert "dermascope-9" in lines[1]
    assert len(lines) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("bicubic")
def test_what_differs_is_reported_and_never_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = json.loads((tmp_path / "p.json").read_text())
    result = value["results"][0]
    result["fidelity"]["consistency_db"] = 99.0
    result["result"]["sha256"] = "0" * 64
    result["version"] = "9.9"
    result["libraries"]["pillow"] = "1.0"
    (tmp_path / "p.json").write_text(json.dumps(value))
    assert run(tmp_path) == 2
    errors = capsys.readouterr().err
    assert "pillow 1.0 there" in errors
    assert "9.9" in errors
    assert "'fidelity'" in errors
    data = (tmp_path / "out" / "bicubic-backprojected.png").read_bytes()
    records = from_json((tmp_path / "p.json").read_text())
    (fresh,) = reproduce(records, picture(60, 50), lambda _: Enhancer.load("bicubic"))
    assert data == fresh.png
    assert b"99.0" not in data


@pytest.mark.usefixtures("bicubic")
def test_bad_files_cost_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.png").write_bytes(b"rubbish")
    assert run(tmp_path, photograph="bad.png") == 2
    assert run(tmp_path, photograph="absent.png") == 2
    assert run(tmp_path, output="photo.png") == 2
    (tmp_path / "p.json").write_text("{}")
    assert run(tmp_path) == 2
    (tmp_path / "p.json").unlink()
    assert run(tmp_path) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("error: ") and line.endswith(".") for line in lines)


def test_a_record_of_a_gpu_needs_one(
    bicubic: LabelledResult, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    record = bicubic.provenance
    (tmp_path / "p.json").write_text(
        to_json([dataclasses.replace(record, setting=dataclasses.replace(record.setting, device="cuda"))])
    )
    assert run(tmp_path) == 2
    assert capsys.readouterr().err == "error: The record was made on a CUDA device, and there is none here.\n"


def test_inputs_are_never_overwritten(
    bicubic: LabelledResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "bicubic-backprojected.png"
    given.write_bytes((tmp_path / "photo.png").read_bytes())
    before = given.read_bytes()
    assert run(tmp_path, output=".", photograph=given.name) == 2
    assert given.read_bytes() == before
    assert "choose another folder" in capsys.readouterr().err
    assert bicubic.provenance.setting.model == "bicubic"


def test_a_checkpoint_of_ones_own_is_named_as_the_page_named_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = CHECKPOINTS / "srcnn.safetensors"
    mine = Catalogue.of([f"mine={file}"]).describe("mine")
    enhancer = Enhancer.of(mine, "cpu")
    pixels, box = picture(60, 50), Box(3, 4, 30, 20)
    crop = box.crop_from(pixels)
    result = enhancer.reconstruct(crop).refined
    setting = Setting.of(mine, device="cpu")
    report = fidelity.assess(result, crop, enlarge_bicubic(crop))
    record = Provenance.of(setting, photograph=ImageDigest.of(pixels), box=box, crop=crop, result=result, report=report)
    (tmp_path / "photo.png").write_bytes(photo.png_bytes(pixels))
    (tmp_path / "p.json").write_text(to_json([record]), encoding="utf-8")
    assert run(tmp_path) == 2
    assert "There is no model 'mine'" in capsys.readouterr().err
    command = ["reproduce", str(tmp_path / "p.json"), str(tmp_path / "photo.png"), "-o", str(tmp_path / "out")]
    assert main([*command, "--model", f"mine={file}"]) == 0
    assert (tmp_path / "out").iterdir()
    assert main([*command, "--model", "mine=gone.safetensors"]) == 2
    assert "The model mine cannot be added: There is no checkpoint at gone.safetensors." in capsys.readouterr().err
