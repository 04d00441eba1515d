"""How near simulated camera inputs come to real photographs: spectra, sharpness, JPEG blocks and noise.

    python -m training.analyses.camera_match --real ../shared/data/pad_ufes_20 ../shared/data/milk10k/clinical \\
        --truth ../shared/data/isic_cc0/val

Prints a table: for real photographs, and for the truths through each simulation, the median power spectrum (log10,
rings of windows of 64×64, over the power near the lowest frequencies) and the quantiles 0.1, 0.5 and 0.9 of
`cf_esrt.fidelity.properties`. The ranges of `training.degradation.phone` were set by hand on this table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from cf_esrt.fidelity import properties
from training.config import ConfigError
from training.data import decode, list_images
from training.data.images import to_image, to_tensor
from training.degradation import SCALE, Clinical, shrink_clinical
from training.degradation.camera import photograph

WINDOW = 64
RINGS = (8, 12, 16, 20, 24, 28, 32)
"""Of a window's spectrum, in cycles a window; 32 is the finest that pixels hold."""
LARGEST = 512
"""Pixels a side of a photograph that are looked at."""


def spectrum(image: np.ndarray) -> np.ndarray:
    """RGB uint8 H×W×3, sides ≥ 64 → log10 of the median window's ring powers over its power at rings 2 to 4."""
    luma = image[:LARGEST, :LARGEST].astype(float) @ [0.299, 0.587, 0.114]
    hann = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    frequency = np.fft.fftfreq(WINDOW) * WINDOW
    ring = (np.hypot(frequency[:, None], frequency[None]) + 0.5).astype(int).ravel()
    rows = []
    for top in range(0, luma.shape[0] - WINDOW + 1, WINDOW):
        for left in range(0, luma.shape[1] - WINDOW + 1, WINDOW):
            window = luma[top : top + WINDOW, left : left + WINDOW]
            power = np.abs(np.fft.fft2((window - window.mean()) * hann)) ** 2
            rows.append(np.bincount(ring, power.ravel()) / np.bincount(ring))
    median = np.median(rows, 0)
    return np.log10(median / median[2:5].mean())


def row(name: str, images: Iterable[np.ndarray]) -> str:
    """A line of the table."""
    kept = [image for image in images if min(image.shape[:2]) >= WINDOW]
    powers = np.median([spectrum(image) for image in kept], 0)[list(RINGS)]
    measured = [properties.measure(image) for image in kept]
    cells = [f"{power:+.2f}" for power in powers]
    for key in ("sharpness", "blockiness", "noise"):
        values = [value for one in measured if (value := getattr(one, key)) is not None]
        cells.append(" ".join(f"{quantile:.2f}" for quantile in np.quantile(values, [0.1, 0.5, 0.9])))
    return f"| {name} ({len(kept)}) | {' | '.join(cells)} |"


def simulated(truths: list[np.ndarray], phones: float) -> list[np.ndarray]:
    """The truths as training's camera inputs, none of them clean."""
    ranges = Clinical(clean=0.0, phones=phones)
    return [to_image(shrink_clinical(to_tensor(one), [number], ranges)) for number, one in enumerate(truths)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.camera_match", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--real", type=Path, nargs="+", required=True, help="folders of real photographs")
    parser.add_argument("--truth", type=Path, required=True, help="a folder of photographs to simulate inputs from")
    parser.add_argument("--most", type=int, default=60, help="photographs of a folder that are looked at (default: 60)")
    options = parser.parse_args(arguments)
    torch.set_grad_enabled(False)
    try:
        real = {folder: list_images([folder])[: options.most] for folder in options.real}
        names = list_images([options.truth])[: options.most]
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"| photographs | {' | '.join(f'{ring / WINDOW:.3f}' for ring in RINGS)} | sharpness | blockiness | noise |")
    print("|---" * (len(RINGS) + 4) + "|")
    for folder, files in real.items():
        print(row(folder.name, [image for image in map(decode, files) if image is not None]))
    truths = [
        image[: image.shape[0] // SCALE * SCALE, : image.shape[1] // SCALE * SCALE]
        for image in map(decode, names)
        if image is not None
    ]
    print(row("simulated: phone", simulated(truths, 1.0)))
    print(row("simulated: clinical", simulated(truths, 0.0)))
    print(row("simulated: camera256 (evaluation)", [photograph(one, str(number)) for number, one in enumerate(truths)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
