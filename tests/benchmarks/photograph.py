"""How long a whole photograph takes, and how much memory: the command line, from cold and once more, and its stages.

    python -m tests.benchmarks.photograph [--megapixels 12] [--model live] [--photo PHOTO] [--no-stages]

Without ``--photo`` one is drawn: a synthetic lesion with a camera's noise, as a JPEG. From cold means an empty cache of
converted networks. Stages are seconds of all cores together, each measured alone; the command runs them side by side.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "assets" / "examples" / "synthetic-1.png"
NOISE = 3.0
"""Levels, standard deviation."""


def drawn(width: int, height: int) -> np.ndarray:
    """A synthetic lesion of that size, RGB uint8, with noise: without it a PNG would be too easy to write."""
    with Image.open(EXAMPLE) as picture:
        large = picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).normal(0, NOISE, (256, 256, 3)).astype(np.float32)
    tiles = np.tile(noise, (-(-height // 256), -(-width // 256), 1))[:height, :width]
    return np.clip(np.asarray(large, np.float32) + tiles, 0, 255).round().astype(np.uint8)


def command(photo: Path, output: Path, model: str, home: Path) -> str:
    """Run ``python -m cf_esrt enhance`` in a process of its own; in words, what it took."""
    arguments = [sys.executable, "-m", "cf_esrt", "enhance", str(photo), "-o", str(output), "--model", model]
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments, env={**os.environ, "XDG_CACHE_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"The command ended with exit code {process.returncode}.")
    size = sum(file.stat().st_size for file in output.iterdir()) / 1e6
    work = used.ru_utime + used.ru_stime
    return f"{seconds:.1f} s, {work:.1f} s of cores, at most {used.ru_maxrss / 2**20:.2f} GiB, {size:.0f} MB written"


def stages(photo_file: Path, model: str) -> None:
    """Print the seconds of a core that each stage takes, by itself."""
    from cf_esrt import photo
    from cf_esrt.engine.allocator import keep_freed_memory
    from cf_esrt.enhance import Enhancer
    from cf_esrt.fidelity import measure
    from cf_esrt.fidelity.consistency import residual

    keep_freed_memory()
    began = time.process_time()
    pixels = photo.read(photo_file).pixels
    print(f"  reading: {time.process_time() - began:.1f} s here, besides the process that decodes")
    began = time.process_time()
    measure(pixels)
    print(f"  what is said of the photograph: {time.process_time() - began:.1f} s")
    enhancer = Enhancer.load(model, "cpu")
    enhancer(pixels[:32, :32])
    network = encoding = agreement = 0.0
    height, width = (4 * side for side in pixels.shape[:2])
    top, began = 0, time.process_time()
    with open(os.devnull, "wb") as file, photo.PngStream(file, height, width, {}) as png:
        for band in enhancer.bands(pixels):
            network += time.process_time() - began
            began = time.process_time()
            residual(band, pixels[top : top + len(band) // 4])
            top += len(band) // 4
            agreement += time.process_time() - began
            began = time.process_time()
            png.write(band)
            png.wait()
            encoding += time.process_time() - began
            began = time.process_time()
    print(f"  network ({enhancer.engine}, {enhancer.precision}, tiles of {enhancer.tile}): {network:.1f} s")
    print(f"  agreement with the photograph: {agreement:.1f} s\n  PNG: {encoding:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.photograph")
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--model", default="live")
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--no-stages", dest="stages", action="store_false")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = options.photo or folder / "drawn.jpg"
        if options.photo is None:
            side = round((options.megapixels * 1e6 / 12) ** 0.5)
            Image.fromarray(drawn(4 * side, 3 * side)).save(file, quality=92)
        with Image.open(file) as picture:
            print(f"{picture.width} × {picture.height} pixels by {options.model}")
        for when in ("from cold", "once more"):
            print(f"{when}: {command(file, folder / 'out', options.model, folder / 'cache')}", flush=True)
        if options.stages:
            stages(file, options.model)
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
