"""Does it help the next step? How far two segmentations of a result agree with those of the ground truth.

    python -m training.analyses.next_step --models bicubic esrt cf-esrt --data ../shared/data/isic_cc0/val --limit 24

The lesion (Otsu's threshold on the distance from the skin's colour) and the hairs (black top-hat, as DullRazor finds
them: Lee et al. 1997). Neither learns, so that no labels are needed, which the CC0 photographs do not have. Agreement:
Dice, 0..1; photographs whose truth has none are left out.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from cf_esrt.enhance import EnhanceError
from training.arguments import add_engine
from training.evaluation.bootstrap import resampled_means
from training.evaluation.evaluate import check_inputs
from training.evaluation.kept import Kept
from training.evaluation.methods import Photographs, Row, load_rows, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.evaluation.results import ResultsError
from training.evaluation.texts import table_header, table_row

HAIR, HAIR_LEVELS = 17, 12
"""Side in pixels of the lines that close over a hair, and grey levels by which a hair is darker than what is left."""
LEAST = 0.002
"""Share of the picture that a segmentation of the truth takes, at least."""


def lesion(picture: np.ndarray) -> np.ndarray:
    """RGB uint8 H×W×3 → where it differs from its most frequent colour, bool H×W."""
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 2), cv2.COLOR_RGB2LAB).astype(np.float32)
    lightness = lab[..., 0].astype(np.uint8)
    bright = lightness >= np.percentile(lightness, 60)  # skin is lighter than a lesion, nearly always
    distance = np.linalg.norm(lab - np.median(lab[bright], 0), axis=2).clip(0, 255).astype(np.uint8)
    level, _ = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return distance > level


def hairs(picture: np.ndarray) -> np.ndarray:
    """RGB uint8 H×W×3 → where dark lines are, bool H×W."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    slope = np.eye(HAIR, dtype=np.uint8)
    lines = [np.ones((1, HAIR), np.uint8), np.ones((HAIR, 1), np.uint8), slope, slope[::-1].copy()]
    hats = [cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, line) for line in lines]
    return np.max(hats, 0) >= HAIR_LEVELS


SEGMENTATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"lesion": lesion, "hairs": hairs}


def dice(found: np.ndarray, wanted: np.ndarray) -> float:
    """Twice the area of both over the sum of the areas: 1 for equal masks. NaN for a truth with less than `LEAST`."""
    if wanted.mean() < LEAST:
        return float("nan")
    return 2 * float((found & wanted).sum()) / float(found.sum() + wanted.sum())


def agreements(
    rows: Sequence[Row], photographs: Photographs, protocol: Protocol, kept: Kept | None
) -> dict[tuple[str, str], np.ndarray]:
    """(label, segmentation) → one Dice a photograph. ResultsError where no photograph is whole."""
    found: dict[tuple[str, str], list[float]] = {}
    for path in tqdm(photographs.files, desc=f"{photographs.name} {protocol.name}", mininterval=5, disable=None):
        truth = load_truth(path, protocol)
        if truth is None:
            continue
        wanted = {name: segment(truth.image) for name, segment in SEGMENTATIONS.items()}
        for label, picture in pictures(rows, truth.low, path.stem, kept):
            for name, segment in SEGMENTATIONS.items():
                found.setdefault((label, name), []).append(dice(segment(picture), wanted[name]))
    if not found:
        raise ResultsError(f"None of the photographs of {photographs.name} could be decoded.")
    return {key: np.array(values) for key, values in found.items()}


def table(found: dict[tuple[str, str], np.ndarray]) -> list[str]:
    """A row a model: the mean Dice, and its difference from the first model's, paired, with 95% intervals."""
    labels = list(dict.fromkeys(label for label, _ in found))
    headings = [heading for name in SEGMENTATIONS for heading in (f"{name}: Dice", f"{name}: to {labels[0]}")]
    lines = table_header(["model", *headings])
    for label in labels:
        cells = [label]
        for name in SEGMENTATIONS:
            whole = np.isfinite(found[label, name])
            own, first = found[label, name][whole], found[labels[0], name][whole]
            cells += [_interval(own, ""), "–" if label == labels[0] else _interval(own - first, "+")]
        lines.append(table_row(cells))
    return lines


def _interval(values: np.ndarray, sign: str) -> str:
    if not len(values):
        return "–"
    low, high = np.percentile(resampled_means(values[:, None])[:, 0], [2.5, 97.5])
    return f"{values.mean():{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]".replace("-", "−")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.next_step", description="Agreement of segmentations with the truth's."
    )
    parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="as training.evaluation has")
    parser.add_argument("--data", nargs="+", required=True, metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256"])
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs of each set")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_engine(parser)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep networks' pictures there, or take them")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        rows = load_rows(options.models, options.device, engine=options.engine)
        sets = [Photographs.of(source, options.limit) for source in options.data]
        check_inputs(rows, sets, options.protocol, [])
        kept = None if options.keep is None else Kept(options.keep)
        for photographs in sets:
            for name in options.protocol:
                found = agreements(rows, photographs, PROTOCOLS[name], kept)
                seen = {part: int(np.isfinite(found[rows[0].label, part]).sum()) for part in SEGMENTATIONS}
                counts = ", ".join(f"{count} photographs with {part}" for part, count in seen.items())
                print(f"**{photographs.name}, {name}**, {counts}", "", *table(found), "", sep="\n")
    except (ValueError, FileNotFoundError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
