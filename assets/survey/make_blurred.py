"""Make the example study's pictures with a known answer: lesions that nobody takes for sharp.

python assets/survey/make_blurred.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageFilter

HERE = Path(__file__).resolve().parent
SIZE = (240, 180)
"""As the protocol's ``longest_side`` makes it."""


def main() -> None:
    for name in ("synthetic-1", "synthetic-4"):
        picture = Image.open(HERE.parent / "examples" / f"{name}.png").convert("RGB")
        blurred = picture.resize(SIZE, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(6))
        blurred.save(HERE / "blurred" / f"{name}.png", optimize=True)
        print(HERE / "blurred" / f"{name}.png")


if __name__ == "__main__":
    main()
