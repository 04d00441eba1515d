"""Clinical photographs beside dermoscopy: the same lesions, by skin tone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.helpers import picture
from training.analyses import clinical
from training.evaluation.results import read


class Colours:
    """Features of the picture's own colours."""

    metric, kernel_metric, smallest = "frechet_efficientnet", "kid", 32

    def __call__(self, image: np.ndarray) -> np.ndarray:
        return image.reshape(4, -1, 3).mean(1).astype(np.float32)


@pytest.fixture
def milk(tmp_path: Path) -> Path:
    """Five lesions of tones 1, 1, 3, 3 and 5."""
    folder = tmp_path / "milk10k"
    lines = ["lesion,view,isic_id,skin_tone_class"]
    for number, tone in enumerate((1, 1, 3, 3, 5)):
        for view in ("clinical", "dermoscopic"):
            (folder / view).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture(256, 300, seed=number)).save(folder / view / f"IL_{number}.jpg", quality=60)
            lines.append(f"IL_{number},{view},ISIC_{number},{tone}")
    (folder / "lesions.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_lesions_are_taken_by_tone(milk: Path, tmp_path: Path) -> None:
    chosen, there = clinical.lesions(milk, 1)
    assert [(one.name, one.tone) for one in chosen] == [
        ("IL_0", "0 and 1 (darkest)"),
        ("IL_2", "3"),
        ("IL_4", "5 (lightest)"),
    ]
    assert dict(there) == {"0 and 1 (darkest)": 2, "3": 2, "5 (lightest)": 1}
    with pytest.raises(ValueError, match=r"lesions\.csv is no list"):
        clinical.lesions(tmp_path, 1)


def test_a_file_of_coarse_jpeg_is_a_cameras(milk: Path) -> None:
    assert clinical.suggestions(clinical.lesions(milk, 2)[0])["camera"] == 5


def test_the_report_has_both_parts_and_how_few_there_are(
    milk: Path, alexnet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinical, "load_features", lambda *_: [Colours()])
    options = ["--data", str(milk), "--clinical-models", "bicubic", "--models", "bicubic", "--device", "cpu"]
    assert clinical.main([*options, "--lpips-weights", str(alexnet), "-o", str(tmp_path / "report")]) == 0
    text = (tmp_path / "report.md").read_text()
    assert "the same 5 lesions" in text
    assert "KID, tone 0 and 1 (darkest): 2 of 2" in text
    assert "tone 5" not in text.split("\n")[2]  # one lesion alone is no set
    assert "The page suggests: camera for 5." in text
    rows = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    assert {"dermoscopic", "clinical, as it is", "bicubic"} <= rows.keys()
    assert [one.title for one in read(tmp_path / "report.json").sets] == [
        "milk10k/dermoscopic, skin tone 0 and 1 (darkest), whole256",
        "milk10k/dermoscopic, skin tone 3, whole256",
    ]
