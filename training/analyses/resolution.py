"""Check the estimate of effective resolution on photographs of known blur (`cf_esrt.fidelity.effective_resolution`).

``python -m training.analyses.resolution --data ../shared/data/isic_cc0/val``: each photograph is shrunk to a third,
where it is sharp, then enlarged from a known size or blurred by a known Gaussian, as it is and as a camera's JPEG would
hold it; the estimates' median and range are printed.
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

from cf_esrt.fidelity.effective_resolution import effective_resolution

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


def taken(image: np.ndarray) -> np.ndarray:
    """As a camera's JPEG: noise of 4 levels that neighbouring pixels share, and JPEG of quality 80."""
    rng = np.random.default_rng(image.shape[0])
    noise = cv2.GaussianBlur(rng.normal(0, 8, image.shape).astype(np.float32), (0, 0), 0.7)
    file = io.BytesIO()
    Image.fromarray(np.clip(image + noise, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=80)
    return np.asarray(Image.open(file))


def estimates(images: Sequence[np.ndarray], change: Callable[[np.ndarray], np.ndarray]) -> list[float]:
    """Of those that hold enough to tell."""
    found = (effective_resolution(change(image)) for image in images)
    return [one.pixels for one in found if one is not None]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.resolution", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of large, sharp photographs")
    images = [sharp(path) for path in sorted(parser.parse_args(arguments).data.iterdir())]
    rows: list[tuple[str, Callable[[np.ndarray], np.ndarray]]] = [("sharp", lambda image: image)]
    rows += [(f"enlarged ×{times:g}", lambda image, times=times: enlarged(image, times)) for times in ENLARGED]
    rows += [(f"blurred, σ {sigma:g} px", lambda image, sigma=sigma: blurred(image, sigma)) for sigma in BLURRED]
    rows += [(f"{name}, noise and JPEG", lambda image, change=change: taken(change(image))) for name, change in rows]
    print("| photograph | median, px | 5% to 95% |\n| --- | --- | --- |")
    for name, change in rows:
        low, middle, high = np.percentile(estimates(images, change), (5, 50, 95))
        print(f"| {name} | {middle:.2f} | {low:.2f} to {high:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
