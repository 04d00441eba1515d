"""A reload of the tab: lesions, results and place survive it, or the page says that they are gone."""

from __future__ import annotations

from typing import Any

from cf_esrt.interface.preview import strings
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import VIEWER, PageDriver, picture, png

PHOTO = picture(160, 120)
STATE = f"""() => ({{
    view: [{VIEWER}.view.x, {VIEWER}.view.y, {VIEWER}.view.times],
    panes: {VIEWER}.layout.chosen().map((pane) => pane.name),
    mode: {VIEWER}.modes.now(),
    overlay: document.querySelector('.cf-overlays input:checked').value,
    detail: document.querySelector('.cf-detail').value,
    lesions: Array.from(document.querySelectorAll('.cf-lesion'), (one) => one.textContent + one.ariaPressed),
    crop: JSON.stringify(document.querySelector('.cf-compare').parentElement.cfesrt.value()?.box),
    summary: document.querySelector('.cf-summary').textContent,
}})"""


def notice(driver: PageDriver) -> str:
    driver.page.wait_for_function("() => document.querySelector('.cf-message')?.textContent.includes('reloaded')")
    return driver.page.inner_text(".cf-message")


def shown(driver: PageDriver, model: str) -> None:
    driver.page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === '{model}')?.url")


def test_lesions_results_and_place_survive(driver: PageDriver, server: Server) -> None:
    page = driver.page
    driver.choose(png(PHOTO), "Erika Mustermann.png")
    driver.wait_for_photo()
    driver.crop(30, 20, 48, 40)
    driver.enhance()
    page.click(".cf-add")
    driver.crop(90, 60, 32, 32)
    page.locator(".cf-lesion").first.click()
    driver.more()
    page.locator(".cf-chips input[value=original]").set_checked(True, force=True)
    shown(driver, "original")
    page.fill(".cf-zoom", "4")
    page.focus(".cf-pane[data-model=esrt] .openseadragon-canvas")
    page.keyboard.press("ArrowRight")
    page.fill(".cf-detail", "0.4")
    page.check(".cf-overlays input[value=residual]", force=True)
    page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === 'esrt').overlaid")
    page.check(".cf-modes input[value=curtain]", force=True)
    blend = page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === 'cf-esrt').url")
    before, box = page.evaluate(STATE), driver.box()
    assert blend
    page.reload()
    assert notice(driver) == strings.RESUMED
    driver.wait_for_photo()
    shown(driver, "cf-esrt")
    page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
    page.wait_for_function(f"(old) => JSON.stringify({VIEWER}.value()?.box) === old", arg=before["crop"])
    assert page.evaluate(STATE) == before
    assert driver.box() == box == {"x": 30, "y": 20, "width": 48, "height": 40}
    driver.wait_for_pixels("esrt", expected(PHOTO[20:60, 30:78], "esrt").refined)
    assert page.is_hidden(".cf-veil")
    assert page.is_visible(".cf-overlay-legend")
    file, data = driver.export("#cf-save [data-kind=zip]")
    assert file.endswith(".zip")
    assert data
    stored = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "Mustermann" not in stored
    page.locator(".cf-lesion").nth(1).click()  # the box that was not enhanced is there too
    assert driver.box() == {"x": 90, "y": 60, "width": 32, "height": 32}
    driver.enhance()
    assert server.uploads() == []


def test_a_photograph_without_results_survives_and_a_stranger_finds_nothing(driver: PageDriver, server: Server) -> None:
    driver.open(png(PHOTO))
    driver.crop(30, 20, 48, 40)
    key = driver.page.evaluate("JSON.parse(sessionStorage.getItem('cf-esrt-place')).key")
    assert len(key) >= 32
    other = PageDriver(driver.page.context.new_page(), server.address)  # another tab of the same browser
    assert other.page.inner_text(".cf-message") == strings.FIRST
    other.page.close()
    driver.page.reload()
    assert notice(driver) == strings.PHOTO_RESUMED
    assert driver.box() == {"x": 30, "y": 20, "width": 48, "height": 40}
    assert driver.page.evaluate("JSON.parse(sessionStorage.getItem('cf-esrt-place')).key") != key  # good for one time
    driver.enhance()


def test_what_is_gone_is_said_once(driver: PageDriver) -> None:
    remember: Any = "(key) => sessionStorage.setItem('cf-esrt-place', JSON.stringify({ key }))"
    driver.page.evaluate(remember, "x" * 32)
    driver.page.reload()
    assert notice(driver) == strings.GONE
    assert driver.page.is_visible(".cf-drop")
    driver.page.reload()
    driver.page.wait_for_function("() => document.querySelector('.cf-compare')?.parentElement.cfesrt")
    driver.page.wait_for_timeout(500)
    assert driver.page.inner_text(".cf-message") == strings.FIRST
