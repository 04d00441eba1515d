"""How soon the box's quick picture is there: one hand in a browser, many hands at once, and what idle pages cost.

    python -m tests.benchmarks.quick [--side 256] [--visitors 20] [--seconds 10] [--pauses 12]

The real app.py, everything on this machine. One hand drags the box in a browser and pauses: milliseconds from the box's
last move to its picture on the page. Then as many visitors as asked drag at once over HTTP, with the requests that the
browser made: each asks for another box as soon as its picture has arrived, and for smaller tiles where the server says
that it is busy, as the page does; what counts is the first tile of a box. Last, all of them rest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import string
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, Request, sync_playwright

from cf_esrt.interface.preview.quick import CONTEXT, TILE
from cf_esrt.interface.preview.quick_route import URL
from tests.benchmarks.photograph import drawn
from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, Server, serve
from tests.browser.page_driver import PageDriver, png

PHOTO = 1500, 1000
WATCH = """() => {
    const figure = document.querySelector('.cf-quick');
    window.cfWaits = [];
    let chosen = null;
    performance.setResourceTimingBufferSize(10_000);
    document.addEventListener('cf-chosen', ({ detail: { photo, lesion, box } }) => {
        chosen = { key: JSON.stringify([photo, lesion, box]), at: performance.now(), box };
    });
    new MutationObserver(() => {
        if (!chosen || figure.dataset.box !== chosen.key) return;
        const drawn = performance.now(), { at, key } = chosen;
        const request = performance.getEntriesByType('resource').findLast(({ name }) => name.endsWith('/page/quick'));
        const server = Object.fromEntries(request.serverTiming.map(({ name, duration }) => [name, duration]));
        const made = Object.values(server).reduce((sum, one) => sum + one, 0);
        const parts = {
            'until asked': request.startTime - at, ...server, way: request.responseEnd - request.startTime - made,
            decode: drawn - request.responseEnd,
        };
        requestAnimationFrame(() => setTimeout(() => {
            window.cfWaits.push({ ...parts, paint: performance.now() - drawn, all: drawn - at });
            window.cfDrawn = key;
        }));
    }).observe(figure, { attributes: true, attributeFilter: ['data-box'] });
    window.cfSettled = () => chosen && window.cfDrawn === chosen.key;
}"""
KEY = re.compile(r'"seconds_per_pixel": ?[^,]+, ?"key": ?"([\w-]+)"')
"""Of a session, in what the crop stage is told."""
BUSY_MS = 400
"""As in quick/tiles.js."""
SETTLE_SECONDS = 300
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Asked:
    """One of the browser's events, to be sent again."""

    url: str
    body: dict[str, Any]

    @classmethod
    def of(cls, request: Request) -> list[Asked]:
        """None where the request is no event of Gradio's."""
        text = request.post_data or ""
        return [cls(request.url, json.loads(text))] if "fn_index" in text else []


