"""Filling a cache of decoded photographs: all of them in parallel, in order, the damaged ones named in a report."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cf_esrt.files import save, saving
from training.config import ConfigError
from training.data.images import UnreadableImage, header_size, read_image

log = logging.getLogger(__name__)
Prepare = Callable[[np.ndarray], np.ndarray]
"""RGB uint8 H×W×3 → the same of another size; the size of its result may depend on the size of its input alone."""
HEADROOM = 1 << 30
"""Bytes of disk that a cache leaves free."""


@dataclass(frozen=True)
class Damaged:
    name: str
    reason: str
    position: int
    """In the list of files."""


@dataclass(frozen=True)
class Index:
    """What a cache holds."""

    names: list[str]
    shapes: list[tuple[int, int]]
    """Height and width of each, prepared."""
    damaged: list[Damaged]

    def size(self) -> int:
        """Bytes of all pixels."""
        return sum(height * width * 3 for height, width in self.shapes)

    def write(self, path: Path) -> None:
        document = {"names": self.names, "shapes": self.shapes, "damaged": [asdict(each) for each in self.damaged]}
        save(path, json.dumps(document).encode())

    @classmethod
    def read(cls, path: Path, files: list[Path]) -> Index | None:
        """None where there is none for these files, or a broken one."""
        try:
            document = json.loads(path.read_text("utf-8"))
            shapes = [(int(h), int(w)) for h, w in document["shapes"]]
            damaged = [Damaged(**each) for each in document["damaged"]]
            names = [str(name) for name in document["names"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if len(names) != len(shapes) or len(shapes) + len(damaged) != len(files):
            return None
        return cls(names, shapes, damaged)


def bytes_needed(files: list[Path], prepare: Prepare) -> int:
    """Bytes that the prepared photographs will take, by the files' headers."""
    sizes: dict[tuple[int, int], int] = {}
    with ThreadPoolExecutor() as pool:
        headers = [size for size in pool.map(header_size, files) if size is not None]
    for height, width in set(headers):
        sizes[height, width] = prepare(np.zeros((height, width, 3), np.uint8)).nbytes
    return sum(sizes[size] for size in headers)


def fits(folder: Path, size: int) -> bool:
    """Whether the folder's disk takes so many bytes and has `HEADROOM` left."""
    return size + HEADROOM <= shutil.disk_usage(folder).free


def fill(files: list[Path], data: Path, prepare: Prepare) -> Index:
    """Write the pixels of all files end to end to ``data``. OSError where the disk does not take them."""
    with saving(data) as out:
        return _index(files, prepare, lambda image: out.write(np.ascontiguousarray(image).data))


def survey(files: list[Path], prepare: Prepare) -> Index:
    """Decode all files once, to know their sizes and the damaged ones, and keep no pixels."""
    return _index(files, prepare, lambda image: None)


def _index(files: list[Path], prepare: Prepare, keep: Callable[[np.ndarray], object]) -> Index:
    index = Index([], [], [])
    results = map_in_order(lambda path: _decoded(path, prepare), files)
    for position, image in enumerate(tqdm(results, "decoding", len(files), unit="photo", disable=None)):
        if isinstance(image, UnreadableImage):
            index.damaged.append(Damaged(files[position].name, str(image), position))
        else:
            keep(image)
            index.names.append(files[position].name)
            index.shapes.append((image.shape[0], image.shape[1]))
    return index


def _decoded(path: Path, prepare: Prepare) -> np.ndarray | UnreadableImage:
    try:
        return prepare(read_image(path))
    except UnreadableImage as error:
        return error


def map_in_order(function: Callable, items: list) -> Iterator:
    """function(item) of all items by as many threads as there are cores, in order, few results waiting at a time."""
    threads = os.cpu_count() or 1
    waiting: deque[Future] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def report(index: Index, files: list[Path], path: Path) -> None:
    """Name the damaged files in JSON at ``path``, unless it is there, and count them in the log.

    ConfigError where nothing else is left.
    """
    if not index.damaged:
        return
    rows = [{"name": d.name, "file": str(files[d.position]), "reason": d.reason} for d in index.damaged]
    if not path.exists():
        document = {"photographs": len(files), "damaged": rows}
        save(path, json.dumps(document, indent=1, ensure_ascii=False).encode())
    if not index.shapes:
        raise ConfigError(f"None of the {len(files)} training images could be decoded: {path} says why.")
    named = ", ".join(d.name for d in index.damaged[:3]) + (", …" if len(index.damaged) > 3 else "")
    log.warning("%d of %d photographs are damaged and left out (%s): %s", len(rows), len(files), named, path)
