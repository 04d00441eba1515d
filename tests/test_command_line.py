"""The command line, against a small model with the same contract, and once with the real bicubic one."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

import cf_esrt
from cf_esrt import commands, photo
from cf_esrt.__main__ import main
from tests.photo.files import dicom, heic, jpeg, png, tiff, webp

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class FakeDescriptor:
    name: str
    title: str = "A fake"
    summary: str = "It repeats pixels."
    stage: str = "both"
    opening_detail: float = 0.4
    scale: int = 4
    parameters: int = 1234
    licence: str = "Apache-2.0"
    checkpoint: Path | None = Path("/somewhere/secret/fake.safetensors")
    sha256: str | None = "ab" * 32
    tile: int = 64
    dtypes: tuple[str, ...] = ("float32",)
    context: int | None = None
    degradation: str | None = "bicubic"
    architecture: str = "CFESRT"
    training_data: str = "none"
    history: dict[str, Any] = field(default_factory=lambda: {"samples": 12, "legs": [{"run": "first"}]})
    metrics: dict[str, Any] = field(default_factory=lambda: {"PSNR": 30.123456, "LPIPS": None})


class FakeError(RuntimeError):
    pass


def describe(name: str) -> FakeDescriptor:
    if name not in ("cf-esrt", "bicubic"):
        raise FakeError(f"There is no model {name!r}.")
    return FakeDescriptor(name, stage="only" if name == "bicubic" else "both")


class FakeEnhancer:
    """Repeats each pixel four times; refuses pictures 13 pixels wide."""

    asked: ClassVar[list[Any]] = []
    engine, precision, self_ensemble, in_bands = "torch", "float32", False, False

    def __init__(self, name: str) -> None:
        self.descriptor = describe(name)

    @classmethod
    def load(
        cls, name: str, device: str = "auto", *, tile: int | None = None, engine: str, self_ensemble: bool
    ) -> FakeEnhancer:
        if device == "cuda":
            raise FakeError("This machine has no CUDA device.")
        cls.asked.append((name, device, tile, engine, self_ensemble))
        return cls(name)

    def __call__(
        self,
        image: np.ndarray,
        *,
        detail: float = 1.0,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> np.ndarray:
        if image.shape[1] == 13:
            raise FakeError("The tile could not be\nheld in memory.")
        if image.shape[1] == 17:
            raise KeyboardInterrupt
        for done in range(1, 4):
            if progress is not None:
                progress(done, 3)
        return image.repeat(4, axis=0).repeat(4, axis=1)


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    models, enhance = ModuleType("cf_esrt.models"), ModuleType("cf_esrt.enhance")
    models.names = lambda: ("cf-esrt", "bicubic")  # type: ignore[attr-defined]
    models.describe = models.find = describe  # type: ignore[attr-defined]
    enhance.Enhancer = FakeEnhancer  # type: ignore[attr-defined]
    for name, module in (("models", models), ("enhance", enhance)):
        monkeypatch.setitem(sys.modules, f"cf_esrt.{name}", module)
        monkeypatch.setattr(cf_esrt, name, module, raising=False)
    monkeypatch.setattr(FakeEnhancer, "asked", [])
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")  # the command line sets it for its whole process


def picture(path: Path, width: int = 12, height: int = 9, seed: int = 0) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photo.png_bytes(pixels))
    return pixels


def run(*arguments: object) -> int:
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as left:
        return int(left.code or 0)


def error_lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What stands on standard error, without the notes on photographs that are done."""
    return [line for line in capsys.readouterr().err.splitlines() if ": note: " not in line]