@dataclass
class Visitor:
    """Asks for one box after the other until time is up, each once the one before has arrived."""

    address: str
    side: int
    session: str = field(default_factory=lambda: "".join(random.choices(string.ascii_lowercase, k=11)))
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))
    waits: list[float] = field(default_factory=list)
    busy: bool = False
    key: str = ""
    asked: int = 0

    def open(self, photo: bytes, opening: Asked) -> None:
        """Upload the photograph and wait for a first picture of it."""
        upload = f"{self.address}gradio_api/upload"
        (path,) = self.client.post(upload, files={"files": ("photograph", photo)}).raise_for_status().json()
        body = {**opening.body, "event_data": {"path": path}, "session_hash": self.session}
        self.client.post(opening.url, json=body).raise_for_status()
        listen = f"{self.address}gradio_api/queue/data"
        with self.client.stream("GET", listen, params={"session_hash": self.session}) as told:
            self.key = next(found[1] for line in told.iter_lines() if (found := KEY.search(line)))
        self.ask()
        self.waits.clear()

    def ask(self) -> None:
        """A picture of some box; how long that took is kept."""
        began = time.perf_counter()
        width, height = PHOTO
        side = min(self.side, TILE // 2 + 2 * CONTEXT) if self.busy else self.side
        x, y = random.randint(0, width - side), random.randint(0, height - side)
        self.asked += 1
        box = {"x": x, "y": y, "width": side, "height": side}
        body = {"key": self.key, "number": self.asked, "photo": 1, "box": box}
        answer = self.client.post(f"{self.address}{URL}", json=body).raise_for_status()
        parts = re.findall(r"dur=([\d.]+)", answer.headers["Server-Timing"])
        took = sum(map(float, parts))
        self.busy = took > BUSY_MS or (self.busy and took * (TILE / side) ** 2 > BUSY_MS)
        self.waits.append(time.perf_counter() - began)

    def drag(self, until: float) -> None:
        while time.perf_counter() < until:
            self.ask()


def spent(server: Server) -> float:
    """CPU seconds of the app and the processes that it started."""
    own, total = str(server.process.pid), 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if own in (stat.parent.name, fields[1]):
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def settle(server: Server) -> None:
    """Wait until the app, which loads its networks once somebody has opened it, has nothing to do."""
    end, before = time.monotonic() + SETTLE_SECONDS, spent(server)
    while time.monotonic() < end:
        time.sleep(5)
        before, now = spent(server), before
        if before - now < 0.25:
            return


def one_hand(page: Page, driver: PageDriver, side: int, pauses: int) -> list[dict[str, float]]:
    """Milliseconds of each pause of a dragging hand: ``all`` to the picture of the box where it paused, and of what."""
    width, height = PHOTO
    driver.crop(0, 0, side, side)
    page.wait_for_function("() => !document.querySelector('.cf-quick').hidden", timeout=600_000)
    page.evaluate(WATCH)
    stage = page.locator(".cf-world").bounding_box()
    assert stage is not None
    scale = stage["width"] / width
    page.mouse.move(stage["x"] + side / 2 * scale, stage["y"] + side / 2 * scale)
    page.mouse.down()
    waits = []
    for _ in range(pauses):
        x, y = random.uniform(side / 2, width - side / 2), random.uniform(side / 2, height - side / 2)
        page.mouse.move(stage["x"] + x * scale, stage["y"] + y * scale, steps=20)
        page.wait_for_function("() => window.cfSettled()")
        waits.append(page.evaluate("() => window.cfWaits.at(-1)"))
    page.mouse.up()
    return waits


def summary(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    middle = statistics.median(ordered)
    return f"median {1000 * middle:.0f} ms, 95% within {1000 * late:.0f} ms, longest {1000 * ordered[-1]:.0f} ms"


def at_once(visitors: Sequence[Visitor], seconds: float) -> None:
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=visitor.drag, args=(until,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.quick")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--pauses", type=int, default=12)
    options = parser.parse_args()
    photo = png(drawn(*PHOTO))
    requests: list[Asked] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serve(ROOT / "app.py", Path(folder)) as server,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(600_000)
        driver = PageDriver(page, server.address)
        page.on("request", lambda one: requests.extend(Asked.of(one)))
        driver.open(photo)
        settle(server)
        waits = one_hand(page, driver, options.side, options.pauses)
        browser.close()
        all_of_them = summary([wait["all"] / 1000 for wait in waits])
        print(f"{options.side}×{options.side}, one hand, from its pause to the picture: {all_of_them}")
        medians = {part: statistics.median(wait[part] for wait in waits) for part in waits[0]}
        print("medians in ms: " + ", ".join(f"{part} {value:.0f}" for part, value in medians.items()), flush=True)

        opening = next(one for one in requests if "path" in (one.body.get("event_data") or {}))
        visitors = [Visitor(server.address, options.side) for _ in range(options.visitors)]
        for visitor in visitors:
            visitor.open(photo, opening)
        before = spent(server)
        at_once(visitors, options.seconds)
        every = [wait for visitor in visitors for wait in visitor.waits]
        cost = (spent(server) - before) / len(every)
        print(f"{options.visitors} visitors at once, from a request to its picture: {summary(every)}")
        print(f"{len(every)} pictures in {options.seconds:.0f} s, {1000 * cost:.0f} ms of a core each")
        before = spent(server)
        time.sleep(options.seconds)
        share = (spent(server) - before) / options.seconds
        print(f"{options.visitors} visitors that rest: {share:.1%} of a core")
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
