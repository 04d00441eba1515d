"""An embedded colour profile to sRGB, with LittleCMS through Pillow, on the decoded array."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC  # keeps every colour that sRGB can show where it is
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION


def to_srgb(pixels: np.ndarray, profile: bytes, colour: str) -> tuple[np.ndarray, str, bool]:
    """Carry uint8 ``H×W×3`` from the space of ``profile`` to sRGB.

    ``colour`` says how the file stored it: "grey", "RGB" or "CMYK". Gives the pixels, the profile's name
    and whether it was applied. A damaged profile, or one for another kind of colour than the pixels (a
    CMYK file reaches us as RGB, so its profile no longer fits), leaves the pixels as they are.
    """
    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))  # the inner profile has no type stubs
        name = (ImageCms.getProfileDescription(source) or "").strip() or "unnamed"
        space = source.profile.xcolor_space.strip()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return pixels, "unreadable", False
    if colour == "CMYK" or space not in ("RGB", "GRAY") or (space == "GRAY" and colour != "grey"):
        return pixels, name, False
    mode, plane = ("L", pixels[..., 0]) if space == "GRAY" else ("RGB", pixels)
    try:
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", renderingIntent=_INTENT, flags=_FLAGS
        )
        converted = ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(plane)), transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return pixels, name, False
    if converted is None:  # only in-place transforms give None; this one is not
        return pixels, name, False
    return np.array(converted), name, True
