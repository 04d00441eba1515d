"""Live in a browser without a server behind it: the server's picture, and not one request once it is loaded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from cf_esrt import checkpoints, models, photo
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.enhance import Enhancer
from cf_esrt.interface.common.strings import SYNTHETIC
from cf_esrt.models import ModelDescriptor
from cf_esrt.networks import Live
from tests.browser.isolated import serve_folder
from tests.browser.page_driver import PATIENCE
from training.release import static_page

ARGUMENTS = {"channels": 8, "convolutions": 4}
AS_LOADED = """() => {
    const find = (id) => document.getElementById(id);
    find('photograph').hidden = find('panes').hidden = find('about-picture').hidden = find('save').disabled = true;
    find('refused').textContent = '';
    find('side').value = '128';
}"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelDescriptor:
    """Random weights that add up to some thirty levels."""
    torch.manual_seed(0)
    network = Live(**ARGUMENTS)
    nn.init.normal_(network.convolutions[-1].weight, std=0.02)  # type: ignore[arg-type]
    path = tmp_path_factory.mktemp("weights") / "live.safetensors"
    checkpoints.write(path, network.state_dict(), CheckpointInfo("Live", ARGUMENTS))
    return models.from_checkpoint(path)


@pytest.fixture(scope="module")
def address(model: ModelDescriptor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    static_page.build(model, folder)
    with serve_folder(folder) as served:
        yield served


@pytest.fixture(scope="module")
def opened(browser: Any, address: str) -> Iterator[Any]:
    """The loaded page, whose network connection is then cut; every request after that is noted."""
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.sentences, page.requests = [], []
    page.on("pageerror", lambda error: page.sentences.append(str(error)))
    page.goto(address)
    page.get_by_text("Open a photograph.").wait_for()
    page.on("request", lambda request: page.requests.append(request.url))
    context.set_offline(True)
    yield page
    context.close()


@pytest.fixture
def page(opened: Any) -> Iterator[Any]:
    """The one page of this file, as if nothing had been opened: to load the network takes seconds."""
    opened.evaluate(AS_LOADED)
    yield opened
    assert opened.sentences == []
    assert [url for url in opened.requests if not url.startswith("blob:")] == []


PIXELS = np.random.default_rng(0).integers(0, 256, (150, 180, 3), np.uint8)


def give(page: Any, name: str = "mole.png") -> None:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()})
    page.locator("#panes").wait_for()


def saved(page: Any) -> Image.Image:
    page.locator("#save:enabled").wait_for()
    with page.expect_download() as download:
        page.click("#save")
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    picture.info["name"] = download.value.suggested_filename
    return picture


def test_it_saves_the_servers_picture_labelled(page: Any, model: ModelDescriptor) -> None:
    """A crop of several tiles, with the page offline."""
    give(page)
    picture = saved(page)
    wanted = Enhancer.of(model, "cpu", engine="torch")(np.ascontiguousarray(PIXELS[11 : 11 + 128, 26 : 26 + 128]))
    difference = np.abs(np.asarray(picture.convert("RGB")).astype(int) - wanted)
    assert np.mean(difference <= 1) >= 0.999
    assert np.abs(wanted.astype(int) - np.asarray(picture.convert("RGB"))).mean() < 0.1
    said = {key: str(value) for key, value in picture.text.items()}  # type: ignore[attr-defined]
    labels = photo.labels(model=model.name, sha256=model.sha256, detail=None)
    assert {key: said[key] for key in labels} == labels
    assert said["Crop"] == "128×128 from 26, 11"
    assert said["Engine"].startswith("onnxruntime-web, float32")
    assert picture.info["name"] == "mole-live.plain.png"


def test_moving_the_box_shows_the_place_where_it_stops(page: Any, model: ModelDescriptor) -> None:
    """Many steps at once: what is in the way is dropped, and the last place is shown."""
    give(page)
    page.select_option("#side", "64")
    page.focus("#box")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    picture = saved(page)
    x, y = (int(part) for part in picture.text["Crop"].split(" from ")[1].split(", "))  # type: ignore[attr-defined]
    assert (x, y) == (58 + 48, 43)
    wanted = Enhancer.of(model, "cpu", engine="torch")(np.ascontiguousarray(PIXELS[y : y + 64, x : x + 64]))
    assert np.mean(np.abs(np.asarray(picture.convert("RGB")).astype(int) - wanted) <= 1) >= 0.999


def test_the_curtain_is_moved_by_keys(page: Any) -> None:
    give(page)
    page.focus("#curtain")
    page.keyboard.press("PageUp")
    assert page.get_attribute("#curtain", "aria-valuenow") == "60"
    assert page.evaluate("getComputedStyle(document.getElementById('live')).clipPath") == "inset(0px 0px 0px 60%)"


def test_it_says_what_is_synthetic_and_where_the_label_is(page: Any) -> None:
    give(page)
    assert page.get_by_text(SYNTHETIC).is_visible()
    assert page.get_by_text("label as text inside the file").is_visible()


def test_what_it_cannot_read_is_one_sentence_that_names_it_and_what_stays(page: Any) -> None:
    page.set_input_files("#file", {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    refused = page.get_by_role("alert")
    refused.filter(has_text="x.png: The photograph cannot be read: the file is damaged.").wait_for()
    give(page)
    refused.filter(has_not_text="x.png").wait_for(state="attached")
    page.set_input_files("#file", {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    refused.filter(has_text="mole.png stays open.").wait_for()
    page.set_input_files("#file", {"name": "x.tif", "mimeType": "image/tiff", "buffer": b"II*"})
    page.get_by_text("This page reads JPEG, PNG and WebP").wait_for()


def test_the_end_of_a_picture_hides_no_sentence_about_a_file(page: Any) -> None:
    give(page)
    page.set_input_files("#file", {"name": "x.tif", "mimeType": "image/tiff", "buffer": b"II*"})
    sentence = page.get_by_text("This page reads JPEG, PNG and WebP")
    sentence.wait_for()
    page.locator("#save:enabled").wait_for()
    assert sentence.is_visible()
    page.focus("#box")
    page.keyboard.press("ArrowRight")
    page.get_by_text("pixels enlarged in").wait_for()


def test_a_crop_that_failed_leaves_no_alarm_over_the_next(page: Any) -> None:
    give(page)
    page.locator("#save:enabled").wait_for()
    page.evaluate("document.getElementById('status').className = 'alert'")  # as after a crop that could not be enlarged
    page.focus("#box")
    page.keyboard.press("ArrowLeft")
    page.locator("#save:enabled").wait_for()
    assert page.get_attribute("#status", "class") == ""


def test_a_network_that_needs_the_whole_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ESRT sees whole pictures"):
        static_page.build(models.describe("esrt"), tmp_path / "page")
