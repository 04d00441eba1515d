"""Results belong to one photograph, lesion and box: nothing of another is shown, or saved, as theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cf_esrt.interface.preview import strings
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import MODELS, VIEWER, PageDriver, picture, png

PHOTO = picture(160, 120)
CROP = (30, 20, 48, 40)
OTHER = (90, 60, 32, 32)
VEIL_BOX = strings.PANES["veil_box"]


def lesion(of: int, chosen: int) -> str:
    return strings.PANES["veil_lesion"].format(m=of, n=chosen)


@contextmanager
def held(server: Server, *models: str) -> Iterator[None]:
    """Keep models from ending."""
    files = [Path(f"{server.hold}-{model}") for model in models]
    for file in files:
        file.touch()
    try:
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def done(driver: PageDriver) -> None:
    driver.page.wait_for_function(
        "() => document.querySelector('.cf-message')?.textContent.startsWith('Done')"
        " && document.querySelector('#cf-cancel').disabled"
    )


def shows(driver: PageDriver, box: tuple[int, int, int, int]) -> None:
    """The panes hold exactly that box's pixels."""
    x, y, width, height = box
    for model in MODELS:
        driver.wait_for_pixels(model, expected(PHOTO[y : y + height, x : x + width], model).refined)


def veiled(driver: PageDriver, words: str) -> None:
    driver.page.wait_for_function("(words) => document.querySelector('.cf-veil p').textContent === words", arg=words)
    assert driver.veil() == words
    assert driver.exportable() == 0


def unveiled(driver: PageDriver) -> None:
    driver.page.wait_for_selector(".cf-veil", state="hidden")
    assert driver.exportable() > 0


def chips(driver: PageDriver) -> list[str]:
    return driver.page.locator(".cf-lesion").all_inner_texts()


def test_every_move_veils_what_is_not_of_the_choice(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.enhance()
    done(driver)
    unveiled(driver)
    assert chips(driver) == ["1 ✓"]
    # the box moves, by keys and by the fields, and back
    driver.page.focus(".cf-stage")
    driver.page.keyboard.press("ArrowRight")
    veiled(driver, VEIL_BOX)
    assert chips(driver) == ["1"]
    driver.page.keyboard.press("ArrowLeft")
    unveiled(driver)
    assert chips(driver) == ["1 ✓"]
    driver.crop(*OTHER)
    veiled(driver, VEIL_BOX)
    driver.crop(*CROP)
    unveiled(driver)
    # another lesion, without a result and with one, and back
    driver.page.click(".cf-add")
    veiled(driver, lesion(1, 2))
    driver.crop(*OTHER)
    driver.enhance()
    done(driver)
    unveiled(driver)
    shows(driver, OTHER)
    driver.page.locator(".cf-lesion").first.click()
    unveiled(driver)
    driver.shows_box(*CROP[:2])
    shows(driver, CROP)
    driver.page.click(".cf-mark[data-lesion='2']")  # on the photograph, where all boxes stay drawn
    driver.shows_box(*OTHER[:2])
    unveiled(driver)
    # what leaves is named after what is seen
    name, _ = driver.export("#cf-save [data-kind=zip]")
    assert name == "photograph-1_lesion-2_x90-y60-32x32_all-panes_x4-enhanced.zip"
    # a removed lesion's place is taken by another's results
    driver.page.locator(".cf-remove").nth(1).click()
    driver.shows_box(*CROP[:2])
    unveiled(driver)
    # another photograph clears everything
    driver.open(png(picture(160, 120, seed=5)))
    driver.page.wait_for_function("() => !document.querySelector('.cf-pane[data-shown]')")
    assert driver.exportable() == 0
    assert chips(driver) == ["1"]
    assert driver.shown() == dict.fromkeys(MODELS)


def test_moves_while_jobs_are_under_way(driver: PageDriver, server: Server) -> None:
    page = driver.page
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    with held(server, "cf-esrt"):
        page.click("#cf-enhance")
        page.wait_for_function(f"() => {VIEWER}.value()?.panes.length === 2")
        driver.crop(*OTHER)  # the box moves while its results arrive
        veiled(driver, VEIL_BOX)
    done(driver)
    veiled(driver, VEIL_BOX)  # they came, and are of the box before
    driver.crop(*CROP)
    unveiled(driver)
    shows(driver, CROP)
    with held(server, "cf-esrt"):
        driver.crop(*OTHER)
        page.click("#cf-enhance")
        page.wait_for_function(f"() => {VIEWER}.value()?.box.x === 90")
        page.click(".cf-add")  # another lesion is chosen meanwhile
        veiled(driver, lesion(1, 2))
    done(driver)
    veiled(driver, lesion(1, 2))
    page.locator(".cf-lesion").first.click()
    unveiled(driver)
    shows(driver, OTHER)


def test_a_photograph_that_is_opened_meanwhile_gets_nothing_of_the_one_before(
    driver: PageDriver, server: Server
) -> None:
    page = driver.page
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    second = picture(160, 120, seed=9)
    with held(server, "cf-esrt"):
        page.click("#cf-enhance")
        page.wait_for_function(f"() => {VIEWER}.value()?.panes.length === 2")
        driver.open(png(second))
        page.wait_for_function("() => !document.querySelector('.cf-pane[data-shown]')")
        assert driver.exportable() == 0
    page.wait_for_selector("#cf-cancel[disabled]")
    page.wait_for_timeout(500)
    assert driver.shown() == dict.fromkeys(MODELS)
    assert page.inner_text(".cf-message") == strings.READY  # no word of the old job
    driver.crop(*CROP)
    driver.enhance()
    cut = second[20:60, 30:78]
    np.testing.assert_array_equal(driver.pixels("esrt"), expected(cut, "esrt").refined)


def test_an_export_of_another_box_is_refused_by_the_server_too(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.enhance()
    done(driver)
    moved = {"photo": 1, "lesion": 1, "box": {"x": 31, "y": 20, "width": 48, "height": 40}, "panes": [], "titles": {}}
    driver.page.evaluate(
        f"(detail) => document.dispatchEvent(new CustomEvent('cf-exportable', {{ detail: {json.dumps(moved)} }}))",
        moved,
    )
    driver.page.click(".cf-save-open")
    driver.page.click("#cf-save [data-kind=zip]")
    driver.page.wait_for_function(
        "(words) => document.querySelector('.cf-export-status').textContent === words", arg=strings.MOVED
    )
