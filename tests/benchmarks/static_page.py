"""How long Live takes in a browser, on the static page: ``assets/static`` in Chromium here.

    python -m tests.benchmarks.static_page [--side 256] [--moves 5]

Times are the page's own, from a box that has been moved to its whole picture. The first one is left out: it sets up
kernels. A line says whether this browser has WebGPU.
"""

from __future__ import annotations

import argparse
import os
import statistics

from playwright.sync_api import sync_playwright

from tests.benchmarks.photograph import drawn
from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT
from tests.browser.isolated import serve_folder
from tests.browser.page_driver import png

WEBGPU = "async () => navigator.gpu ? ((await navigator.gpu.requestAdapter()) ? 'yes' : 'no adapter') : 'no'"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.static_page")
    parser.add_argument("--side", type=int, default=256, choices=(64, 128, 256, 512))
    parser.add_argument("--moves", type=int, default=5)
    options = parser.parse_args()
    with serve_folder(ROOT / "assets" / "static") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.goto(address)
        page.get_by_text("Open a photograph.").wait_for()
        file = {"name": "mole.png", "mimeType": "image/png", "buffer": png(drawn(1200, 900))}
        page.set_input_files("#file", file)  # type: ignore[arg-type]
        page.locator("#save:enabled").wait_for()
        page.select_option("#side", str(options.side))
        times = []
        for _ in range(options.moves + 1):
            page.locator("#save:enabled").wait_for()
            times.append(int(page.inner_text("#status").split(" in ")[1].split()[0]))
            page.press("#box", "ArrowLeft")
        runs = page.inner_text("#model").rsplit(". ", 1)[-1]
        print(f"{options.side}×{options.side} in Chromium {browser.version}: {runs}")
        print(f"median {statistics.median(times[1:]):.0f} ms, {min(times[1:])} to {max(times[1:])} ms")
        print(f"WebGPU: {page.evaluate(WEBGPU)}")
        browser.close()
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
