"""A reload of the tab: lesions, results and place survive it, or the page says that they are gone."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt.interface.preview import texts
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import BENCH, Desk, picture, png

PHOTO = picture(160, 120)
STATE = f"""() => ({{
    view: [{BENCH}.view.x, {BENCH}.view.y, {BENCH}.view.times],
    panes: {BENCH}.layout.chosen().map((pane) => pane.name),
    mode: {BENCH}.modes.now(),
    layer: document.querySelector('.cf-layers input:checked').value,
    detail: document.querySelector('.cf-detail').value,
    lesions: Array.from(document.querySelectorAll('.cf-lesion'), (one) => one.textContent + one.ariaPressed),
    crop: document.querySelector('.cf-crop-line').textContent,
    facts: document.querySelector('.cf-facts').textContent,
}})"""


def said(desk: Desk) -> str:
    desk.page.wait_for_function("() => document.querySelector('.cf-said')?.textContent.includes('reloaded')")
    return desk.page.inner_text(".cf-said")


def shown(desk: Desk, model: str) -> None:
    desk.page.wait_for_function(f"() => {BENCH}.panes.find((pane) => pane.name === '{model}')?.url")


def test_lesions_results_and_place_survive(desk: Desk, server: Server) -> None:
    page = desk.page
    desk.choose(png(PHOTO), "Erika Mustermann.png")
    desk.wait_for_photo()
    desk.crop(30, 20, 48, 40)
    desk.enhance()
    page.click(".cf-add")
    desk.crop(90, 60, 32, 32)
    page.locator(".cf-lesion").first.click()
    page.locator(".cf-chips input[value=original]").set_checked(True, force=True)
    shown(desk, "original")
    page.fill(".cf-zoom", "4")
    page.focus(".cf-pane[data-model=esrt] .openseadragon-canvas")
    page.keyboard.press("ArrowRight")
    page.fill(".cf-detail", "0.4")
    page.check(".cf-layers input[value=residual]", force=True)
    page.wait_for_function(f"() => {BENCH}.panes.find((pane) => pane.name === 'esrt').mapped")
    page.check(".cf-modes input[value=curtain]", force=True)
    blend = page.wait_for_function(f"() => {BENCH}.panes.find((pane) => pane.name === 'cf-esrt').url")
    before, box = page.evaluate(STATE), desk.box()
    assert blend
    page.reload()
    assert said(desk) == texts.RESUMED
    desk.wait_for_photo()
    shown(desk, "cf-esrt")
    page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
    page.wait_for_function("(old) => document.querySelector('.cf-crop-line').textContent === old", arg=before["crop"])
    assert page.evaluate(STATE) == before
    assert desk.box() == box == {"x": 30, "y": 20, "width": 48, "height": 40}
    np.testing.assert_array_equal(desk.pixels("esrt"), expected(PHOTO[20:60, 30:78], "esrt").refined)
    assert page.is_hidden(".cf-stale")
    assert page.is_visible(".cf-map-legend")
    file, data = desk.take(".cf-taking [data-what=zip]")
    assert file.endswith(".zip")
    assert data
    stored = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "Mustermann" not in stored
    page.locator(".cf-lesion").nth(1).click()  # the box that was not enhanced is there too
    assert desk.box() == {"x": 90, "y": 60, "width": 32, "height": 32}
    desk.enhance()
    assert server.uploads() == []


def test_a_photograph_without_results_survives_and_a_stranger_finds_nothing(desk: Desk, server: Server) -> None:
    desk.open(png(PHOTO))
    desk.crop(30, 20, 48, 40)
    key = desk.page.evaluate("JSON.parse(sessionStorage.getItem('cf-esrt-place')).key")
    assert len(key) >= 32
    other = Desk(desk.page.context.new_page(), server.address)  # another tab of the same browser
    assert other.page.inner_text(".cf-said") == texts.FIRST
    other.page.close()
    desk.page.reload()
    assert said(desk) == texts.PHOTO_RESUMED
    assert desk.box() == {"x": 30, "y": 20, "width": 48, "height": 40}
    assert desk.page.evaluate("JSON.parse(sessionStorage.getItem('cf-esrt-place')).key") != key  # good for one time
    desk.enhance()


def test_what_is_gone_is_said_once(desk: Desk) -> None:
    remember: Any = "(key) => sessionStorage.setItem('cf-esrt-place', JSON.stringify({ key }))"
    desk.page.evaluate(remember, "x" * 32)
    desk.page.reload()
    assert said(desk) == texts.GONE
    assert desk.page.is_visible(".cf-drop")
    desk.page.reload()
    desk.page.wait_for_function("() => document.querySelector('.cf-results')?.parentElement.cfesrt")
    desk.page.wait_for_timeout(500)
    assert desk.page.inner_text(".cf-said") == texts.FIRST
