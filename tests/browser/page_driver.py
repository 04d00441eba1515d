"""What a person does on the page, in words."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image
from playwright.sync_api import Error as PlaywrightError

MODELS = ("bicubic", "esrt", "cf-esrt")
PATIENCE = 120.0
"""Seconds after which what is waited for is taken for missing; a busy machine takes long, and is not tested here."""
VIEWER = "document.querySelector('.cf-compare').parentElement.cfesrt"
BOUNDS = f"""() => {VIEWER}.layout.seen().map((pane) => {{
    const b = pane.viewer.viewport.getBounds(true);
    return [b.x, b.y, b.width, b.height];
}})"""
SAME_BOUNDS = f"""() => {{
    const all = ({BOUNDS})();
    return all.every((one) => one.every((side, i) => Math.abs(side - all[0][i]) < 1e-9)) ? all[0] : false;
}}"""
PIXELS = """async (model) => {
    const pane = document.querySelector('.cf-compare').parentElement.cfesrt.panes.find((p) => p.name === model);
    const blob = await (await fetch(pane.blob)).blob();
    const image = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const bytes = context.getImageData(0, 0, image.width, image.height).data;
    let text = '';
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return [image.width, image.height, btoa(text), blob.type];
}"""
PASTE = """(text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def picture(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Noise with a gradient: no lossy coding would bring it back."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(40, 180, width)[None, :, None] + np.linspace(0, 30, height)[:, None, None]
    return np.clip(ramp + rng.normal(0, 25, (height, width, 3)), 0, 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """As a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


_free: WeakKeyDictionary[Any, dict[str, list[Any]]] = WeakKeyDictionary()
"""Browser → a context's options → contexts that nobody uses."""
FORGET = "cookies,local_storage,indexeddb,service_workers"
"""What a visitor leaves in a browser that the next one must not find."""


@contextmanager
def open_page(browser: Any, address: str, **options: Any) -> Iterator[PageDriver]:
    """A page of a visitor who was never here (``options``: Playwright's, of a context); nothing may go wrong on it.

    What a browser has loaded and compiled for one of them serves the next with the same options: half of the work of
    opening the page.
    """
    free = _free.setdefault(browser, {}).setdefault(repr(sorted(options.items())), [])
    context = free.pop() if free else browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    context.set_default_timeout(1000 * PATIENCE)
    with ExitStack() as stack:
        stack.callback(context.close)
        driver = PageDriver(context.new_page(), address)
        yield driver
        assert driver.wrong == []
        _forget(context, address)
        stack.pop_all()
        free.append(context)


def _forget(context: Any, address: str) -> None:
    """Close the context's pages, and leave nothing of them but copies of what the server sends everybody."""
    fresh = context.new_page()
    for page in context.pages:
        if page is not fresh:
            page.close()
    session = context.new_cdp_session(fresh)
    session.send("Storage.clearDataForOrigin", {"origin": address.rstrip("/"), "storageTypes": FORGET})
    fresh.close()


class PageDriver:
    """One open page, and everything that went wrong on it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("request", lambda request: self._check(request.url, address))
        page.on("console", lambda message: message.type == "error" and self.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.goto(address)
        page.wait_for_function(
            "() => ['.cf-compare', '.cf-crop', '.cf-upload', '.cf-save']"
            ".every((part) => document.querySelector(part)?.parentElement.cfesrt)"
        )

    def _check(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            self.wrong.append(f"request left localhost: {url}")

    def choose(self, data: bytes, name: str = "photo.png") -> None:
        """Choose a file; what comes of it is for the caller to wait for."""
        self.page.set_input_files(".cf-file input", {"name": name, "mimeType": "image/png", "buffer": data})

    def open(self, data: bytes) -> None:
        """Choose a photograph and wait until the crop box lies on it."""
        before = self.page.evaluate("document.querySelector('.cf-stage img')?.src ?? ''")
        self.choose(data)
        self.wait_for_photo(before)

    def wait_for_photo(self, before: str = "") -> None:
        """Until the stage shows another photograph, fully loaded."""
        self.page.wait_for_function(
            "(before) => { const image = document.querySelector('.cf-stage img');"
            " return image && image.src !== before && image.complete && image.naturalWidth > 0; }",
            arg=before,
        )

    def crop(self, x: int, y: int, width: int, height: int) -> None:
        """Through the number fields; the size first, so that the place fits."""
        if self.page.locator(".cf-folded-page .cf-strip").is_visible():
            self.page.click(".cf-strip")
        if not self.page.locator(".cf-fields").is_visible():
            self.page.click(".cf-exact summary")
        for side, value in (("width", width), ("height", height), ("x", x), ("y", y)):
            self.page.fill(f".cf-fields input[name={side}]", str(value))
        self.page.locator(".cf-fields input[name=y]").blur()

    def shows_box(self, x: int, y: int) -> None:
        """Wait until the panes show the box at that corner."""
        self.page.wait_for_function(
            f"([x, y]) => {{ const box = {VIEWER}.value()?.box; return box && box.x === x && box.y === y; }}",
            arg=[x, y],
        )

    def more(self) -> None:
        """Open the researchers' panel."""
        if self.page.locator(".cf-researchers").is_hidden():
            self.page.click(".cf-more")

    def mode(self, name: str) -> None:
        """Choose a way to compare."""
        if name in ("lens", "difference"):
            self.more()
        self.page.locator(f".cf-modes input[value={name}]").check(force=True)

    def veil(self) -> str:
        """What is said over the panes; empty where they are of the chosen box."""
        return self.page.inner_text(".cf-veil p") if self.page.is_visible(".cf-veil") else ""

    def exportable(self) -> int:
        """Buttons that would take something away."""
        return self.page.locator(".cf-export-button:not([disabled])").count()

    def figure(self, model: str, what: str) -> str:
        """A number of a pane, from the table of numbers."""
        return self.page.text_content(f".cf-figures [data-model='{model}'] .{what}") or ""

    def box(self) -> dict[str, int]:
        """What the number fields say."""
        sides = ("x", "y", "width", "height")
        return {side: int(self.page.input_value(f".cf-fields input[name={side}]")) for side in sides}

    def shown(self) -> dict[str, str | None]:
        """The address of the picture that each pane shows."""
        return {name: self.page.get_attribute(f'.cf-pane[data-model="{name}"]', "data-shown") for name in MODELS}

    def enhance(self) -> None:
        """Press Enhance and wait for three new results."""
        before = self.shown()
        self.page.click("#cf-enhance")
        self.page.wait_for_function(
            "(before) => Object.entries(before).every(([name, old]) => {"
            " const now = document.querySelector(`.cf-pane[data-model='${name}']`).dataset.shown;"
            " return now && now !== old; })",
            arg=before,
        )
        self.page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")

    def same_bounds(self) -> list[float]:
        """Wait until the three viewers show the same region, and give it."""
        return self.page.wait_for_function(SAME_BOUNDS).json_value()

    def pixels(self, model: str) -> np.ndarray:
        """What the pane's picture holds, read back through a canvas; waits for one, since panes arrive one by one."""
        self.page.wait_for_function(f"(model) => {VIEWER}.panes.find((pane) => pane.name === model).blob", arg=model)
        width, height, text, kind = self.page.evaluate(PIXELS, model)
        assert kind == "image/png"
        return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]

    def wait_for_pixels(self, model: str, wanted: np.ndarray) -> None:
        """Wait until the pane's picture is that one: a late answer replaces a picture."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if np.array_equal(self.pixels(model), wanted):
                    return
            except PlaywrightError:  # replaced while it was read
                pass
            self.page.wait_for_timeout(100)
        np.testing.assert_array_equal(self.pixels(model), wanted)

    def alert(self) -> str:
        """Wait for the one sentence."""
        self.page.wait_for_function("() => !!document.querySelector('.cf-alert')?.textContent")
        return self.page.inner_text(".cf-alert")

    def export(self, selector: str) -> tuple[str, bytes]:
        """Press a button of the Save menu: the file's name and bytes."""
        if self.page.locator("#cf-save").is_hidden():
            self.page.click(".cf-save-open")
        with self.page.expect_download() as waiting:
            self.page.click(selector)
        self.page.keyboard.press("Escape")
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()

    def paste(self, data: bytes) -> None:
        """A picture from the clipboard."""
        self.page.evaluate(PASTE, base64.b64encode(data).decode())
