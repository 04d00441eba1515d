"""An embedded colour profile to sRGB, with LittleCMS through Pillow, on the decoded array."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from cf_esrt.photo.errors import PhotoError, hdr
from cf_esrt.photo.hdr import is_hdr_profile
from cf_esrt.photo.levels import strips

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC  # keeps every colour that sRGB can show where it is
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_SPACES = {"grey": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",)}
_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}


def to_srgb(pixels: np.ndarray, profile: bytes, colour: str) -> tuple[np.ndarray, str, bool]:
    """Carry uint8 pixels from the space of ``profile`` to sRGB.

    ``colour`` says how the file stored it: "grey" and "RGB" come as RGB ``H×W×3``, "CMYK" as ink ``H×W×4``.
    Gives the pixels, the profile's name and whether it was applied. A damaged profile, or one for another
    kind of colour than the pixels, leaves the pixels as they are; a usable one may change them in place.
    Raises Unsupported for profiles of high dynamic range.
    """
    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))  # the inner profile has no type stubs
        name = (ImageCms.getProfileDescription(source) or "").strip() or "unnamed"
        space = source.profile.xcolor_space.strip()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return pixels, "unreadable", False
    if space not in _SPACES[colour]:
        return pixels, name, False
    mode = _MODES[space]
    try:
        if is_hdr_profile(profile, source, mode):
            raise hdr()
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", renderingIntent=_INTENT, flags=_FLAGS
        )
        return _transformed(pixels, transform, mode), name, True
    except PhotoError:
        raise
    except (ImageCms.PyCMSError, OSError, ValueError):
        return pixels, name, False


def _transformed(pixels: np.ndarray, transform: ImageCms.ImageCmsTransform, mode: str) -> np.ndarray:
    """In strips, and in place where the result has the shape of the pixels."""
    out = pixels if pixels.shape[2] == 3 and pixels.flags.writeable else np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in strips(pixels):
        strip = np.ascontiguousarray(pixels[rows, :, 0] if mode == "L" else pixels[rows])
        converted = ImageCms.applyTransform(Image.frombytes(mode, strip.shape[1::-1], strip.tobytes()), transform)
        if converted is None:  # only in-place transforms give None; this one is not
            raise ValueError("The transform gave nothing.")
        out[rows] = np.asarray(converted)
    return out


def ink_to_rgb(ink: np.ndarray) -> np.ndarray:
    """Ink without a profile, uint8 ``H×W×4``, to uint8 RGB ``H×W×3``: (1 − colour)(1 − black)."""
    out = np.empty((*ink.shape[:2], 3), np.uint8)
    for rows in strips(ink):
        light = 255 - ink[rows].astype(np.uint16)
        out[rows] = (light[..., :3] * light[..., 3:] + 127) // 255
    return out
