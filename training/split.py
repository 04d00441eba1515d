"""Divide a data set into training and held-out photographs, no lesion and no patient on both sides.

    python -m training.split ISIC2019/ -o ISIC2019/split.json        # 80/20 by lesion
    python -m training.split photos/ -o split.json --layout tree     # a folder and all below it

A configuration then names the sides: ``data.train: [ISIC2019/split.json#train]``. The file holds the SHA-256 of every
photograph, which is compared when the file is read.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from training.config import ConfigError
from training.data import LAYOUTS, make_split, write_split


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.split", description="Divide a data set by lesion.")
    parser.add_argument("folder", type=Path, help="where the data set lies")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the split, as JSON")
    names = [layout.name for layout in LAYOUTS]
    parser.add_argument("--layout", choices=names, help="instead of the one that is found")
    parser.add_argument("--held-out", type=float, default=0.2, metavar="SHARE", help="of the photographs (0.2)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        split = make_split(options.folder, options.layout, options.held_out, options.seed)
        write_split(split, options.output)
    except (ConfigError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.output}: {options.folder} in the layout {split.layout}, seed {split.seed}")
    for side, counts in split.counts().items():
        print(f"  {side}: " + ", ".join(f"{number} {what}" for what, number in counts.items()))
    if not any(entry.lesion or entry.patient for entry in split.entries):
        print("  lesions are not known here: every photograph counted as a lesion of its own")
    return 0


if __name__ == "__main__":
    sys.exit(main())
