"""The labelled PNG: pixels untouched, strip outside them, label in text and XMP, and no way around it."""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt import provenance
from cf_esrt.provenance import (
    Box,
    ImageDigest,
    Label,
    ProvenanceError,
    caption,
    original_png,
    read_picture,
    read_xmp,
    result_png,
)
from cf_esrt.provenance.text_drawing import font, wrap
from cf_esrt.provenance.xmp import KEYWORD, SOURCE_TYPE, packet, parse
from tests.provenance.samples import labelled, panes, picture, setting


def decoded(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image)


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


@settings(max_examples=15)
@given(st.integers(8, 120), st.integers(8, 40), st.sampled_from(["bicubic", "esrt", "cf-esrt"]))
def test_pixels_are_untouched_and_the_strip_is_outside(width: int, height: int, model: str) -> None:
    pane = labelled(picture(width, height), Box(0, 0, width, height), setting(model))
    png = result_png(pane.pixels, pane.provenance)
    drawn = decoded(png)
    assert np.array_equal(drawn[: 4 * height, : 4 * width], pane.pixels)
    assert drawn.shape[0] >= 4 * height + 5 * caption.MIN_FONT_SIZE
    assert drawn.shape[1] == max(4 * width, caption.MIN_WIDTH)
    assert np.array_equal(read_picture(png), pane.pixels)
    assert result_png(pane.pixels, pane.provenance) == png


