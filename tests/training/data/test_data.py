"""Photographs are decoded once and kept as they are; what is damaged is named; a full disk only slows things down."""

from __future__ import annotations

import errno
import json
import logging
import os
import pickle
import shutil
import threading
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from tests.photo.files import P3_TO_XYZ_D50, matrix_profile
from tests.training.data.trees import photograph
from tests.training.helpers import write_photographs
from training.config import ConfigError
from training.data import (
    DecodingStore,
    ImageStore,
    MappedStore,
    UnreadableImage,
    decode,
    list_images,
    read_image,
    shrink_whole,
)
from training.data import cache as cache_module
from training.data import store as store_module
from training.data.cache import bytes_needed
from training.data.images import header_size

Usage = namedtuple("Usage", "total used free")


def as_is(image: np.ndarray) -> np.ndarray:
    return image


def pixels_of(path: Path) -> np.ndarray:
    return np.array(Image.open(path).convert("RGB"))


def full_disk(patch: pytest.MonkeyPatch, free: int = 0) -> None:
    patch.setattr(cache_module.shutil, "disk_usage", lambda folder: Usage(1 << 40, 0, free))


def test_images_are_kept_as_they_are(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50), (33, 70)])
    for _ in range(2):  # written the first time, mapped the second
        store = ImageStore.open(files, tmp_path / "cache", "original", as_is)
        assert isinstance(store, MappedStore)
        assert store.shapes == [(40, 50), (33, 70)]
        assert store.names == ["photo0.png", "photo1.png"]
        for index, path in enumerate(files):
            np.testing.assert_array_equal(store.image(index), pixels_of(path))
        assert store.pixels is not None
        np.testing.assert_array_equal(store.pixels[store.offsets[1] :], pixels_of(files[1]).ravel())


def test_many_images_come_in_their_order(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(8 + i % 5, 9) for i in range(60)])
    store = ImageStore.open(files, tmp_path / "cache", "original", as_is)
    assert store.names == [path.name for path in files]
    for index in (0, 17, 59):
        np.testing.assert_array_equal(store.image(index), pixels_of(files[index]))


def test_the_cache_is_not_made_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50)])
    ImageStore.open(files, tmp_path / "cache", "original", as_is)
    monkeypatch.setattr(cache_module, "read_image", lambda path: pytest.fail("decoded again"))
    (tmp_path / "cache").chmod(0o500)  # a cache that is there can be read without being written
    try:
        assert len(ImageStore.open(files, tmp_path / "cache", "original", as_is)) == 1
    finally:
        (tmp_path / "cache").chmod(0o700)


def test_another_folders_photographs_do_not_come_back(tmp_path: Path) -> None:
    """The same names, sizes in pixels and bytes, other pictures."""
    files = write_photographs(tmp_path / "photos", [(40, 50), (40, 50)])
    others = [tmp_path / "others" / path.name for path in files]
    others[0].parent.mkdir()
    for path, other in zip(files, others, strict=True):
        Image.fromarray(pixels_of(path)).save(path.with_suffix(".bmp"))
        Image.fromarray(pixels_of(path)[::-1]).save(other.with_suffix(".bmp"))
    files, others = ([path.with_suffix(".bmp") for path in some] for some in (files, others))
    assert [path.stat().st_size for path in files] == [path.stat().st_size for path in others]
    for some in (files, others):
        store = ImageStore.open(some, tmp_path / "cache", "original", as_is)
        for index, path in enumerate(some):
            np.testing.assert_array_equal(store.image(index), pixels_of(path))
        assert ImageStore.is_made(some, tmp_path / "cache", "original")
    shutil.copystat(files[0], others[0])
    shutil.copy(others[0], files[0])
    os.utime(files[0], ns=(others[0].stat().st_atime_ns, others[0].stat().st_mtime_ns))
    assert not ImageStore.is_made(files, tmp_path / "cache", "original")
    store = ImageStore.open(files, tmp_path / "cache", "original", as_is)
    np.testing.assert_array_equal(store.image(0), pixels_of(others[0]))


@pytest.mark.parametrize("index", ["[[4, 5]]", "[[4, 5], [3, 6]]", "{", '{"shapes": [[4, 5]], "names": ["0"]}'])
def test_a_cache_that_does_not_fit_its_files_is_made_again(tmp_path: Path, index: str) -> None:
    files = write_photographs(tmp_path / "photos", [(4, 5), (3, 7)])
    ImageStore.open(files, tmp_path / "cache", "original", as_is)
    next((tmp_path / "cache").glob("*.json")).write_text(index)
    np.testing.assert_array_equal(
        ImageStore.open(files, tmp_path / "cache", "original", as_is).image(1), pixels_of(files[1])
    )


