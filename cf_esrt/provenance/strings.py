"""Every sentence of the exported files."""

from __future__ import annotations

SYNTHETIC = "dermoscopy-style detail (synthetic)"
ENHANCED = f"Enhanced by an algorithm: holds {SYNTHETIC}."
INTERPOLATED = "Enlarged by interpolation: no network, no added detail."
ORIGINAL = "Crop of a photograph as it came: not enhanced."
CONSISTENCY = "Low-resolution consistency {value}: how well the result, shrunk again, gives back its input."
MASK = "A mask: white where the result may be believed, black where nothing is promised."
VEILED = "What is grey and hatched is not to be believed."
EQUAL = "infinite (equal)"
README = """\
{program}: results of one crop of one photograph

{notice}

original.png is the crop as it came. The other PNG files are results of {scale} times its width and height. Under each
picture, outside its pixels, a strip says how it was made; which part is picture and which is strip stands in its XMP
(pictureWidth, pictureHeight, from the upper left corner). Results of networks hold {synthetic}.

provenance.json holds for each result the model, the SHA-256 of its weights, of the photograph, of the crop and of the
result (of decoded pixels: "RGB8 <width> <height>", a newline, then the bytes row by row), the crop box in pixels of the
upright photograph, all settings, and no-reference fidelity measurements of the result.
settings.json holds the viewer's settings. believe/ holds a mask for each result of which a part may be believed: white
there, black where nothing is promised; its text says what is promised.

To reproduce the same files from the photograph:

    python -m cf_esrt reproduce provenance.json PHOTOGRAPH -o FOLDER

{files}"""


def decibels(value: float) -> str:
    """A consistency as written on a label."""
    return EQUAL if value == float("inf") else f"{value:.1f} dB"


def calibration(millimetres: float | None) -> str:
    """What is known of lengths: the side of one pixel of the photograph in mm, or that nothing is."""
    if millimetres is None:
        return "Uncalibrated: no lengths are known."
    return f"Calibrated by hand on a ruler in the photograph: one pixel of it is {millimetres:.4g} mm wide."