@pytest.mark.parametrize("width", [8, 40, 360, 1000, 4096])
def test_the_strip_can_be_read_at_every_size(width: int) -> None:
    """Letters have at least 14 pixels and a fixed share of the width, and none is cut off."""
    blank = np.zeros((8, width, 3), np.uint8)
    lines = Label.of(panes()[1][2].provenance).lines
    strip = caption.with_caption(blank, lines)[8:]
    size, across = caption.font_size(width), max(width, caption.MIN_WIDTH)
    assert size >= caption.MIN_FONT_SIZE
    assert across / size <= max(caption.WIDTH_IN_LETTERS + 1, caption.MIN_WIDTH / caption.MIN_FONT_SIZE)
    ink = np.asarray((strip < 128).all(axis=2))
    ink[: max(1, size // 8)] = False  # the rule at the top
    rows, columns = np.nonzero(ink)
    assert columns.min() >= size - 1
    assert columns.max() < across - size + 1
    assert rows.max() < len(strip) - size // 2
    assert ink.mean() > 0.02
    for text in lines:
        assert all(font(size).getlength(line) <= across - 2 * size for line in wrap(text, size, across - 2 * size))


def test_words_are_never_lost_in_wrapping() -> None:
    text = "ab × cd " + "f" * 300
    assert "".join(wrap(text, 14, 120)).replace(" ", "") == text.replace(" ", "").replace("×", "x")


def test_what_the_strip_says() -> None:
    _, (bicubic, esrt, refined) = panes()
    text = " ".join(Label.of(refined.provenance).lines)
    one = refined.provenance
    for words in ("CF-ESRT ×4, detail 0.70", provenance.SYNTHETIC, provenance.NOTICE, f"{one.consistency:.1f} dB",
                  "24 × 18 px enlarged to 96 × 72 px", "abababababab", one.crop.sha256[:12]):  # fmt: skip
        assert words in text
    assert provenance.SYNTHETIC in " ".join(Label.of(esrt.provenance).lines)
    assert provenance.SYNTHETIC not in " ".join(Label.of(bicubic.provenance).lines)


def test_text_chunks_and_xmp() -> None:
    _, (_, _, pane) = panes()
    png, one = result_png(pane.pixels, pane.provenance), pane.provenance
    with Image.open(io.BytesIO(png)) as image:
        assert image.info["Model"] == "cf-esrt"
        assert image.info["Disclaimer"] == provenance.NOTICE
        assert image.info["Detail"] == "0.7"
    kinds = dict(chunks(png))
    assert kinds[b"iTXt"].startswith(KEYWORD.encode() + b"\0\0\0\0\0<?xpacket")  # uncompressed, as XMP has to be
    assert b"tIME" not in kinds
    found = read_xmp(png)
    assert found == Label.of(one)
    assert found.enhanced
    assert (found.model, found.checkpoint_sha256, found.detail) == ("cf-esrt", "ab" * 32, 0.7)
    assert (found.crop_sha256, found.photograph_sha256) == (one.crop.sha256, one.photograph.sha256)
    assert found.version == one.version


def test_the_properties_have_their_registered_names() -> None:
    text = packet(Label.of(panes()[1][2].provenance)).replace("\ufeff", "")
    root = ElementTree.fromstring(text)
    properties = {node.tag: node.text for node in root.iter()}
    assert properties["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == SOURCE_TYPE
    assert properties["{urn:x-cf-esrt:record:1#}algorithmicallyEnhanced"] == "True"
    assert properties["{http://ns.adobe.com/xap/1.0/}CreatorTool"] == f"CF-ESRT {panes()[1][2].provenance.version}"


def test_the_crop_is_not_called_enhanced() -> None:
    crop, (pane, *_) = panes()
    png = original_png(crop, pane.provenance.photograph)
    found = read_xmp(png)
    assert not found.enhanced
    assert found.model is None
    assert SOURCE_TYPE.encode() not in png
    assert np.array_equal(read_picture(png), crop)


@given(st.text(min_size=1, max_size=30), st.floats(0, 1), st.floats(1, 99))
def test_xmp_both_ways(title: str, detail: float, consistency: float) -> None:
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 or letter in "\ufffe\uffff\ufeff" for letter in title):
        return  # not XML's characters
    label = Label.of(panes(8, 8)[1][2].provenance)
    label = dataclasses.replace(label, title=title, detail=detail, consistency=consistency)
    assert parse(packet(label)) == label
    assert parse(packet(dataclasses.replace(label, consistency=float("inf")))).consistency == float("inf")


def test_no_result_leaves_with_another_label_or_none() -> None:
    _, (bicubic, esrt, _) = panes()
    with pytest.raises(ValueError, match="does not belong"):
        result_png(bicubic.pixels, esrt.provenance)
    with pytest.raises(ValueError, match="does not belong"):
        result_png(bicubic.pixels, esrt.provenance, caption=False)
    plain = result_png(esrt.pixels, esrt.provenance, caption=False)  # the strip alone can be left out
    assert read_xmp(plain) == read_xmp(result_png(esrt.pixels, esrt.provenance))
    np.testing.assert_array_equal(decoded(plain), esrt.pixels)
    silenced = dataclasses.replace(esrt.provenance, notice="")
    assert provenance.NOTICE in Label.of(silenced).lines


def test_a_changed_picture_is_recognised() -> None:
    _, (_, pane, _) = panes()
    png = result_png(pane.pixels, pane.provenance)
    drawn = decoded(png)
    drawn[3, 3] ^= 1
    from cf_esrt.photo import png_bytes

    with pytest.raises(ProvenanceError, match="changed"):
        read_picture(png_bytes(drawn, text={KEYWORD: packet(read_xmp(png))}))
    with pytest.raises(ProvenanceError, match="larger"):
        read_picture(png_bytes(drawn[:5], text={KEYWORD: packet(read_xmp(png))}))


def test_other_files_have_no_label() -> None:
    from cf_esrt.photo import png_bytes

    pixels = picture(8, 8)
    for data in (b"", b"\x89PNG\r\n\x1a\n", png_bytes(pixels), png_bytes(pixels, text={KEYWORD: "<a>\ufeff</a>"})):
        with pytest.raises(ProvenanceError, match=r"\.$"):
            read_xmp(data)
    whole = packet(Label.of_original(ImageDigest.of(pixels), ImageDigest.of(pixels)))
    for text in ("<", "<!DOCTYPE a>" + whole, whole.replace("pictureWidth", "wide"), whole.replace("False", "maybe")):
        with pytest.raises(ProvenanceError, match=r"\.$"):
            parse(text)
