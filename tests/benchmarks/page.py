"""How long the page takes: first paint, what it loads, and from Enhance to three panes.

    python -m tests.benchmarks.page [--sides 128 512] [--photo PHOTO]

One fresh browser, the real app.py, everything on this machine; the crop is square, in the photograph's middle (without
``--photo``: of noise, since the time does not depend on what is seen). The first enhancement of a server loads the
networks too, so one of 32×32 pixels goes before. Bytes are those that went over the wire, counted by the browser.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, serve
from tests.browser.page_driver import PageDriver, picture, png

PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LOADED = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map((one) => one.transferSize)"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page", description="How long the page takes.")
    parser.add_argument("--sides", nargs="+", type=int, default=[128, 512])
    parser.add_argument("--photo", type=Path)
    options = parser.parse_args()
    photo = png(picture(800, 700)) if options.photo is None else options.photo.read_bytes()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serve(ROOT / "app.py", Path(folder)) as server,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(600_000)
        page = context.new_page()
        driver = PageDriver(page, server.address)
        page.wait_for_timeout(1000)  # Gradio holds a connection open, so that the network is never idle
        sizes = page.evaluate(LOADED)
        print(f"first contentful paint: {page.evaluate(PAINTED) / 1000:.2f} s")
        print(f"loaded: {sum(sizes) / 1e6:.2f} MB in {len(sizes)} requests")
        driver.open(photo)
        width, height = (int(page.evaluate(f"document.querySelector('.cf-stage img').natural{s}")) for s in _SIDES)
        for side in (32, *options.sides):
            driver.crop((width - side) // 2, (height - side) // 2, side, side)
            began = time.perf_counter()
            driver.enhance()
            if side != 32:
                print(f"{side}×{side}, Enhance to three panes: {time.perf_counter() - began:.1f} s")
        print(f"{len(os.sched_getaffinity(0))} cores")
        browser.close()


_SIDES = ("Width", "Height")


if __name__ == "__main__":
    main()