def test_a_kill_while_writing_leaves_no_cache(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50)] * 3)

    def killed(image: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ImageStore.open(files, tmp_path / "cache", "original", killed)
    assert [path.suffix for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []
    assert len(ImageStore.open(files, tmp_path / "cache", "original", as_is)) == 3


def test_a_second_process_waits_for_the_first(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50)] * 3)
    calls: list[int] = []

    def slow(image: np.ndarray) -> np.ndarray:
        calls.append(threading.get_ident())
        return image

    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(lambda _: ImageStore.open(files, tmp_path / "cache", "original", slow), range(3)))
    assert {len(store) for store in stores} == {3}
    assert len(calls) == 4  # once a photograph, and once for the size that all three have


def test_a_process_that_waits_too_long_says_for_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50)])
    monkeypatch.setattr(store_module, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(store_module, "WAIT_PER_PHOTOGRAPH", 0.05)
    began, go_on = threading.Event(), threading.Event()

    def slow(image: np.ndarray) -> np.ndarray:
        began.set()
        go_on.wait(60)
        return image

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ImageStore.open, files, tmp_path / "cache", "original", slow)
        began.wait(60)
        with pytest.raises(ConfigError, match="Another process has been filling the cache"):
            ImageStore.open(files, tmp_path / "cache", "original", as_is)
        go_on.set()
        assert len(first.result()) == 1


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


def test_a_damaged_file_is_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "photos"
    write_photographs(folder, [(40, 50)])
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    cut(photograph(folder / "cut.jpg", (80, 90)), 0.7)
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.tif").write_text("not a picture")
    for attempt in range(2):  # the cache, once it is there, says so again
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            store = ImageStore.open(list_images([folder]), tmp_path / "cache", "x", as_is)
        assert store.names == ["photo0.png"]
        np.testing.assert_array_equal(store.image(0), pixels_of(folder / "photo0.png"))
        lines = [record.getMessage() for record in caplog.records if record.name.startswith("training")]
        assert len(lines) == 1, attempt
        report = next((tmp_path / "cache").glob("*.damaged.json"))
        assert "4 of 5 photographs are damaged" in lines[0]
        assert "broken.jpg" in lines[0]
        assert str(report) in lines[0]
    document = json.loads(report.read_text())
    assert document["photographs"] == 5
    reasons = {row["name"]: row["reason"] for row in document["damaged"]}
    assert reasons.keys() == {"broken.jpg", "cut.jpg", "empty.png", "text.tif"}
    assert "cut short" in reasons["cut.jpg"]
    assert "empty" in reasons["empty.png"]
    assert document["damaged"][0]["file"] == str(folder / "broken.jpg")


@pytest.mark.parametrize("full", [False, True])
def test_where_all_are_damaged_the_report_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    if full:
        full_disk(monkeypatch)
    (tmp_path / "1.png").write_bytes(b"no picture")
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"None of the 1 training images could be decoded: .*damaged\.json"):
            ImageStore.open([tmp_path / "1.png"], tmp_path / "cache", "x", as_is)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_files_that_are_cut_short_are_never_taken_for_whole(tmp_path: Path, suffix: str, share: float) -> None:
    path = photograph(tmp_path / f"1{suffix}", (80, 120))
    assert read_image(path).shape == (80, 120, 3)
    with pytest.raises(UnreadableImage):
        read_image(cut(path, share))
    assert decode(path) is None


def test_a_jpegs_thumbnail_does_not_stand_for_its_end(tmp_path: Path) -> None:
    path = photograph(tmp_path / "1.jpg", (80, 120))
    thumbnail = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes()
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    data = path.read_bytes()
    path.write_bytes(data[:2] + segment + data[2:] + b"and what some phones append")
    assert read_image(path).shape == (80, 120, 3)
    with pytest.raises(UnreadableImage, match="cut short"):
        read_image(cut(path, 0.6))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_colour_profile_is_applied_as_inference_does(tmp_path: Path, suffix: str) -> None:
    profile = matrix_profile("wide", P3_TO_XYZ_D50, 2.2)
    pixels = np.full((32, 40, 3), (200, 60, 40), np.uint8)
    Image.fromarray(pixels).save(tmp_path / f"plain{suffix}", quality=100)
    Image.fromarray(pixels).save(tmp_path / f"wide{suffix}", quality=100, icc_profile=profile)
    plain, wide = (read_image(tmp_path / f"{name}{suffix}") for name in ("plain", "wide"))
    assert np.abs(wide[..., 0].astype(int) - plain[..., 0]).min() > 10
    assert np.abs(wide.astype(int) - photo.read(tmp_path / f"wide{suffix}").pixels).max() <= 1


def test_a_file_that_is_gone_is_no_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="cannot be read: No such file"):
        read_image(tmp_path / "1.png")
    with pytest.raises(ConfigError, match=r"1\.png cannot be read: No such file"):
        ImageStore.open([tmp_path / "1.png"], tmp_path / "cache", "x", as_is)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_headers_know_the_size(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (30, 20)).save(tmp_path / f"1.{suffix}", exif=exif)
    size = header_size(tmp_path / f"1.{suffix}")
    assert size is not None
    assert sorted(size) == sorted(read_image(tmp_path / f"1.{suffix}").shape[:2]) == [20, 30]


