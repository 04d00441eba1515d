"""The page as a whole: nothing recorded, nothing callable from outside, nothing fetched from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import gradio as gr

from cf_esrt import models
from cf_esrt.checkpoints import CheckpointError
from cf_esrt.interface.common.strings import NOTICE, SYNTHETIC
from cf_esrt.interface.common.templates import header
from cf_esrt.interface.preview import markup, strings
from cf_esrt.interface.preview.page import build
from cf_esrt.interface.preview.panes import Pane, available_panes
from tests.browser.fake_app import NAMES, FakeEnhancer, describe

ROOT = Path(__file__).parents[3]


def test_building_loads_no_network(tmp_path: Path) -> None:
    def load(name: str) -> object:
        raise AssertionError(name)

    page = build(load, describe, tmp_path, NAMES).blocks
    assert list(page.get_api_info()["named_endpoints"]) == ["/enhance"]
    public = [function.api_name for function in page.fns.values() if function.api_visibility != "private"]
    assert public == ["enhance"]


def test_gradio_looks_less_often_for_calls_than_it_would(tmp_path: Path) -> None:
    """By names that are Gradio's: a version that has others is noticed here."""
    own, plain = build(FakeEnhancer, describe, tmp_path, NAMES).blocks._queue, gr.Blocks().queue()._queue
    assert own.sleep_when_free >= 10 * plain.sleep_when_free
    assert own.progress_update_sleep_when_free >= 10 * plain.progress_update_sleep_when_free


def test_page_opens_without_checkpoints(tmp_path: Path) -> None:
    def missing(name: str) -> object:
        raise CheckpointError("There is no checkpoint.")

    page = build(FakeEnhancer, missing, tmp_path).blocks
    assert strings.UNTRAINED in json.dumps(page.get_config_file(), default=str)


def test_every_slot_is_filled_and_words_are_escaped() -> None:
    panes = (*available_panes(describe, NAMES)[0], Pane("<script>", "<script>", "<script>", "<script>"))
    whole = header("") + markup.upload([]) + markup.crop() + markup.panes(panes)
    assert "[[" not in whole
    assert "<script>" not in whole
    for sign in ("`", "${", "{{"):  # Gradio would run these as a template
        assert sign not in whole
    assert "&lt;b&gt;" in markup.status("<b>")
    assert "(synthetic)" in whole
    assert NOTICE in whole


def test_every_pane_with_added_texture_says_synthetic() -> None:
    panes, described = available_panes(models.describe, models.names())
    refined = {model.name for model in described if model.stage == "both"}
    assert "cf-esrt" in refined
    for pane in panes:
        assert (SYNTHETIC in pane.note.lower()) == (pane.model in refined and pane.stage != "coarse"), pane.name


def test_about_reads_the_descriptors() -> None:
    text = markup.about([describe("bicubic"), describe("cf-esrt")])
    for words in ("751,767", "abababababab", "CC0-1.0", "a test", "ISIC archive", "PAD-UFES-20"):
        assert words in text


def test_a_photographs_summary_is_one_line() -> None:
    assert strings.photo_summary((5, 4), "PNG", False, None) == "5 × 4 px · PNG"
    assert strings.photo_summary((5, 4), "JPEG", True, "P3") == "5 × 4 px · JPEG · turned upright · P3 to sRGB"
