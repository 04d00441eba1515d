"""Where the time goes when OpenVINO runs a network: its layers by kind, and what lies around it.

    python -m tests.benchmarks.layers [--models live esrt cf-esrt] [--side 128] [--precision auto] [--top 0]
    ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 python -m tests.benchmarks.layers      # as on a processor without AMX

Each layer's least time of several rounds counts. The kernels' names tell the instructions: amx, avx512 and so on.
``--top`` adds that many of the slowest single layers. What is around the layers (preparing tiles, the long skip,
blending, rounding, what OpenVINO needs between layers) is the rest of the picture's time.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from cf_esrt.engine import cache, on_openvino
from cf_esrt.engine.allocator import keep_freed_memory
from cf_esrt.enhance import Enhancer

Layer = tuple[str, str, str]
"""Kind, kernel, name."""
Times = dict[Layer, float]
"""Milliseconds of one picture."""


@contextmanager
def profiled() -> Iterator[Times]:
    """Engines that are made inside write each layer's time here, whenever they run."""
    times: Times = defaultdict(float)
    settings, call, fetch = on_openvino.settings, on_openvino._Compiled.__call__, cache.fetch

    def counting(precision: str) -> dict[str, Any]:
        return {**settings(precision), "PERF_COUNT": True}

    def noted(self: Any, tiles: np.ndarray) -> np.ndarray:
        made = call(self, tiles)
        for one in self._request.get_profiling_info():
            times[one.node_type, one.exec_type, one.node_name] += 1000 * one.real_time.total_seconds()
        return made

    def anew(name: str, key: Any, make: Callable[[], bytes], place: Any = None) -> bytes:
        return make()

    on_openvino.settings, on_openvino._Compiled.__call__, cache.fetch = counting, noted, anew
    try:
        yield times
    finally:
        on_openvino.settings, on_openvino._Compiled.__call__, cache.fetch = settings, call, fetch


def measure(name: str, side: int, precision: str, rounds: int) -> tuple[float, Times]:
    """Least milliseconds of a picture, and of each layer."""
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    whole, layers = np.inf, {}
    with profiled() as times:
        run = Enhancer.load(name, "cpu", engine="openvino", precision=precision).reconstruct
        for _ in range(rounds + 1):  # the first one sets up kernels
            times.clear()
            began = time.perf_counter()
            run(image)
            whole = min(whole, 1000 * (time.perf_counter() - began))
            for layer, spent in times.items():
                layers[layer] = min(layers.get(layer, np.inf), spent)
    return whole, layers


def markdown(whole: float, layers: Times, top: int) -> str:
    kinds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (kind, kernel, _), spent in layers.items():
        kinds[kind, kernel].append(spent)
    rows = sorted(((sum(spent), *kind, len(spent)) for kind, spent in kinds.items()), reverse=True)
    lines = ["| layers | kernel | how many | ms | of the picture's time |", "|---|---|---|---|---|"]
    lines += [
        f"| {kind} | {kernel} | {count} | {spent:.2f} | {spent / whole:.1%} |"
        for spent, kind, kernel, count in rows
        if spent >= whole / 200
    ]
    rest = whole - sum(layers.values())
    lines.append(f"| around them | | | {rest:.2f} | {rest / whole:.1%} |")
    slowest = sorted(((spent, *layer) for layer, spent in layers.items()), reverse=True)[:top]
    return "\n".join(
        lines + [f"| {kind}: {name} | {kernel} | | {spent:.2f} | |" for spent, kind, kernel, name in slowest]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.layers")
    parser.add_argument("--models", nargs="+", default=["live", "esrt", "cf-esrt"], metavar="NAME")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--precision", default="auto", choices=("auto", *on_openvino.PRECISIONS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--top", type=int, default=0)
    options = parser.parse_args()
    keep_freed_memory()
    core = on_openvino.core()
    print(f"{core.get_property('CPU', 'FULL_DEVICE_NAME')}: {core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')}")
    for name in options.models:
        whole, layers = measure(name, options.side, options.precision, options.rounds)
        print(
            f"\n**{name}**, {options.side}×{options.side}, {whole:.1f} ms\n\n{markdown(whole, layers, options.top)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