def test_the_size_of_a_cache_is_known_beforehand(tmp_path: Path) -> None:
    files = write_photographs(tmp_path, [(40, 50), (33, 70), (40, 50)])
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files.append(tmp_path / "broken.png")
    assert bytes_needed(files, as_is) == 3 * (2 * 40 * 50 + 33 * 70)
    assert bytes_needed(files, shrink_whole) == 3 * 3 * 256 * 256
    assert header_size(tmp_path / "broken.png") is None


def test_whole_photographs_are_shrunk_to_256() -> None:
    assert shrink_whole(np.zeros((300, 520, 3), np.uint8)).shape == (256, 256, 3)


def test_folders_without_images_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none is not there"):
        list_images([tmp_path / "none"])
    with pytest.raises(ConfigError, match="holds no images"):
        list_images([tmp_path])
    with pytest.raises(ConfigError, match="No training images"):
        ImageStore.open([], tmp_path, "x", as_is)


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(4, 5)])
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(ConfigError, match=r"cache .*cannot be used .* data\.cache"):
        ImageStore.open(files, tmp_path / "cache", "x", as_is)


def test_small_photographs_are_named(tmp_path: Path) -> None:
    files = write_photographs(tmp_path, [(40, 50), (33, 70), (64, 64)])
    store = ImageStore.open(files, tmp_path / "cache", "x", as_is)
    assert store.smaller_than(40) == ["photo1.png"]
    assert store.smaller_than(64) == ["photo0.png", "photo1.png"]
    assert store.smaller_than(33) == []


def test_a_mapped_store_goes_to_another_process_without_its_pixels(tmp_path: Path) -> None:
    files = write_photographs(tmp_path, [(100, 120)])
    store = ImageStore.open(files, tmp_path / "cache", "x", as_is)
    sent = pickle.dumps(store)
    assert len(sent) < 1000
    np.testing.assert_array_equal(pickle.loads(sent).image(0), store.image(0))


def test_without_room_photographs_are_decoded_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50), (33, 70), (20, 20)])
    cut(files[1], 0.5)
    whole = ImageStore.open(files, tmp_path / "other", "x", shrink_whole)
    full_disk(monkeypatch, free=cache_module.HEADROOM + 3 * 256 * 256 * 2 - 1)
    for _ in range(2):
        store = ImageStore.open(files, tmp_path / "cache", "x", shrink_whole)
        assert isinstance(store, DecodingStore)
        assert (store.names, store.shapes, len(store), store.pixels) == (whole.names, whole.shapes, 2, None)
        store.prefetch([1, 0])
        for index in (0, 1, 0):
            np.testing.assert_array_equal(store.image(index), whole.image(index))
        with pytest.raises(IndexError):
            store.image(2)
    assert not list((tmp_path / "cache").glob("*.u8"))
    assert "more than the disk" in caplog.text
    assert "1 of 3 photographs are damaged" in caplog.text
    full_disk(monkeypatch, free=1 << 40)
    assert isinstance(ImageStore.open(files, tmp_path / "cache", "x", shrink_whole), MappedStore)
    assert not list((tmp_path / "cache").glob("*.sizes.json"))


def test_a_disk_that_fills_up_while_writing_leaves_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50)])

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(cache_module, "saving", no_space)
        store = ImageStore.open(files, tmp_path / "cache", "x", as_is)
    assert isinstance(store, DecodingStore)
    np.testing.assert_array_equal(store.image(0), pixels_of(files[0]))
    assert not [path for path in (tmp_path / "cache").iterdir() if path.suffix in (".u8", ".part")]


def test_the_latest_photographs_are_kept(tmp_path: Path) -> None:
    files = write_photographs(tmp_path, [(10, 10)] * 4)
    decoded: list[int] = []

    def counting(image: np.ndarray) -> np.ndarray:
        decoded.append(int(image.sum()))
        return image

    index = cache_module.survey(files, as_is)
    store = DecodingStore(files, index, counting, kept=2 * 300)
    for number in (0, 1, 0, 1, 0):
        store.image(number)
    assert len(decoded) == 2
    store.image(2)  # 1 is the one asked for longest ago
    store.image(0)
    assert len(decoded) == 3
    store.image(1)
    assert len(decoded) == 4
    assert DecodingStore(files, index, counting, kept=1).image(3).shape == (10, 10, 3)


def test_a_file_that_changes_under_a_run_is_named(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(10, 10), (12, 12)])
    store = DecodingStore(files, cache_module.survey(files, as_is), as_is)
    shutil.copy(files[1], files[0])
    with pytest.raises(UnreadableImage, match=r"0\.png has another size"):
        store.image(0)
    files[1].unlink()
    with pytest.raises(UnreadableImage, match=r"1\.png could be decoded when the run began"):
        store.image(1)


def test_the_shared_photographs_are_all_whole(shared_data: Path) -> None:
    files = [path for name in ("isic_cc0/val", "ham10000/test") for path in list_images([shared_data / name])][::8]
    index = cache_module.survey(files, as_is)
    assert index.damaged == []
    assert index.size() == bytes_needed(files, as_is)
