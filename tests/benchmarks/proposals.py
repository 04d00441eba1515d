"""Whether the boxes that the page proposes lie on the lesions: of photographs whose lesions' middles are known.

    python -m tests.benchmarks.proposals [../shared/data/ham10000/test]

The folder's first 50 files by name; the middles were marked by eye on them, at 198 × 148 pixels.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from cf_esrt import photo
from cf_esrt.interface.preview.proposals import propose

MARKED = 198, 148
"""Width and height of the pictures that the middles were marked on."""
MIDDLES = (
    (100, 85), (105, 86), (95, 85), (100, 65), (110, 73), (100, 73), (95, 75), (100, 72), (97, 70), (107, 75),
    (80, 75), (95, 70), (95, 72), (112, 72), (90, 95), (98, 75), (88, 75), (100, 72), (90, 65), (95, 80),
    (105, 80), (100, 50), (98, 78), (90, 55), (65, 45), (85, 62), (95, 65), (108, 75), (80, 92), (110, 80),
    (75, 70), (102, 73), (115, 80), (98, 82), (110, 70), (92, 72), (85, 72), (75, 78), (90, 72), (115, 82),
    (100, 68), (80, 92), (73, 115), (100, 75), (107, 65), (78, 92), (93, 95), (95, 65), (105, 70), (90, 60),
)  # fmt: skip
"""Of each file's lesion, from the left and from the top."""


def outcome(file: Path, middle: tuple[int, int]) -> str:
    """What became of one photograph's first box."""
    pixels = photo.read(file).pixels
    boxes = propose(pixels)
    if not boxes:
        return "no box"
    x, y = (at * whole / marked for at, whole, marked in zip(middle, pixels.shape[1::-1], MARKED, strict=True))
    box = boxes[0]
    held = box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
    return "the middle is in the first box" if held else "the first box lies elsewhere"


def main() -> None:
    """Count what became of the photographs."""
    parser = argparse.ArgumentParser(description="Whether the proposed boxes lie on the lesions.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/data/ham10000/test"))
    files = sorted(parser.parse_args().folder.glob("*.jpg"))[: len(MIDDLES)]
    if len(files) < len(MIDDLES):
        parser.error(f"there are only {len(files)} photographs, not {len(MIDDLES)}")
    found = {file.stem: outcome(file, middle) for file, middle in zip(files, MIDDLES, strict=True)}
    for words, number in Counter(found.values()).most_common():
        print(f"{number} of {len(files)}: {words}")
        if number < 10:
            print("  " + " ".join(name for name, one in found.items() if one == words))


if __name__ == "__main__":
    main()
