"""Exports in a real browser: every file arrives, labelled."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from cf_esrt.fidelity import back_project
from cf_esrt.interface.preview import strings
from cf_esrt.provenance import read_picture, read_xmp
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import PageDriver, open_page, picture, png

PHOTO = picture(160, 120)
CUT = PHOTO[20:60, 30:78]


@pytest.fixture(scope="module")
def driver(server: Server, browser: Any) -> Iterator[PageDriver]:
    """One page with one finished enhancement for all tests of this file."""
    with open_page(browser, server.address) as opened:
        assert opened.exportable() == 0
        opened.open(png(PHOTO))
        opened.crop(30, 20, 48, 40)
        opened.enhance()
        yield opened
    assert server.uploads() == []  # no export was written to disk


def pane(model: str, what: str) -> str:
    return f"#cf-save [data-pane={model}][data-kind={what}]"


def test_a_pane_leaves_as_png_and_dicom(driver: PageDriver) -> None:
    name, data = driver.export(pane("cf-esrt", "png"))
    assert name == "photograph-1_lesion-1_x30-y20-48x40_cf-esrt-detail-1.00_x4-enhanced.png"
    assert read_xmp(data).enhanced
    np.testing.assert_array_equal(read_picture(data), expected(CUT, "cf-esrt").refined)
    driver.page.click(".cf-save-open")
    driver.page.fill(".cf-file-name input", "left arm / Ärmel")
    name, data = driver.export(pane("bicubic", "dicom"))
    assert name == "left-arm-Armel_lesion-1_x30-y20-48x40_bicubic_x4-enhanced.dcm"
    np.testing.assert_array_equal(dcmread(io.BytesIO(data)).pixel_array[:160, :192], expected(CUT, "bicubic").refined)
    assert driver.page.text_content(".cf-export-status") == f"{name} is ready."


def test_all_panes_leave_as_zip_and_sheets_with_the_calibration(driver: PageDriver) -> None:
    driver.more()
    driver.page.click(".cf-calibrate")
    driver.page.fill(".cf-mm", "5")
    driver.page.keyboard.press("Enter")
    _, data = driver.export("#cf-save [data-kind=zip]")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        settings = json.loads(archive.read("settings.json"))
        assert {"bicubic.png", "esrt.png", "cf-esrt-detail-1.00.png", "provenance.json"} <= set(archive.namelist())
    assert settings["millimetres_per_photograph_pixel"] > 0
    for what, magic in (("sheet-pdf", b"%PDF-"), ("sheet-png", b"\x89PNG")):
        _, data = driver.export(f"#cf-save [data-kind={what}]")
        assert data.startswith(magic)


def test_no_control_turns_the_label_off(driver: PageDriver) -> None:
    assert "Every file says in its metadata" in (driver.page.text_content("#cf-save") or "")
    assert driver.page.locator("#cf-save input:not([type=text]), #cf-save select").count() == 0


def test_back_projection_is_switched_on_shown_and_off(driver: PageDriver) -> None:
    selector = ".cf-figures [data-model=esrt] .cf-back-projected"
    driver.more()
    assert driver.page.inner_text(selector) == ""
    driver.page.check(".cf-back-projection")
    driver.page.wait_for_function(f"() => document.querySelector('{selector}').textContent")
    assert driver.page.inner_text(selector) in (strings.CORRECTED, strings.SHORT)
    driver.wait_for_pixels("esrt", back_project(expected(CUT, "esrt").refined, CUT))
    assert driver.page.inner_text(".cf-back-projection-status") == ""
    driver.page.uncheck(".cf-back-projection")
    driver.page.wait_for_function(f"() => !document.querySelector('{selector}').textContent")
    driver.wait_for_pixels("esrt", expected(CUT, "esrt").refined)
