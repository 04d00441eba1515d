"""A picture of the page at work, as in the README.

python -m tests.browser.picture assets/page.png
python -m tests.browser.picture OUT.png --photo PHOTO --crop X Y WIDTH HEIGHT [--size 1440 900] [--dark] [--zoom 2]
    [--mode side|curtain|blink|lens|difference] [--layer result|added|residual|colour]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from cf_esrt.interface.preview import strings
from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, serve
from tests.browser.page_driver import VIEWER, PageDriver


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.picture", description="A picture of the page.")
    parser.add_argument("target", type=Path)
    parser.add_argument("--photo", type=Path, default=ROOT / "assets" / "examples" / "synthetic-1.png")
    parser.add_argument("--crop", nargs=4, type=int, default=[160, 110, 150, 130])
    parser.add_argument("--size", nargs=2, type=int, default=[1440, 900])
    parser.add_argument("--zoom", default="2")
    parser.add_argument("--mode", default="side", choices=list(strings.MODES))
    parser.add_argument("--layer", default="result", choices=list(strings.OVERLAYS))
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serve(ROOT / "app.py", Path(folder)) as server,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(
            viewport={"width": options.size[0], "height": options.size[1]},
            color_scheme="dark" if options.dark else "light",
        )
        context.set_default_timeout(300_000)
        driver = PageDriver(context.new_page(), server.address)
        driver.open(options.photo.read_bytes())
        driver.crop(*options.crop)
        driver.enhance()
        driver.page.check(f".cf-modes input[value={options.mode}]", force=True)
        driver.page.check(f".cf-overlays input[value={options.layer}]", force=True)
        if options.layer != "result":
            driver.page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === 'cf-esrt').overlaid")
        driver.page.fill(".cf-zoom", options.zoom)
        driver.same_bounds()
        driver.page.mouse.move(5, 5)
        driver.page.wait_for_timeout(500)  # the viewer's last frame
        driver.page.screenshot(path=options.target)
        browser.close()


if __name__ == "__main__":
    main()
