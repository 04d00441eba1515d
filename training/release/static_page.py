"""The page that runs Live in a browser, as a folder that any web server, or a static Space, can hold.

    python -m training.release.static_page [--model FILE.safetensors] [FOLDER]

Without a folder the network is written into ``assets/static/model``, which makes that folder whole; with one, all
is copied there. The page is plain files: opened from a server, it asks for them once and for nothing after.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from cf_esrt import models, photo
from cf_esrt.files import save
from cf_esrt.interface.common import constants
from cf_esrt.models import ModelDescriptor
from training.release import onnx_files

SOURCES = Path(__file__).parents[2] / "assets" / "static"


def build(model: ModelDescriptor, folder: Path) -> onnx_files.Agreement:
    """Make ``folder`` the whole page. Errors as `onnx_files.write`'s; ValueError for a network that needs its input
    whole, which the page would cut into tiles."""
    if model.context is None:
        raise ValueError(f"The network {model.title} sees whole pictures: the page can run local ones only, as Live.")
    if folder.resolve() != SOURCES:
        shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("model"), dirs_exist_ok=True)
    found = onnx_files.write(model, folder / "model" / "live.onnx")
    about = {
        "name": model.name,
        "title": model.title,
        "summary": model.summary,
        "context": model.context,
        "labels": photo.labels(model=model.name, sha256=model.sha256, detail=None),
    }
    save(folder / "model" / "live.json", json.dumps(about, indent=1, ensure_ascii=False).encode())
    save(folder / "model" / "constants.js", constants.JAVASCRIPT.encode())
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.release.static_page")
    parser.add_argument("folder", type=Path, nargs="?", default=SOURCES)
    parser.add_argument("--model", default="live", help="name, or checkpoint (default: live)")
    options = parser.parse_args(arguments)
    try:
        found = build(models.find(options.model), options.folder)
    except (ValueError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The network is within {found.levels} of 255 levels of torch; the page is in {options.folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
