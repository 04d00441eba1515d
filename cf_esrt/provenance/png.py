"""One labelled PNG: the result's pixels, with or without a caption strip below them, text chunks and XMP."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cf_esrt import photo
from cf_esrt.provenance.caption import with_caption
from cf_esrt.provenance.errors import ProvenanceError
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.record import ImageDigest, Provenance
from cf_esrt.provenance.xmp import KEYWORD, packet, read_xmp


def with_label_caption(pixels: np.ndarray, label: Label) -> np.ndarray:
    """The picture (RGB uint8 ``H×W×3``) with its strip. ValueError where the label is another picture's."""
    return with_caption(_checked(pixels, label), label.lines)


def _checked(pixels: np.ndarray, label: Label) -> np.ndarray:
    if ImageDigest.of(pixels) != label.picture:
        raise ValueError("The label does not belong to this picture.")
    return pixels


def result_png(pixels: np.ndarray, record: Provenance, *, caption: bool = True) -> bytes:
    """A lossless PNG of a result (RGB uint8 ``4H×4W×3``) with its label, which cannot be left out: in text chunks and
    XMP, and with ``caption`` also in a strip below the picture.

    Equal arguments give equal bytes. ValueError where ``record`` is another result's.
    """
    return labelled_png(pixels, Label.of(record), caption=caption)


def original_png(crop: np.ndarray, photograph: ImageDigest, *, caption: bool = True) -> bytes:
    """A lossless PNG of the crop (RGB uint8 ``H×W×3``) as it came, whose label says that it is not enhanced."""
    return labelled_png(crop, Label.of_original(ImageDigest.of(crop), photograph), caption=caption)


def read_picture(png: bytes) -> np.ndarray:
    """The picture of a PNG that this module wrote, without its strip: RGB uint8 ``H×W×3``.

    ProvenanceError for other files, and where the pixels are not the ones that the label names.
    """
    wanted = read_xmp(png).picture
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            if wanted.width > image.width or wanted.height > image.height:
                raise ProvenanceError("The label names a larger picture than the PNG holds.")
            pixels = np.array(image.convert("RGB").crop((0, 0, wanted.width, wanted.height)))
    except ProvenanceError:
        raise
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise ProvenanceError("The file is no PNG, or it is damaged.") from error
    if ImageDigest.of(pixels) != wanted:
        raise ProvenanceError("The PNG's pixels were changed after its label was written.")
    return pixels


def labelled_png(pixels: np.ndarray, label: Label, *, caption: bool) -> bytes:
    """A picture with its label; ValueError where the label is another picture's."""
    shown = with_label_caption(pixels, label) if caption else _checked(pixels, label)
    # Pillow writes text beyond Latin-1 as iTXt, which XMP has to be; the packet's U+FEFF is beyond it.
    return photo.png_bytes(shown, text={**label.text, KEYWORD: packet(label)})
