"""Write a protocol's inputs as PNG, for another system to enlarge; its pictures are then a row of a table.

    python -m training.evaluation.inputs --data ../shared/data/isic_cc0/val --protocol patch256 -o runs/inputs
    another-system runs/inputs/isic_cc0-val-patch256 -o runs/another     # ×4, under the same names, lossless
    python -m training.evaluation.evaluate --models bicubic cf-esrt another=runs/another \\
        --data ../shared/data/isic_cc0/val --protocol patch256

One folder for each set and protocol, one file for each photograph, under its name. They are the very pixels that the
networks get.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from cf_esrt import photo
from training.config import ConfigError
from training.evaluation.evaluate import check_inputs
from training.evaluation.methods import Photographs, load_truth
from training.evaluation.protocols import PROTOCOLS, Protocol


def write_inputs(photographs: Photographs, protocol: Protocol, folder: Path) -> list[Path]:
    """The files written, in the photographs' order; damaged photographs are left out by name. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in photographs.files:
        truth = load_truth(file, protocol)
        if truth is not None:
            written.append(folder / f"{file.stem}.png")
            photo.save(written[-1], photo.png_bytes(truth.low))
    return written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.inputs", description="Write a protocol's inputs as PNG."
    )
    parser.add_argument("--data", nargs="+", required=True, metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256", "patch256"])
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        sets = [Photographs.of(source, options.limit) for source in options.data]
        check_inputs([], sets, options.protocol, [])
        for photographs in sets:
            for name in options.protocol:
                folder = options.output / photographs.folder_name(name)
                print(f"{folder}: {len(write_inputs(photographs, PROTOCOLS[name], folder))} pictures")
    except (ConfigError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
