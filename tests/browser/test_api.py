"""``/enhance`` as a program calls it, on the real app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from cf_esrt.fidelity import low_resolution_consistency
from cf_esrt.fidelity.trust import Belief, believe, mask_picture, trust_text
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.trust import levels
from cf_esrt.provenance import pixel_digest, read_picture, read_xmp
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import picture, png
from tests.browser.test_believe import lesion

PHOTO = picture(48, 40, seed=9)


@pytest.fixture(scope="module")
def client(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A program's connection to the app."""
    connected = Client(server.address, download_files=tmp_path_factory.mktemp("fetched"), verbose=False)
    yield connected
    connected.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A photograph under a name that says too much."""
    path = tmp_path / "Erika Mustermann.png"
    path.write_bytes(png(PHOTO))
    return path


def call(client: Client, file: Path, **given: Any) -> Any:
    return client.predict(image=handle_file(str(file)), api_name="/enhance", **given)


@pytest.mark.parametrize(("given", "model", "detail"), [
    ({}, "cf-esrt", 1.0), ({"detail": 0.5}, "cf-esrt", 0.5), ({"model": "bicubic"}, "bicubic", 1.0),
])  # fmt: skip
def test_enhance_gives_a_labelled_png_and_what_can_be_said_of_it(
    client: Client, server: Server, file: Path, given: dict[str, Any], model: str, detail: float
) -> None:
    path, info = call(client, file, **given)
    data = Path(path).read_bytes()
    wanted = expected(PHOTO, model).blend(detail)
    np.testing.assert_array_equal(read_picture(data), wanted)
    label = read_xmp(data)
    assert (label.model, label.detail) == (model, detail if model == "cf-esrt" else None)
    assert Path(path).name.endswith("-enhanced.png")
    with Image.open(path) as plain:
        assert plain.size == (4 * PHOTO.shape[1], 4 * PHOTO.shape[0])
    assert info["fidelity"]["consistency_db"] == pytest.approx(low_resolution_consistency(wanted, PHOTO))
    (result,) = info["provenance"]["results"]
    assert result["result"]["sha256"] == pixel_digest(wanted)
    assert result["crop"] == result["photograph"]
    assert server.uploads() == []
    assert "Mustermann" not in server.log.read_text()


def test_the_strip_comes_where_it_is_asked_for(client: Client, file: Path) -> None:
    path, _ = call(client, file, model="bicubic", caption=True)
    with Image.open(path) as captioned:
        assert captioned.height > 4 * PHOTO.shape[0]
    np.testing.assert_array_equal(read_picture(Path(path).read_bytes()), expected(PHOTO, "bicubic").refined)


@pytest.mark.parametrize("level", [None, 4.0])
def test_a_mask_comes_where_it_is_asked_for(client: Client, tmp_path: Path, level: float | None) -> None:
    crop, path = lesion(), tmp_path / "lesion.png"
    path.write_bytes(png(crop))
    result = expected(crop, "bicubic").refined
    belief = believe(result, crop, model="bicubic", title="", sha256=None, detail=None, degradation="bicubic")
    assert isinstance(belief, Belief)
    given = {} if level is None else {"level": level}
    _, info = call(client, path, model="bicubic", trust_mask=True, **given)
    mask, wanted = info["trust_mask"], belief.level if level is None else level
    assert 0 < belief.share(wanted) < 1
    data = Path(mask["file"]).read_bytes()
    np.testing.assert_array_equal(read_picture(data), mask_picture(belief.mask(wanted)))
    assert read_xmp(data).believed == trust_text(belief, wanted)
    assert Path(mask["file"]).name == f"lesion-x4-bicubic-believe-{wanted:g}.png"
    assert (mask["level"], mask["sentence"]) == (wanted, belief.sentence(wanted))
    assert mask["unveiled"] == info["fidelity"]["trust"]["unveiled"][f"{wanted:g}"]


def test_where_nothing_is_promised_the_mask_says_why(client: Client, file: Path) -> None:
    _, info = call(client, file, model="esrt", trust_mask=True)  # the fakes' weights were not calibrated
    assert info["trust_mask"]["file"] is None
    assert info["trust_mask"]["sentence"] == info["fidelity"]["trust"]["off"]
    assert "trust_mask" not in call(client, file, model="esrt")[1]


def test_cautions_and_notices_come_along(client: Client, tmp_path: Path) -> None:
    see_through = tmp_path / "glass.png"
    Image.fromarray(np.dstack([PHOTO, np.full(PHOTO.shape[:2], 90, np.uint8)])).save(see_through)
    _, info = call(client, see_through)
    assert info["cautions"][0] == "See-through pixels were laid on white."
    noticed = [notice["sentence"] for notice in info["fidelity"]["notices"]]
    assert noticed
    assert set(noticed) < set(info["cautions"])


def test_arguments_are_typed(client: Client) -> None:
    api: Any = client.view_api(return_format="dict", print_info=False)
    assert list(api["named_endpoints"]) == ["/enhance"]
    parameters = {one["parameter_name"]: one for one in api["named_endpoints"]["/enhance"]["parameters"]}
    assert list(parameters) == ["image", "model", "detail", "caption", "trust_mask", "level"]
    assert parameters["model"]["type"] == {"type": "string"}
    assert (parameters["detail"]["type"], parameters["detail"]["parameter_default"]) == ({"type": "number"}, 1.0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "none"}, "choose one of bicubic"),
        ({"model": 3}, "choose one of bicubic"),
        ({"model": "missing"}, "choose one of bicubic"),
        ({"detail": 1.5}, strings.WRONG_DETAIL),
        ({"detail": "much"}, strings.WRONG_DETAIL),
        ({"detail": True}, strings.WRONG_DETAIL),
        ({"level": 5.5}, strings.wrong_level(levels())),
        ({"level": True}, strings.wrong_level(levels())),
        ({"level": "high"}, strings.wrong_level(levels())),
    ],
)
def test_a_wrong_argument_is_one_sentence(
    client: Client, server: Server, file: Path, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(AppError) as caught:
        call(client, file, **given)
    assert words in str(caught.value)
    assert server.uploads() == []


def test_bad_bytes_are_one_sentence(client: Client, server: Server, tmp_path: Path) -> None:
    bad, large = tmp_path / "bad.png", tmp_path / "large.png"
    bad.write_bytes(b"no picture" * 20)
    large.write_bytes(png(np.zeros((1025, 1024, 3), np.uint8)))
    for path, words in ((bad, "."), (large, "1024 × 1025 px; at most 1,048,576 pixels")):
        with pytest.raises(AppError) as caught:
            call(client, path)
        assert words in str(caught.value)
        assert "Traceback" not in str(caught.value)
    with pytest.raises(AppError, match="did not arrive"):
        client.predict(image={"path": "/etc/hostname"}, api_name="/enhance")
    assert server.uploads() == []


def test_a_file_is_fetched_once(client: Client, file: Path, server: Server) -> None:
    import urllib.error
    import urllib.request

    plain = Client(server.address, download_files=False, verbose=False)
    file_data, _ = plain.predict(image=handle_file(str(file)), api_name="/enhance")
    with urllib.request.urlopen(server.address + file_data["url"]) as answer:
        np.testing.assert_array_equal(read_picture(answer.read()), expected(PHOTO, "cf-esrt").refined)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(server.address + file_data["url"])
    plain.close()
