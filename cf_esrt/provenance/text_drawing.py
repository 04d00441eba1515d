"""Text on pictures, with the font that Pillow brings along."""

from __future__ import annotations

from bisect import bisect
from functools import lru_cache

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
LINE = 1.4
"""Height of a line, in sizes of its font."""
_BEYOND_ASCII = "°"
"""What else the font has of what is written."""
_PLAIN = str.maketrans({"×": "x", "·": "|", "−": "-", "–": "-", "—": "-", "’": "'", "∞": "infinite"})


@lru_cache(maxsize=32)
def font(size: int) -> Font:
    """Pillow's own font (Aileron) at ``size`` pixels."""
    return ImageFont.load_default(size)


def plain(text: str) -> str:
    """The text in the characters that the font has: ASCII's and a few more."""
    return "".join(one if one.isascii() or one in _BEYOND_ASCII else "?" for one in text.translate(_PLAIN))


def wrap(text: str, size: int, width: int) -> list[str]:
    """Lines of `plain` text of at most ``width`` pixels; a word that is wider by itself is broken."""
    lines: list[str] = []
    line = ""
    for word in plain(text).split():
        joined = f"{line} {word}" if line else word
        if _fits(joined, size, width):
            line = joined
            continue
        if line:
            lines.append(line)
        while not _fits(word, size, width) and len(word) > 1:
            count = max(1, bisect(range(1, len(word)), False, key=lambda n: not _fits(word[:n], size, width)))
            lines.append(word[:count])
            word = word[count:]
        line = word
    return [*lines, line] if line else lines


def draw_lines(draw: ImageDraw.ImageDraw, at: tuple[int, int], lines: list[str], size: int, fill: str) -> int:
    """Draw the lines below one another; gives the height they take in pixels."""
    height = round(LINE * size)
    for number, line in enumerate(lines):
        draw.text((at[0], at[1] + number * height), line, fill=fill, font=font(size))
    return height * len(lines)


def _fits(text: str, size: int, width: int) -> bool:
    return font(size).getlength(text) <= width