def test_files_and_folders(tmp_path, capsys):
    one = picture(tmp_path / "one.jpg")
    two = picture(tmp_path / "folder" / "two.PNG", seed=2)
    picture(tmp_path / "folder" / "deeper" / "three.png")
    (tmp_path / "folder" / "._two.png").write_text("another program's file")
    out = tmp_path / "new" / "out"
    assert run("enhance", tmp_path / "one.jpg", tmp_path / "folder", "-o", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["one.png", "two.png"]
    for name, pixels in (("one", one), ("two", two)):
        assert np.array_equal(photo.read(out / f"{name}.png").pixels, pixels.repeat(4, 0).repeat(4, 1))
    written = capsys.readouterr()
    assert len(written.out.splitlines()) == 2
    assert all(": note: " in line for line in written.err.splitlines())
    assert f"{tmp_path / 'folder'}: note: Folders in it were not looked into (1)" in written.err


def test_every_format_is_found_in_a_folder(tmp_path):
    folder, out = tmp_path / "folder", tmp_path / "out"
    folder.mkdir()
    writers = {"jpeg": jpeg, "png": png, "webp": webp, "tif": tiff, "heic": heic, "dcm": dicom}
    for suffix, make in writers.items():
        (folder / f"{suffix}.{suffix}").write_bytes(make())
    assert run("enhance", folder, "-o", out) == 0
    assert {path.stem for path in out.iterdir()} == set(writers)


def test_options_reach_the_model_and_the_text(tmp_path):
    picture(tmp_path / "a.png")
    options = ("--model", "cf-esrt", "--detail", "0.25", "--device", "cpu", "--tile", "32", "--engine", "torch")
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out", *options, "--self-ensemble") == 0
    assert FakeEnhancer.asked == [("cf-esrt", "cpu", 32, "torch", True)]
    with Image.open(tmp_path / "out" / "a.png") as result:
        assert result.info["Software"] == f"CF-ESRT {cf_esrt.__version__}"
        assert result.info["Model"] == "cf-esrt"
        assert result.info["Checkpoint SHA-256"] == "ab" * 32
        assert result.info["Detail"] == "0.25"
        assert result.info["Engine"] == "torch, float32"
        notice = (
            "Research demonstration. Not a medical device. Not for diagnosis or treatment. Added detail may be false."
        )
        assert result.info["Disclaimer"] == notice
        assert not any(str(tmp_path) in str(value) for value in result.info.values())


def test_the_detail_setting_is_the_pages_where_none_is_given(tmp_path):
    picture(tmp_path / "a.png")
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out", "--model", "cf-esrt") == 0
    with Image.open(tmp_path / "out" / "a.png") as result:
        assert result.info["Detail"] == "0.4"


def test_models_of_one_stage_claim_no_detail_setting(tmp_path):
    picture(tmp_path / "a.png")
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out", "--model", "bicubic") == 0
    with Image.open(tmp_path / "out" / "a.png") as result:
        assert result.info["Detail"] == "not a setting of this model"


def test_bad_inputs_cost_one_line_each_and_the_others_are_done(tmp_path, capsys):
    picture(tmp_path / "good.png")
    picture(tmp_path / "refused.png", width=13)
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    (tmp_path / "empty").mkdir()
    names = ["bad.jpg", "refused.png", "absent.png", "empty", "good.png"]
    out = tmp_path / "out"
    assert run("enhance", *(tmp_path / name for name in names), "-o", out) == 2
    assert [path.name for path in out.iterdir()] == ["good.png"]
    lines = error_lines(capsys)
    assert len(lines) == 4
    for name in names[:-1]:
        assert [line for line in lines if line.startswith(f"{tmp_path / name}: ") and line.endswith(".")]


def test_inputs_with_one_stem_keep_apart(tmp_path):
    seen = {
        name: picture(tmp_path / name, seed=seed)
        for seed, name in enumerate(["x/a.png", "y/a.jpg", "y/A.webp", "a-2.png"])
    }
    for _ in range(2):  # the same command again writes the same names
        assert run("enhance", *(tmp_path / name for name in [*seen, "x/a.png"]), "-o", tmp_path / "out") == 0
        expected = {"x/a.png": "a.png", "y/a.jpg": "a-3.png", "y/A.webp": "A-4.png", "a-2.png": "a-2.png"}
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(expected.values())
        for name, result in expected.items():
            assert np.array_equal(photo.read(tmp_path / "out" / result).pixels[::4, ::4], seen[name])


def test_an_input_is_never_overwritten(tmp_path, capsys):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.jpg")
    before = (tmp_path / "a.png").read_bytes()
    assert run("enhance", tmp_path / "a.png", tmp_path / "b.jpg", "-o", tmp_path) == 2
    assert (tmp_path / "a.png").read_bytes() == before
    assert (tmp_path / "b.png").exists()
    assert "choose another folder" in error_lines(capsys)[0]


def test_a_result_that_cannot_be_written(tmp_path, capsys):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png")
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    assert run("enhance", tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path / "out") == 2
    assert len(error_lines(capsys)) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]


def test_output_folder_that_is_a_file(tmp_path, capsys):
    picture(tmp_path / "a.png")
    (tmp_path / "out").write_text("mine")
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out") == 2
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out" / "below") == 2
    assert len(error_lines(capsys)) == 2
    assert (tmp_path / "out").read_text() == "mine"


