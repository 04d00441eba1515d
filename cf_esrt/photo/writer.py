"""Lossless PNG with text chunks, and atomic writes."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Mapping

import numpy as np
from PIL import Image, PngImagePlugin

from cf_esrt import __version__
from cf_esrt.pixels import check_rgb

#: Goes with every result, whatever its form.
NOTICE = "Research demonstration. Not a medical device. Not for diagnosis or treatment. Added detail may be false."
_PROGRAM = b"CF-ESRT"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNKS = 100
"""Before the pixels of a PNG; results have about ten."""


def labels(*, model: str, sha256: str | None, detail: float | None, run: str | None = None) -> dict[str, str]:
    """What every result says about itself, as text for ``png_bytes``.

    ``model`` is the name a user asks for, ``sha256`` the hash of its checkpoint (None where it has none)
    and ``detail`` what it was blended with, 0 (coarse) to 1, or None where the model has no such setting.
    ``run`` says by what and in which precision the network was run, where there was one.
    The keys follow the PNG specification, 11.3.3.
    """
    return {
        "Software": f"{_PROGRAM.decode()} {__version__}",
        "Model": model,
        "Checkpoint SHA-256": sha256 or "none",
        "Detail": "not a setting of this model" if detail is None else f"{detail:g}",
        **({} if run is None else {"Engine": run}),
        "Disclaimer": NOTICE,
    }


def png_bytes(pixels: np.ndarray, *, text: Mapping[str, str] | None = None) -> bytes:
    """A lossless PNG of uint8 sRGB ``H×W×3``, marked as sRGB, with one text chunk for each entry of ``text``.

    Keys are 1 to 79 Latin-1 characters (PNG specification, 11.3.3); values may be any text. Raises
    ValueError, with one sentence, for other arrays or keys.
    """
    check_rgb(pixels, "picture of a PNG")
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sRGB", b"\x00")
    for key, value in (text or {}).items():
        check_key(key)
        chunks.add_text(key, value)
    buffer = io.BytesIO()
    # photographs hold runs at most: zlib's search for repeats takes twice the time and gives larger files
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.save(buffer, "PNG", pnginfo=chunks, compress_level=1, compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def check_key(key: str) -> None:
    """ValueError for what cannot name a text chunk."""
    if not 1 <= len(key) <= 79 or not key.isprintable() or not all(ord(letter) < 256 for letter in key):
        raise ValueError(f"A PNG text key has 1 to 79 printable Latin-1 characters, unlike {key!r}.")


def is_result(source: bytes | os.PathLike | str) -> bool:
    """Whether bytes or a file are a PNG whose text says that this program enlarged it (`labels`). Reads no pixels;
    raises OSError."""
    found: dict[bytes, bytes] = {}
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            return False
        for _ in range(_CHUNKS):
            head = file.read(8)
            length, kind = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"IDAT")
            if kind == b"IDAT":
                break
            if kind == b"tEXt":
                key, _, value = file.read(min(length, 200)).partition(b"\0")
                found[key] = value
                length -= min(length, 200)
            file.seek(length + 4, os.SEEK_CUR)
    return b"Model" in found and found.get(b"Software", b"").startswith(_PROGRAM)
