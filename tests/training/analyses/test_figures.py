"""Comparison grids: every pixel of the PNG's details is one of the result's, and captions are the details' scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cf_esrt.fidelity import low_resolution_consistency
from tests.training.helpers import lpips_of, picture, write_photographs
from training.analyses import figures as command
from training.analyses.drawing import write_figure
from training.analyses.figures import main
from training.analyses.grid import PANEL, Box, Panel, Row, central_box, draw, enlarged, fitted


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building LPIPS takes a second: torchvision draws all of AlexNet's weights before ours are read."""
    monkeypatch.setattr(command, "LPIPS", lpips_of)


def holds(page: np.ndarray, part: np.ndarray) -> bool:
    """Whether the part stands somewhere on the page, pixel for pixel."""
    corner = (page[: -part.shape[0] + 1, : -part.shape[1] + 1] == part[0, 0]).all(2)
    return any(np.array_equal(page[y : y + part.shape[0], x : x + part.shape[1]], part) for y, x in np.argwhere(corner))


def test_details_are_drawn_pixel_for_pixel(tmp_path: Path) -> None:
    box = Box(32, 16, 64, 48)
    images = [picture(200, 256, seed) for seed in (1, 2)]
    panels = tuple(Panel(f"method {n}", image, box.of(image), caption="1 dB") for n, image in enumerate(images))
    written = write_figure(draw([Row("a", box, panels), Row("b", box, panels[::-1])], "footer"), tmp_path / "figure")
    page = np.array(Image.open(written[0]).convert("RGB"))
    for image in images:
        assert holds(page, box.of(image).repeat(4, 0).repeat(4, 1))
        assert holds(page, image[:12])  # the whole picture as it is, above the box's outline
    assert written[1].read_bytes().startswith(b"%PDF")


def test_the_same_pictures_give_the_same_files(tmp_path: Path) -> None:
    box, image = central_box(128, 128), picture(128, 128)
    for name in ("first", "second"):
        write_figure(draw([Row("a", box, (Panel("m", image, box.of(image)),))], "footer"), tmp_path / name)
    for suffix in (".png", ".pdf"):
        assert (tmp_path / f"first{suffix}").read_bytes() == (tmp_path / f"second{suffix}").read_bytes()


@given(st.integers(4, 600), st.integers(4, 600))
def test_what_is_shown_fits_a_panel(height: int, width: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    shown = fitted(image)
    assert max(shown.shape[:2]) <= PANEL
    assert max(shown.shape[:2]) > PANEL // 2 or max(height, width) > PANEL
    if max(height, width) <= PANEL:
        factor = shown.shape[0] // height
        assert shown.shape == (height * factor, width * factor, 3)


@given(st.integers(32, 3000), st.integers(32, 3000))
def test_the_central_box_fits_and_is_central(height: int, width: int) -> None:
    box = central_box(height, width)
    box.check(height, width)
    assert abs(2 * box.left + box.width - width) <= 8
    assert abs(2 * box.top + box.height - height) <= 8


@pytest.mark.parametrize("box", [Box(0, 0, 30, 64), Box(2, 0, 64, 64), Box(224, 0, 64, 64), Box(-4, 0, 64, 64)])
def test_a_box_that_does_not_fit_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match="detail box"):
        box.check(256, 256)


def test_a_box_finds_the_inputs_detail() -> None:
    low = picture(64, 64)
    high = low.repeat(4, 0).repeat(4, 1)
    box = Box(32, 64, 96, 64)
    np.testing.assert_array_equal(enlarged(box.of(low, 4), 96), box.of(high))


def test_figure_3_has_scores_of_the_detail(tmp_path: Path, alexnet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_photographs(tmp_path / "set", [(256, 300), (280, 256)])
    arguments = ["--models", "bicubic", "plain=bicubic", "--data", str(tmp_path / "set"), "--protocol", "patch256"]
    arguments += ["--photo", "photo1", "photo0.png", "--detail-box", "64", "96", "64", "64", "--device", "cpu"]
    assert main([*arguments, "--lpips-weights", str(alexnet), "-o", str(tmp_path / "out" / "figure3.png")]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "out" / f"figure3.{s}") for s in ("png", "pdf", "json")]
    record = json.loads((tmp_path / "out" / "figure3.json").read_text())
    assert [row["photograph"] for row in record["rows"]] == ["photo1, patch256", "photo0, patch256"]
    truth = np.array(Image.open(tmp_path / "set" / "photo1.png"))[12:268]
    small = Image.fromarray(truth).resize((64, 64), Image.Resampling.BICUBIC)
    bicubic = np.array(small.resize((256, 256), Image.Resampling.BICUBIC))[96:160, 64:128]
    error = np.mean((bicubic.astype(float) - truth[96:160, 64:128]) ** 2)
    panels = record["rows"][0]["panels"]
    assert list(panels) == ["Ground truth", "Input", "Bicubic", "plain"]
    assert panels["Bicubic"].startswith(f"{10 * np.log10(255**2 / error):.2f} dB / 0.")
    page = np.array(Image.open(tmp_path / "out" / "figure3.png").convert("RGB"))
    assert holds(page, bicubic.repeat(4, 0).repeat(4, 1))


def test_figure_4_enlarges_the_photograph_itself(tmp_path: Path) -> None:
    write_photographs(tmp_path / "set", [(120, 90)])
    photo = np.array(Image.open(tmp_path / "set" / "photo0.png"))
    arguments = ["--clinical", "--models", "bicubic", "--data", str(tmp_path / "set"), "--photo", "photo0"]
    assert main([*arguments, "--input-box", "10", "20", "64", "48", "-o", str(tmp_path / "figure4")]) == 0
    low = photo[20:68, 10:74]
    result = np.array(Image.fromarray(low).resize((256, 192), Image.Resampling.BICUBIC))
    record = json.loads((tmp_path / "figure4.json").read_text())
    assert record["rows"][0]["panels"]["Bicubic"] == f"{low_resolution_consistency(result, low):.1f} dB"
    page = np.array(Image.open(tmp_path / "figure4.png").convert("RGB"))
    box = Box(*record["rows"][0]["box"].values())
    assert holds(page, box.of(result).repeat(4, 0).repeat(4, 1))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--photo": "photo7"}, "photo7"),
        ({"--photo": "broken"}, "damaged"),
        ({"--data": "nowhere"}, "nowhere"),
        ({"--models": "dalle"}, "dalle"),
        ({"--detail-box": "0 0 20 20"}, "detail box"),
        ({"--lpips-weights": "nowhere.safetensors"}, "nowhere.safetensors"),
        ({"--clinical": "", "--input-box": "0 0 4000 64"}, "input box"),
        ({"--clinical": "", "--input-box": "-8 0 64 64"}, "input box"),
        ({"--photo": "tiny"}, "tiny.png (40 × 40)"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, alexnet: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], message: str
) -> None:
    write_photographs(tmp_path / "set", [(256, 256)])
    Image.fromarray(picture(40, 40)).save(tmp_path / "set" / "tiny.png")
    (tmp_path / "set" / "broken.png").write_bytes(b"no picture")
    options = {"--data": str(tmp_path / "set"), "--photo": "photo0", "--models": "bicubic", "-o": str(tmp_path / "f")}
    options = options | {"--lpips-weights": str(alexnet)} | changed
    assert main([word for name, value in options.items() for word in (name, *value.split())]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message.lower() in error.lower()
    assert not (tmp_path / "f.png").exists()