def test_unwritable_output_folder(tmp_path, capsys, monkeypatch):
    picture(tmp_path / "a.png")
    monkeypatch.setattr(commands.os, "access", lambda *_: False)  # root may write anywhere
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out") == 2
    assert "cannot be written to" in error_lines(capsys)[0]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("paint",),
        ("enhance",),
        ("enhance", "a.png"),
        *(("enhance", "a.png", "-o", "out", "--detail", bad) for bad in ("1.5", "-0.1", "nan", "much")),
        *(("enhance", "a.png", "-o", "out", "--tile", bad) for bad in ("3", "0", "33", "-64", "big", "100000")),
        ("enhance", "a.png", "-o", "out", "--model", "best"),
        ("enhance", "a.png", "-o", "out", "--model", "bicubic", "--detail", "0.5"),
        ("enhance", "a.png", "-o", "out", "--device", "tpu"),
        ("enhance", "a.png", "-o", "out", "--device", "cuda"),
    ],
    ids=" ".join,
)
def test_bad_arguments_cost_one_sentence(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    (line,) = error_lines(capsys)
    assert line.startswith("error: ")
    assert line.endswith(".")
    assert not list(tmp_path.iterdir())


def test_stopped_by_the_user(tmp_path, capsys):
    picture(tmp_path / "a.png")
    picture(tmp_path / "b.png", width=17)
    assert run("enhance", tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path / "out") == 130
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
    assert len(error_lines(capsys)) == 1


def test_progress_bars_on_a_terminal(tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    picture(tmp_path / "a.png")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run("enhance", tmp_path / "a.png", "-o", tmp_path / "out") == 0
    assert "photographs" in terminal.getvalue()
    assert "1/1" in terminal.getvalue()


def test_info(capsys):
    assert run("info", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [model["name"] for model in found] == ["cf-esrt", "bicubic"]
    assert found[0]["checkpoint"] == "fake.safetensors"
    assert {"parameters", "licence", "sha256", "scores"} <= found[0].keys()
    assert found[0]["scores"] == {"PSNR": 30.123456, "LPIPS": None}
    assert run("info") == 0
    text = capsys.readouterr().out
    assert "1,234" in text
    assert "Apache-2.0" in text
    assert "ab" * 32 in text
    assert "PSNR 30.12" in text
    assert "samples 12" in text
    assert "legs" not in text  # a page of Python; --json has it


def test_info_lists_the_others_where_one_checkpoint_is_missing(capsys, monkeypatch):
    def missing(name: str) -> FakeDescriptor:
        if name == "cf-esrt":
            raise FakeError("There is no checkpoint.")
        return describe(name)

    monkeypatch.setattr(sys.modules["cf_esrt.models"], "describe", missing)
    assert run("info", "--json") == 2
    written = capsys.readouterr()
    assert [model["name"] for model in json.loads(written.out)] == ["bicubic"]
    assert written.err == "cf-esrt: There is no checkpoint.\n"


def test_version_and_help(capsys):
    assert run("--version") == 0
    assert cf_esrt.__version__ in capsys.readouterr().out
    assert run("--help") == 0
    assert photo.NOTICE in " ".join(capsys.readouterr().out.split())
    assert run("enhance", "--help") == 0
    assert photo.READ in " ".join(capsys.readouterr().out.split())


def test_help_does_not_wait_for_the_networks():
    code = (
        "import sys\nfrom cf_esrt.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'torch', 'cv2', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], env=_environment(), check=True, stdout=subprocess.DEVNULL)


def test_the_real_bicubic_model_in_its_own_process(tmp_path):
    pixels = picture(tmp_path / "a.png", width=24, height=16)
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    command = [
        sys.executable,
        "-m",
        "cf_esrt",
        "enhance",
        "a.png",
        "bad.jpg",
        "-o",
        "out",
        "--model",
        "bicubic",
    ]
    done = subprocess.run(  # bicubic interpolation learned from nothing, so there are no notes
        command, cwd=tmp_path, env=_environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("bad.jpg: ")
    result = photo.read(tmp_path / "out" / "a.png").pixels
    expected = Image.fromarray(pixels).resize((96, 64), Image.Resampling.BICUBIC)
    assert np.abs(result.astype(int) - np.array(expected)).max() <= 1


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
