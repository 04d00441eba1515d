"""Which networks a photograph's traces speak for: the surest trace decides, and a size says nothing."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from cf_esrt.fidelity import Properties, Range, ThresholdsError, measure
from cf_esrt.fidelity.degradation import (
    CONTRADICTIONS,
    REASONS,
    SOFT,
    TRACES,
    contradiction,
    faults,
    least_quality,
    read_traces,
    suggest,
)
from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.notices import thresholds
from cf_esrt.remarks import suggested_degradation
from training.analyses import traces
from training.evaluation.protocols import PROTOCOLS

EXAMPLES = sorted((Path(__file__).parents[2] / "assets" / "examples").glob("*.png"))
NONE = Range(None, None)
RANGES = {"sharpness": Range(0.5, 2.0), "blockiness": Range(None, 0.15), "noise": Range(None, 2.4),
          "size": Range(64, 256), "saturation": NONE, "white": NONE, "black": NONE}  # fmt: skip
SHRUNK = Properties(1.0, 0.1, 1.0, 200, 0.5, 0.0, 0.0)


@pytest.mark.parametrize(
    ("found", "how", "degradation", "trace"),
    [
        (SHRUNK, {}, "bicubic", "none"),
        (SHRUNK, {"quality": 95}, "bicubic", "none"),
        (SHRUNK, {"quality": 94}, "camera", "jpeg"),
        (SHRUNK, {"phone": True, "quality": 94}, "camera", "phone"),
        (replace(SHRUNK, blockiness=0.2, sharpness=0.3), {}, "camera", "blockiness"),
        (replace(SHRUNK, sharpness=0.3, noise=3.0), {}, "camera", "sharpness"),
        (replace(SHRUNK, sharpness=2.5), {}, "bicubic", "none"),  # sharper than shrunk ones is no camera's fault
        (replace(SHRUNK, noise=3.0, size=600), {}, "camera", "noise"),
        (replace(SHRUNK, size=600), {"quality": 100}, "bicubic", "none"),  # a lossless crop may be large
        (replace(SHRUNK, sharpness=None, blockiness=None, noise=None), {}, "bicubic", "none"),
    ],
)
def test_the_surest_trace_decides(found: Properties, how: dict, degradation: str, trace: str) -> None:
    suggested = suggest(found, RANGES, 95, **how)
    assert (suggested.degradation, suggested.trace) == (degradation, trace)
    assert "{" not in suggested.reason + suggested.short


def test_programs_hear_of_a_contradiction() -> None:
    blocky = suggest(replace(SHRUNK, blockiness=0.2), RANGES, 95)
    clean = suggest(SHRUNK, RANGES, 95)
    assert contradiction(blocky, "camera") is contradiction(clean, "bicubic") is None
    assert "stand out by 20%" in (contradiction(blocky, "bicubic") or "")
    assert "smooth true detail away" in (contradiction(clean, "camera") or "")
    assert set(CONTRADICTIONS) == {"bicubic", "camera"}


def test_a_jpegs_quality_is_read_from_its_header() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    for quality in (1, 30, 50, 75, 92, 100):
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "JPEG", quality=quality)
        assert photo.read(data.getvalue()).metadata.jpeg_quality == quality
    data = io.BytesIO()  # a table of a camera's own
    Image.fromarray(pixels).save(data, "JPEG", qtables=[[9] * 64, [9] * 64])
    assert 80 <= (photo.read(data.getvalue()).metadata.jpeg_quality or 0) <= 95
    assert photo.read(photo.png_bytes(pixels)).metadata.jpeg_quality is None


def test_the_committed_measurement_is_whole(tmp_path: Path) -> None:
    document = json.loads(TRACES.read_text("utf-8"))
    assert document["command"].startswith("python -m training.analyses.traces --data ../shared/data/isic_cc0/train ")
    assert read_traces(TRACES) == least_quality() == document["least_quality"]
    assert document["blocks_shown"][str(least_quality())] <= traces.SHARE
    assert set(document["counted"]["whole256, shrunk"]["traces"]) <= set(REASONS)
    for bad in ("", "[]", "{}", '{"least_quality": "95"}', '{"least_quality": 0}'):
        (tmp_path / "mine.json").write_text(bad)
        with pytest.raises(ThresholdsError, match=r"^mine\.json .*\.$"):
            read_traces(tmp_path / "mine.json")


def soft(measured: InputMeasures) -> bool:
    found = measured.resolution
    return found is not None and found.hidden_by is None and found.pixels > SOFT


def test_a_sharp_photograph_that_was_enlarged_is_no_shrunk_one() -> None:
    example = Image.open(EXAMPLES[0]).convert("RGB")
    size = example.width * 2, example.height * 2
    sharp = InputMeasures(np.asarray(example))
    enlarged = InputMeasures(np.asarray(example.resize(size, Image.Resampling.BICUBIC)))
    clean = photo.read(photo.png_bytes(sharp.pixels)).metadata
    assert suggested_degradation(sharp, clean).degradation == "bicubic"
    found = suggested_degradation(enlarged, clean)
    assert found.degradation == "camera"
    assert found.source is None


def test_softness_counts_only_where_it_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = measure(np.asarray(Image.open(EXAMPLES[0]).convert("RGB")))
    for resolution, degradation in [
        (None, "bicubic"),
        (EffectiveResolution(SOFT), "bicubic"),
        (EffectiveResolution(SOFT + 0.1), "camera"),
        (EffectiveResolution(SOFT + 0.1, clear=9.0), "bicubic"),  # noise may hide the detail
    ]:
        assert suggest(clean, thresholds(), 95, resolution=resolution).degradation == degradation


def test_real_photographs_start_where_they_belong(shared_data: Path) -> None:
    """Files in which a camera's faults show, and ground truths shrunk as in the paper. A photograph in which none shows
    is taken for shrunk, whatever its size: its person knows better, and is asked."""
    for name in ("pad_ufes_20", "ham10000/test"):
        for path in sorted((shared_data / name).iterdir())[::16]:
            opened = photo.read(path)
            measured = InputMeasures(opened.pixels)
            suggested = suggested_degradation(measured, opened.metadata)
            stored_well = (opened.metadata.jpeg_quality or 100) >= least_quality()
            faultless = stored_well and faults(measured.properties, thresholds()) is None and not soft(measured)
            assert suggested.degradation == ("bicubic" if faultless else "camera"), path.name
    shrunk = traces.inputs(sorted((shared_data / "isic_cc0" / "val").iterdir())[::10], "whole256")
    found = [suggest(measure(one), thresholds(), least_quality()).degradation for one in shrunk]
    assert found == ["bicubic"] * len(shrunk)


def test_the_command_measures_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "set" / "photographs"
    folder.mkdir(parents=True)
    random = np.random.default_rng(4)
    for number in range(2):
        coarse = Image.fromarray(random.integers(60, 200, (90, 80, 3), dtype=np.uint8))
        coarse.resize((320, 360), Image.Resampling.BICUBIC).save(folder / f"{number}.jpg", quality=60)
    target = tmp_path / "traces.json"
    assert traces.main(["--data", str(folder), "--camera", str(folder), "-o", str(target)]) == 0
    document = json.loads(target.read_text("utf-8"))
    assert read_traces(target) == document["least_quality"]
    assert document["counted"]["whole256, shrunk"]["photographs"] == 2
    as_they_are = document["counted"]["set/photographs, files as they are"]
    if document["least_quality"] > 60:
        assert as_they_are["traces"] == {"jpeg": 2}
    assert as_they_are["camera"] == 1
    assert "| camera256, by its pixels | 2 |" in capsys.readouterr().out
    assert traces.main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert PROTOCOLS.keys() >= {*traces.SHRUNK, *traces.CAMERA}
