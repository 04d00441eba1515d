"""Check the estimate of effective resolution on photographs of known blur (`cf_esrt.fidelity.effective_resolution`).

``python -m training.analyses.resolution --data ../shared/data/isic_cc0/val``: each photograph is shrunk to a third,
where it is sharp, then enlarged from a known size or blurred by a known Gaussian: as it is, as a camera's JPEG would
hold it, with strong noise, and with strong JPEG. Printed: the estimates' median and range, how many of the intervals
hold the truth (of enlarged photographs, where it is known), and of how many the page says that it cannot be told.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cf_esrt.fidelity.effective_resolution import EffectiveResolution, effective_resolution

SHARP = 3
"""Times that a photograph is shrunk, after which it is sharp to its pixels."""
ENLARGED = (1.5, 2.0, 3.0, 4.0)
BLURRED = (0.6, 1.0, 1.6, 2.5)
"""Standard deviations in pixels."""


def sharp(path: Path) -> np.ndarray:
    """A photograph that is sharp to its pixels."""
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB").reduce(SHARP))


def enlarged(image: np.ndarray, times: float) -> np.ndarray:
    """The photograph as a smaller one, enlarged to the same size by bicubic interpolation, would look."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (round(width / times), round(height / times)), interpolation=cv2.INTER_AREA)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def blurred(image: np.ndarray, deviation: float) -> np.ndarray:
    """Blurred by a Gaussian of a standard deviation in pixels."""
    return cv2.GaussianBlur(image, (0, 0), deviation)


def taken(image: np.ndarray, noise: float = 8.0, quality: int = 80) -> np.ndarray:
    """As a camera's JPEG: noise that neighbouring pixels share, so that 0.4 × ``noise`` levels are left, and JPEG."""
    rng = np.random.default_rng(image.shape[0])
    drawn = cv2.GaussianBlur(rng.normal(0, noise, image.shape).astype(np.float32), (0, 0), 0.7)
    file = io.BytesIO()
    Image.fromarray(np.clip(image + drawn, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


TAKEN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "": lambda image: image,
    ", noise and JPEG": taken,
    ", strong noise and JPEG": lambda image: taken(image, 24.0),
    ", strong JPEG": lambda image: taken(image, 0.0, 50),
}
"""How a camera may store it."""


def estimates(images: Sequence[np.ndarray], change: Callable[[np.ndarray], np.ndarray]) -> list[EffectiveResolution]:
    """Of those that hold enough to tell."""
    found = (effective_resolution(change(image)) for image in images)
    return [one for one in found if one is not None]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.resolution", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of large, sharp photographs")
    images = [sharp(path) for path in sorted(parser.parse_args(arguments).data.iterdir())]
    rows: list[tuple[str, float | None, Callable[[np.ndarray], np.ndarray]]] = [("sharp", 1.0, lambda image: image)]
    rows += [(f"enlarged ×{times:g}", times, lambda image, times=times: enlarged(image, times)) for times in ENLARGED]
    rows += [(f"blurred, σ {sigma:g} px", None, lambda image, sigma=sigma: blurred(image, sigma)) for sigma in BLURRED]
    print("| photograph | median, px | 5% to 95% | truth in the interval | cannot be told |\n|---|---|---|---|---|")
    for how, store in TAKEN.items():
        for name, truth, change in rows:
            found = estimates(images, lambda image, change=change, store=store: store(change(image)))
            low, middle, high = np.percentile([one.pixels for one in found], (5, 50, 95))
            held = "" if truth is None else f"{np.mean([holds(one, truth) for one in found]):.0%}"
            hidden = np.mean([one.hidden_by is not None for one in found])
            print(f"| {name}{how} | {middle:.2f} | {low:.2f} to {high:.2f} | {held} | {hidden:.0%} |", flush=True)
    return 0


def holds(found: EffectiveResolution, truth: float) -> bool:
    """Whether the truth, in pixels, lies in an estimate's interval."""
    low, high = found.interval
    return low <= truth <= high


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
