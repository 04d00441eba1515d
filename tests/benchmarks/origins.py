"""Where the page says that photographs come from, beside where they do.

    python -m tests.benchmarks.origins [../shared/data] [--each 40]

Of each source the first files by name. "Right": the choice that is made for the person names the device that took them;
"shrunk": they are taken for shrunk, since they show none of a camera's faults, whatever took them; "not told": by a
camera, and the page says that it cannot tell by which; "wrong": it names the other device. The last row: 100
photographs of isic_cc0/train shrunk to 256 pixels, for which "shrunk" is right.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from cf_esrt import photo
from cf_esrt.fidelity.degradation import Source, round_field
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.remarks import suggested_degradation

SOURCES: dict[str, Source] = {
    "ham10000/test": "dermatoscope",
    "isic_cc0/val": "dermatoscope",
    "milk10k/dermoscopic": "dermatoscope",
    "milk10k/clinical": "camera",
    "pad_ufes_20": "camera",
}
"""What took the photographs of each folder."""
SHRUNK = "isic_cc0/train"
OUTCOMES = ("right", "not told", "shrunk", "wrong")


def outcome(opened: photo.Photo, device: Source) -> str:
    """What the page would say of one photograph."""
    suggested = suggested_degradation(InputMeasures(opened.pixels), opened.metadata)
    said = replace(suggested, field=round_field(opened.pixels)).source
    if said == "shrunk":
        return "shrunk"
    return "not told" if said is None else "right" if said == device else "wrong"


def shrunk(file: Path) -> photo.Photo:
    """The photograph with a shorter side of 256 pixels, as a PNG would be read."""
    image = Image.fromarray(photo.read(file).pixels)
    share = 256 / min(image.size)
    size = round(share * image.width), round(share * image.height)
    return photo.read(photo.png_bytes(np.asarray(image.resize(size, Image.Resampling.BICUBIC))))


def main() -> None:
    """One row for each source."""
    parser = argparse.ArgumentParser(description="Where the page says that photographs come from.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--each", type=int, default=40, help="photographs of each source")
    given = parser.parse_args()
    print(f"| photographs | by | {' | '.join(OUTCOMES)} |\n|---|---|{'---|' * len(OUTCOMES)}")
    for name, device in SOURCES.items():
        files = sorted(path for path in (given.folder / name).glob("*") if path.is_file())[: given.each]
        if not files:
            parser.error(f"there are no photographs in {given.folder / name}")
        found = Counter(outcome(photo.read(file), device) for file in files)
        print(f"| {name} ({len(files)}) | {device} | {' | '.join(str(found[one]) for one in OUTCOMES)} |", flush=True)
    files = sorted((given.folder / SHRUNK).glob("*.jpg"))[:100]
    found = Counter(outcome(shrunk(file), "dermatoscope") for file in files)
    print(f"| {SHRUNK}, shrunk ({len(files)}) | program | {' | '.join(str(found[one]) for one in OUTCOMES)} |")


if __name__ == "__main__":
    main()
