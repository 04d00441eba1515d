"""How fast a whole archive is made, and in how much memory, on this machine, in one run: ``make bench``.

    python -m tests.benchmarks.archive [--photographs 2000] [--small 10000] [--side 128] [--model live]
                                       [--lost-amid 500] [--parts small large paper ray] [--json FILE]

Photographs are drawn. Two workers make all, one makes a quarter. Rates are photographs a second between the first
result and the last, by the manifest, so that loading is not in them; the engine's own rate is its network on the same
pictures, in one thread, without files, alone and in two processes at once. Memory is that of the command and all its
workers together (RSS), at a quarter of the run and at its end. The small ones are made by bicubic interpolation; of
their run the time to the first result is told, and of what follows ``status`` and the run that finds nothing to do.
``paper`` measures what `archive_paper` counts with and prints its table, with the efficiency that ``large`` has just
measured for two workers. ``ray`` runs the tests on a cluster of two nodes, where Ray is installed; one node is lost
amid so many photographs.

What else the machine does counts: stop it first.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from cf_esrt import photo
from cf_esrt.archive.manifest import FOLDER, Manifest
from cf_esrt.archive.places import Place
from tests.benchmarks import archive_paper

PARTS = ("small", "large", "paper", "ray")
RATED = ("live", "esrt", "cf-esrt")
SIDES = (450, 600)
"""Height and width of a photograph of ISIC 2019 that was cropped: what `archive_paper` counts with."""


def drawn(folder: Path, number: int, side: int) -> Path:
    """Photographs of a gradient and a little noise, as PNG."""
    folder.mkdir()
    ramp = np.linspace(60, 200, side)[None, :, None] + np.zeros((side, side, 3))
    random = np.random.default_rng(0)
    for one in range(number):
        pixels = np.clip(ramp + random.normal(0, 4, ramp.shape), 0, 255).astype(np.uint8)
        (folder / f"{one:05}.png").write_bytes(photo.png_bytes(pixels))
    return folder


def call(*arguments: str, watch: Callable[[psutil.Process], None] | None = None) -> float:
    """Seconds that a command takes; ``watch`` is called now and then."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "cf_esrt", "archive", *arguments], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        if watch is not None:
            with contextlib.suppress(psutil.Error):  # it has just ended
                watch(psutil.Process(process.pid))
        time.sleep(0.02 if watch is None else 0.2)
    if process.returncode:
        raise SystemExit(f"archive {' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - began


def rate(target: Path) -> float:
    """Photographs a second between the first result and the last."""
    finished = sorted(row.finished for row in Manifest(Place(str(target))).load().values() if row.state == "done")
    return (len(finished) - 1) / (finished[-1] - finished[0])


def own_rate(source: Path, model: str) -> float:
    """Of the engine, in this process and one thread: photographs a second, decoded before."""
    import torch

    from cf_esrt.engine.allocator import keep_freed_memory
    from cf_esrt.enhance import Enhancer

    keep_freed_memory()
    torch.set_num_threads(1)
    enhancer = Enhancer.load(model, "cpu")
    pictures = [photo.read(path).pixels for path in sorted(source.iterdir())[:60]]
    enhancer(pictures[0])
    began = time.perf_counter()
    for picture in pictures:
        enhancer(picture)
    return len(pictures) / (time.perf_counter() - began)


def memory(process: psutil.Process) -> int:
    """Bytes of a command and all its workers."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])


def large(folder: Path, number: int, side: int, model: str) -> dict[str, Any]:
    """Rates and memory of one worker, on a quarter of the photographs, and of two on all."""
    found = dict[str, Any]()
    sources = {1: drawn(folder / "quarter", max(4, number // 4), side), 2: drawn(folder / "all", number, side)}
    own = json.loads(apart("own_rate", str(sources[1]), model))
    with ThreadPoolExecutor(2) as pool:  # what two cores give at all: they may share units, caches and memory
        both = sum(json.loads(one) for one in pool.map(lambda _: apart("own_rate", str(sources[1]), model), range(2)))
    for workers, source in sources.items():
        number, target = len(list(source.iterdir())), folder / f"out-{workers}"
        held: list[tuple[int, int]] = []

        def watch(process: psutil.Process, target: Path = target, held: list[tuple[int, int]] = held) -> None:
            held.append((len(list(target.glob("*.png"))), memory(process)))

        call(str(source), "-o", str(target), "--model", model, "--workers", str(workers), "--device", "cpu",
             watch=watch)  # fmt: skip
        quarter = [size for done, size in held if number / 8 <= done <= number / 4]
        last = [size for done, size in held if number * 7 / 8 <= done <= number]
        found[f"rate of {workers}"] = rate(target)
        found[f"MiB of {workers} at an eighth to a quarter"] = max(quarter, default=0) / 2**20
        found[f"MiB of {workers} in the last eighth"] = max(last, default=0) / 2**20
    found["engine's own rate"] = own
    found["one worker against the engine"] = found["rate of 1"] / own
    found["two workers against one"] = found["rate of 2"] / found["rate of 1"]
    found["two engines without files against one"] = both / own
    for workers in (1, 2):
        first, last = (
            found[f"MiB of {workers} {when}"] for when in ("at an eighth to a quarter", "in the last eighth")
        )
        found[f"memory of {workers} at the end against the beginning"] = last / first if first else 0.0
    return found


def small(folder: Path, number: int) -> dict[str, Any]:
    """Start, status and a run with nothing to do, and how the manifest grew."""
    source, target = drawn(folder / "small", number, 16), folder / "small-out"
    began, first = time.perf_counter(), list[float]()

    def watch(_: psutil.Process) -> None:
        if not first and target.is_dir() and any(name.suffix == ".png" for name in target.iterdir()):
            first.append(time.perf_counter() - began)

    arguments = (str(source), "-o", str(target), "--model", "bicubic", "--workers", str(os.cpu_count() or 1))
    whole = call(*arguments, watch=watch)
    parts = list((target / FOLDER).glob("rows-*.parquet"))
    return {
        "small photographs": number,
        "seconds to the first": first[0],
        "seconds in all": whole,
        "seconds of status": call("status", str(target)),
        "seconds of a run with nothing to do": call(*arguments),
        "files of the manifest": len(parts),
        "bytes of the manifest": sum(part.stat().st_size for part in parts),
        "bytes of its largest file": max(part.stat().st_size for part in parts),
    }


def measured_rates(model: str) -> dict[str, float]:
    """Of one photograph of 600 × 450 in one thread: seconds of the network, of reading, of writing with all that is
    measured of the result, and its bytes; the network's seconds on a GPU where there is one."""
    import torch

    from cf_esrt.archive.command import settings_of
    from cf_esrt.archive.pipeline import Maker, Opened, Row, Task
    from cf_esrt.engine.allocator import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(1)
    height, width = SIDES
    example = photo.read(sorted((Path(__file__).parents[2] / "assets" / "examples").glob("*.png"))[0]).pixels
    tiled = np.tile(example, (-(-height // len(example)), -(-width // example.shape[1]), 1))[:height, :width]
    buffer = io.BytesIO()
    from PIL import Image

    Image.fromarray(np.ascontiguousarray(tiled)).save(buffer, "JPEG", quality=90)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "1.jpg").write_bytes(buffer.getvalue())
        place = Place(folder)
        maker = Maker(settings_of(model, None, "cpu", None, "auto", self_ensemble=False), place, place)
        opened = maker.read(Task("1.jpg", "1.png", ""))
        assert isinstance(opened, Opened)
        maker.enhance(opened)
        began = time.perf_counter()
        opened = maker.read(Task("1.jpg", "1.png", ""))
        assert isinstance(opened, Opened)
        read = time.perf_counter()
        made = maker.enhance(opened)
        assert not isinstance(made, Row)
        enhanced = time.perf_counter()
        maker.write(made)
        written = time.perf_counter()
        size = (Path(folder) / "1.png").stat().st_size
    found = {"network": enhanced - read, "read": read - began, "write": written - enhanced, "bytes": float(size)}
    return found | ({"gpu": _on_gpu(model, opened.photo.pixels)} if torch.cuda.is_available() else {})


def _on_gpu(model: str, picture: np.ndarray) -> float:
    """Seconds of the network, copies from and to the GPU included."""
    from cf_esrt.enhance import Enhancer

    enhancer = Enhancer.load(model, "cuda")
    enhancer(picture)
    began = time.perf_counter()
    enhancer(picture)
    return time.perf_counter() - began


def paper(efficiency: float) -> dict[str, Any]:
    """The rates, and the table on paper."""
    rates = {model: json.loads(apart("measured_rates", model)) for model in RATED}
    return {"rates": rates, "on paper": "\n" + archive_paper.table(rates, efficiency)}


def ray(number: int) -> dict[str, Any]:
    """The tests on a cluster of this machine."""
    if importlib.util.find_spec("ray") is None:
        return {"on Ray": "not installed here: requirements-cluster.txt"}
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-m", "slow", "tests/archive/test_on_ray.py"]
    environment = {**os.environ, "CF_ESRT_TEST_RAY_PHOTOGRAPHS": str(number)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.strip().splitlines() or ["no answer"]
    return {
        "photographs on Ray": number,
        "byte-equal, all once with a node lost amid them": "passed" if done.returncode == 0 else "FAILED",
        "its tests said": lines[-1],
        "seconds of its tests": time.perf_counter() - began,
    }


def apart(name: str, *arguments: str) -> str:
    """The JSON that a function of this file gives in a process of its own."""
    code = "import json, sys\nfrom pathlib import Path\nfrom tests.benchmarks import archive as a\n"
    code += "print(json.dumps(a.own_rate(Path(sys.argv[1]), sys.argv[2])))" if name == "own_rate" else (
        "print(json.dumps(a.measured_rates(sys.argv[1])))"
    )  # fmt: skip
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive")
    parser.add_argument("--photographs", type=int, default=2000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--model", default="live")
    parser.add_argument("--lost-amid", type=int, default=500, metavar="PHOTOGRAPHS", help="of the Ray cluster")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = dict[str, Any]()
    with tempfile.TemporaryDirectory() as folder:
        for part in parts(options, Path(folder), found):
            found |= part
            for name, value in part.items():
                print(f"{name}: {value:,.3f}" if isinstance(value, float) else f"{name}: {value}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def parts(options: argparse.Namespace, folder: Path, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What each part measured, as soon as it has; ``found`` holds what those before it did."""
    if "small" in options.parts:
        yield small(folder, options.small)
    if "large" in options.parts:
        yield {"photographs": options.photographs, "side": options.side, "model": options.model}
        yield large(folder, options.photographs, options.side, options.model)
    if "paper" in options.parts:
        yield paper(found.get("two workers against one", 2 * archive_paper.EFFICIENCY) / 2)
    if "ray" in options.parts:
        yield ray(options.lost_amid)


if __name__ == "__main__":
    main()
