"""An embedded colour profile to sRGB, with LittleCMS through Pillow, on the decoded array."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from cf_esrt.photo.levels import STRIP

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC  # keeps every colour that sRGB can show where it is
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_SPACES = {"grey": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",)}
_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}


def to_srgb(pixels: np.ndarray, profile: bytes, colour: str) -> tuple[np.ndarray, str, bool]:
    """Carry uint8 pixels from the space of ``profile`` to sRGB.

    ``colour`` says how the file stored it: "grey" and "RGB" come as RGB ``H×W×3``, "CMYK" as ink ``H×W×4``.
    Gives the pixels, the profile's name and whether it was applied. A damaged profile, or one for another
    kind of colour than the pixels, leaves the pixels as they are.
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
    plane = pixels[..., 0] if space == "GRAY" else pixels
    try:
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", renderingIntent=_INTENT, flags=_FLAGS
        )
        stored = Image.frombytes(mode, plane.shape[1::-1], np.ascontiguousarray(plane).tobytes())
        converted = ImageCms.applyTransform(stored, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return pixels, name, False
    if converted is None:  # only in-place transforms give None; this one is not
        return pixels, name, False
    return np.array(converted), name, True


def ink_to_rgb(ink: np.ndarray) -> np.ndarray:
    """Ink without a profile, uint8 ``H×W×4``, to uint8 RGB ``H×W×3``: (1 − colour)(1 − black)."""
    out = np.empty((*ink.shape[:2], 3), np.uint8)
    for top in range(0, len(ink), STRIP):
        light = 255 - ink[top : top + STRIP].astype(np.uint16)
        out[top : top + STRIP] = (light[..., :3] * light[..., 3:] + 127) // 255
    return out
