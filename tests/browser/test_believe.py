"""The veil over what is not to be believed, in a real browser: its button, its level, and why it is off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cf_esrt.fidelity.trust import Belief, believe
from cf_esrt.interface.preview import strings
from tests.browser.fake_app import expected
from tests.browser.page_driver import VIEWER, PageDriver, png
from tests.browser.test_arriving import sentence

EXAMPLE = Path(__file__).parents[2] / "assets" / "examples" / "synthetic-1.png"
WATCH_PROMISE = f"""() => new MutationObserver(() => {{
    const said = document.querySelector('.cf-promise').textContent.startsWith('In 9');
    const newest = ({{ world }}) => world.getItemAt(world.getItemCount() - 1);
    const veiled = (pane) => pane.overlaid && newest(pane.viewer).getFullyLoaded();
    if (said) window.veiled_when_promised ??= {VIEWER}.panes.filter(veiled).map((pane) => pane.name).join();
}}).observe(document.querySelector('.cf-promise'), {{ childList: true }})"""
"""Which panes have their veil on the screen when something is promised."""
OVERLAID = f"() => {VIEWER}.panes.filter((pane) => pane.overlaid).map((pane) => pane.name).join()"


def lesion() -> np.ndarray:
    """A part of a synthetic lesion, inside what interpolation was calibrated for."""
    with Image.open(EXAMPLE) as picture:
        return np.asarray(picture.convert("RGB").crop((150, 100, 246, 180)))


def promised(driver: PageDriver, words: str) -> None:
    """Until that is said beside the level."""
    driver.page.wait_for_function(
        "(words) => document.querySelector('.cf-promise').textContent.includes(words)", arg=words
    )


def overlaid(driver: PageDriver, names: str) -> None:
    """Until exactly these panes have a veil."""
    driver.page.wait_for_function(f"(names) => ({OVERLAID})() === names", arg=names)


def test_nothing_is_promised_before_the_veil_is_drawn(driver: PageDriver) -> None:
    page, crop = driver.page, lesion()
    held: list[Any] = []
    driver.open(png(crop))
    driver.crop(0, 0, 96, 80)
    driver.enhance()
    page.route("**/pictures/*.png", lambda route: held.append(route))
    page.click(".cf-believe")
    page.wait_for_function(f"() => {VIEWER}.value().overlay === 'trust'")  # answered
    page.wait_for_timeout(300)
    assert page.inner_text(".cf-promise") == strings.PANES["making_map"]
    overlaid(driver, "")
    page.evaluate(WATCH_PROMISE)
    for route in held:
        route.continue_()
    page.unroute("**/pictures/*.png")
    promised(driver, "In 9 of 10 photographs like yours")
    assert page.evaluate("window.veiled_when_promised") == "bicubic"


def test_a_photograph_that_is_not_enhanced_has_nothing_to_veil(driver: PageDriver) -> None:
    page = driver.page
    driver.open(png(lesion()))
    assert page.is_disabled(".cf-believe")
    driver.crop(0, 0, 96, 80)
    driver.enhance()
    assert page.is_enabled(".cf-believe")
    driver.open(png(lesion()[:60]))
    page.wait_for_function(f"() => !{VIEWER}.value().panes.length")
    assert page.is_disabled(".cf-believe")
    assert page.is_disabled(".cf-overlays input[value=added]")
    driver.enhance()
    page.click(".cf-believe")
    promised(driver, "In 9 of 10 photographs like yours")
    driver.open(png(lesion()))
    page.wait_for_function(f"() => !{VIEWER}.value().panes.length")
    assert page.is_disabled(".cf-level")
    assert page.inner_text(".cf-promise") == ""


def test_the_button_veils_the_level_moves_it_and_another_photograph_turns_it_off(driver: PageDriver) -> None:
    page, crop = driver.page, lesion()
    result = expected(crop, "bicubic").refined
    belief = believe(result, crop, model="bicubic", title="", sha256=None, detail=None, degradation="bicubic")
    assert isinstance(belief, Belief)
    assert 0 < belief.share(4.0) < belief.share(8.0) < belief.share(12.0)

    driver.open(png(crop))
    driver.crop(0, 0, 96, 80)
    driver.enhance()
    assert page.is_hidden(".cf-promise")
    page.click(".cf-believe")
    promised(driver, belief.sentence(8.0))
    sentence(driver, "bicubic", strings.unveiled(belief.share(8.0), 8.0))
    sentence(driver, "esrt", strings.NOTHING_PROMISED)  # the fakes' weights were not calibrated
    overlaid(driver, "bicubic")
    assert page.get_attribute(".cf-believe", "aria-pressed") == "true"

    steps = belief.levels()
    for level in (4.0, 12.0):
        page.fill(".cf-level", str(steps.index(level)))
        promised(driver, belief.sentence(level))
        sentence(driver, "bicubic", strings.unveiled(belief.share(level), level))
        assert page.inner_text(".cf-level-value") == f"{level:g} grey levels"

    driver.open(png(crop.mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)))  # no skin is grey
    driver.crop(0, 0, 96, 80)
    driver.enhance()
    promised(driver, "unlike those that the promise was tested on")
    sentence(driver, "bicubic", strings.NOTHING_PROMISED)
    overlaid(driver, "")
    assert page.is_hidden(".cf-level")

    page.click(".cf-believe")
    page.wait_for_function("() => !document.querySelector('.cf-pane[data-model=bicubic] .cf-sentence')"
                           ".textContent.startsWith('How far')")  # fmt: skip
    assert page.is_hidden(".cf-promise")
