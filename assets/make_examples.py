"""Draws the example photographs: synthetic lesions, so that nobody's skin is published with the program.

    python assets/make_examples.py [FOLDER]

rewrites ``assets/examples/synthetic-N.png``. Each drawing is made of densities of melanin and haemoglobin,
lit, and only then turned into colour: light that comes back from skin falls off exponentially with what
it passes through, so brown over tan, or redness under either, mixes as it does in a photograph. Everything
is drawn at twice the final size and shrunk, in units of final pixels. The same seeds give the same files.
"""

from __future__ import annotations

import io
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

WIDTH, HEIGHT = 480, 360
_FINE = 2  # drawn pixels for one final pixel
_HAIR_FINE = 2  # hairs are thinner still: drawn pixels of the hair layer for one drawn pixel
_NOTE = "Synthetic drawing of a skin lesion, made by assets/make_examples.py. It shows no person."

# Linear light that bare dermis returns, and how strongly each pigment takes it away (red, green, blue).
_DERMIS = np.array([0.86, 0.74, 0.67], np.float32)
_MELANIN = np.array([0.68, 1.0, 1.38], np.float32)
_BLOOD = np.array([0.10, 1.0, 0.80], np.float32)


@dataclass(frozen=True)
class Scene:
    """One drawing. Densities are optical; lengths are final pixels; angles are radians."""

    seed: int
    melanin: float  # of the skin around: about 0.1 (Fitzpatrick I) to 1.7 (VI)
    blood: float
    lesion: float  # melanin of the lesion on top of the skin's
    centre: tuple[float, float]
    radius: tuple[float, float]
    ragged: float  # 0: a smooth oval
    halo: float  # width of the fading border
    network: float
    globules: int
    blue: float  # a blue-grey area: pigment seen through deep skin
    lines: float  # depth of the skin's furrows
    hairs: int
    hair_colour: tuple[float, float, float]
    hair_width: float
    curl: float
    shine: float
    freckles: int


SCENES = (
    Scene(11, 0.34, 0.34, 2.15, (236, 176), (76, 62), 0.55, 0.26, 1.0, 26, 0.0, 0.8, 24,
          (0.030, 0.018, 0.012), 1.5, 0.5, 0.5, 9),
    Scene(24, 0.16, 0.40, 2.9, (252, 186), (84, 60), 0.7, 0.18, 0.8, 40, 0.6, 0.6, 13,
          (0.16, 0.09, 0.045), 1.2, 0.7, 0.7, 26),
    Scene(37, 1.15, 0.34, 2.0, (238, 172), (62, 56), 0.35, 0.22, 0.55, 60, 0.0, 1.25, 18,
          (0.012, 0.009, 0.008), 1.7, 0.6, 0.5, 5),
    Scene(58, 2.5, 0.34, 2.0, (240, 184), (80, 66), 0.7, 0.22, 1.0, 22, 0.1, 1.0, 15,
          (0.004, 0.003, 0.003), 1.8, 1.1, 0.3, 0),
)  # fmt: skip


class Sheet:
    """The drawn pixels' coordinates in final pixels, and noise in the same units, from one seed.

    Each texture has a generator of its own, so a library that rounds otherwise in one changes no other.
    """

    def __init__(self, seed: int) -> None:
        self._seeds = np.random.SeedSequence(seed)
        self.random = self._generator()
        rows, columns = np.mgrid[0 : HEIGHT * _FINE, 0 : WIDTH * _FINE].astype(np.float32)
        self.x, self.y = (columns + 0.5) / _FINE, (rows + 0.5) / _FINE

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(self._seeds.spawn(1)[0])

    def noise(self, length: float, octaves: int = 1, fall: float = 0.5) -> np.ndarray:
        """Smooth noise of about unit variance whose largest features are ``length`` final pixels wide."""
        random = self._generator()
        total, power = np.zeros(self.x.shape, np.float32), 0.0
        for octave in range(octaves):
            cell = max(round(length * _FINE / 2**octave), 1)  # drawn pixels, whole: every version enlarges alike
            rows, columns = HEIGHT * _FINE // cell + 3, WIDTH * _FINE // cell + 3
            coarse = random.standard_normal((rows, columns)).astype(np.float32)
            layer = cv2.resize(coarse, (columns * cell, rows * cell), interpolation=cv2.INTER_CUBIC)
            layer = layer[cell : cell + self.x.shape[0], cell : cell + self.x.shape[1]]
            total += np.float32(fall**octave / 0.72) * layer
            power += fall ** (2 * octave)
        return total / np.float32(power**0.5)

    def cells(self, x: np.ndarray, y: np.ndarray, jitter: float = 0.85) -> np.ndarray:
        """Worley noise: distance to the border between cells of unit size, 0 on the border."""
        places = self._generator().uniform(0.5 - jitter / 2, 0.5 + jitter / 2, (2, 256, 256)).astype(np.float32)
        column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
        first = np.full(x.shape, 9, np.float32)
        second = first.copy()
        for down, right in itertools.product((-1, 0, 1), repeat=2):
            i, j = row + down, column + right
            across = j + places[0][i % 256, j % 256] - x
            along = i + places[1][i % 256, j % 256] - y
            distance = np.sqrt(across * across + along * along).astype(np.float32)
            second = np.minimum(second, np.maximum(first, distance))
            first = np.minimum(first, distance)
        return second - first


def step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between (either way round)."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), sigma * _FINE)


def furrows(sheet: Sheet, scene: Scene) -> np.ndarray:
    """Height of the skin, about -1 (furrow) to 0: rhombs between crossing lines, finer wrinkles, pores."""
    bend_x, bend_y = 5 * sheet.noise(60, 2), 5 * sheet.noise(60, 2)
    angle = sheet.random.uniform(0, np.pi)
    height = np.zeros(sheet.x.shape, np.float32)
    for size, depth, stretch in ((17, 0.75, 1.7), (8.5, 0.45, 1.5)):
        along = (sheet.x + bend_x) * np.cos(angle) + (sheet.y + bend_y) * np.sin(angle)
        across = (sheet.y + bend_y) * np.cos(angle) - (sheet.x + bend_x) * np.sin(angle)
        border = sheet.cells(along / (size * stretch), across / size, 0.95)
        strength = 0.55 + 0.45 * np.tanh(sheet.noise(50, 2))
        height -= depth * strength * np.exp(-((border / 0.11) ** 2))
        angle += 0.9
    return scene.lines * height + 0.10 * sheet.noise(3, 2) + 0.16 * sheet.noise(14, 2)


def spots(sheet: Sheet, places: np.ndarray, sizes: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Round, slightly uneven spots; the strongest wins where they meet."""
    density = np.zeros(sheet.x.shape, np.float32)
    for (x, y), size, strength in zip(places, sizes, strengths, strict=True):
        reach = int(4 * size + 3) * _FINE
        row, column = int(y * _FINE), int(x * _FINE)
        area = (
            slice(max(row - reach, 0), max(row + reach, 0)),
            slice(max(column - reach, 0), max(column + reach, 0)),
        )
        stretch, turn = sheet.random.uniform(0.7, 1.4), sheet.random.uniform(0, np.pi)
        dx, dy = sheet.x[area] - x, sheet.y[area] - y
        a, b = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        spot = step(np.sqrt((a * stretch) ** 2 + (b / stretch) ** 2), 1.35 * size, 0.55 * size)
        density[area] = np.maximum(density[area], strength * spot)
    return density


def lesion(sheet: Sheet, scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Melanin, blue-grey depth and a mask (0..1) of the lesion."""
    random, (cx, cy), (rx, ry) = sheet.random, scene.centre, scene.radius
    dx = sheet.x - cx + scene.ragged * (9 * sheet.noise(46, 2) + 2.2 * sheet.noise(9, 3, 0.6))
    dy = sheet.y - cy + scene.ragged * (9 * sheet.noise(46, 2) + 2.2 * sheet.noise(9, 3, 0.6))
    turn = random.uniform(-0.6, 0.6)
    a, b = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    inside = 1 - np.sqrt((a / rx) ** 2 + (b / ry) ** 2)  # 1 in the middle, 0 at the border
    mask = step(inside + 0.03 * sheet.noise(7, 3, 0.7), -0.25 * scene.halo, scene.halo)
    body = mask * (0.66 + 0.20 * np.tanh(sheet.noise(34, 3, 0.6)) + 0.10 * sheet.noise(5, 3, 0.7))
    # darker blotches, off the middle
    blotch = step(sheet.noise(38, 3, 0.6) + 1.2 * inside, 0.75, 1.7)
    body += 0.50 * mask * blotch
    # the network: borders of cells, dark and fine, fading into the skin at the edge and under blotches
    bend = [0.35 * sheet.noise(18, 2), 0.35 * sheet.noise(18, 2)]
    border = sheet.cells(sheet.x / 6.4 + bend[0], sheet.y / 6.4 + bend[1], 0.7)
    width = 0.17 + 0.06 * np.tanh(sheet.noise(22))
    lines = np.exp(-((border / width) ** 2)) * (0.65 + 0.35 * np.tanh(1.5 * sheet.noise(24, 2)))
    reach = step(inside + 0.06 * sheet.noise(14, 2), -0.10, 0.22) * (1 - 0.7 * blotch)
    body += scene.network * reach * (0.62 * lines - 0.16)
    places = np.stack([cx + rx * 0.42 * random.standard_normal(scene.globules),
                       cy + ry * 0.42 * random.standard_normal(scene.globules)], axis=-1)  # fmt: skip
    sizes = np.exp(random.normal(0.25, 0.45, scene.globules))
    body += 0.9 * mask * spots(sheet, places, sizes, random.uniform(0.35, 1, scene.globules))
    # a paler, regressed patch in one place, and blue-grey in another
    body *= 1 - 0.40 * step(sheet.noise(44, 3, 0.6), 0.9, 2.2) * step(inside, 0.15, 0.6)
    deep = scene.blue * step(inside, 0.18, 0.55) * step(sheet.noise(46, 4, 0.6) + 0.4 * dx / rx, 0.1, 1.9)
    return np.maximum(body, 0) * scene.lesion, deep, mask


def hair_layer(sheet: Sheet, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Coverage (0..1) and brightness along the middle of tapered, curved hairs."""
    random, scale = sheet.random, _FINE * _HAIR_FINE
    shape = (HEIGHT * scale, WIDTH * scale)
    cover, gleam = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    lie = random.uniform(0, 2 * np.pi)
    for _ in range(scene.hairs):
        angle = lie + random.normal(0, 0.45)
        place = np.array([random.uniform(-0.05, 1.05) * WIDTH, random.uniform(-0.05, 1.05) * HEIGHT])
        bend = random.normal(0, 0.004 * (1 + scene.curl))
        length, thick = random.uniform(60, 190), scene.hair_width * random.uniform(0.45, 1.15)
        points, sway = [], random.uniform(0, 2 * np.pi)
        for t in np.linspace(0, 1, 90):
            points.append(place.copy())
            place += length / 90 * np.array([np.cos(angle), np.sin(angle)])
            angle += length / 90 * (bend + 0.010 * scene.curl * np.sin(sway + 5 * t))
        ends = np.rint(np.array(points) * scale * 8).astype(int).tolist()  # three binary places for cv2
        for index, (one, other) in enumerate(itertools.pairwise(ends)):
            t = index / 89
            width = thick * min(1.0, 0.5 + 5 * t) * (1 - t**2.2) + 0.25
            for layer, share in ((cover, 1.0), (gleam, 0.3)):
                cv2.line(layer, one, other, 255, max(1, round(share * width * scale)), cv2.LINE_AA, 3)
    size = sheet.x.shape[::-1]
    small = [cv2.resize(layer, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255 for layer in (cover, gleam)]
    return small[0], small[1] * (0.5 + 0.5 * np.tanh(sheet.noise(30)))


def draw(scene: Scene) -> np.ndarray:
    """One drawing, uint8 sRGB ``360×480×3``."""
    sheet = Sheet(scene.seed)
    random = sheet.random
    height = furrows(sheet, scene)
    pigment, deep, mask = lesion(sheet, scene)
    places = np.stack([random.uniform(0, WIDTH, scene.freckles), random.uniform(0, HEIGHT, scene.freckles)], axis=-1)
    freckles = spots(sheet, places, random.uniform(1.2, 4, scene.freckles), random.uniform(0.1, 0.4, scene.freckles))
    melanin = scene.melanin * (1 + 0.10 * sheet.noise(120, 3) + 0.05 * sheet.noise(8, 3, 0.7) - 0.10 * height)
    melanin += blur(freckles * (0.8 + 0.2 * sheet.noise(3, 2)), 0.6) + pigment
    redness = 1 + 0.13 * sheet.noise(70, 3) + 0.09 * sheet.noise(6, 2, 0.8) + 0.25 * blur(mask, 9) - 0.12 * height
    blood = np.maximum(scene.blood * redness, 0)
    light = _DERMIS * np.exp(-(melanin[..., None] * _MELANIN + blood[..., None] * _BLOOD))
    # pigment deep in the skin scatters blue back, as a vein does
    veil = np.array([0.15, 0.175, 0.215], np.float32)
    light = light + (0.5 * deep * (0.75 + 0.25 * np.tanh(sheet.noise(16, 3))))[..., None] * (veil - light)
    # the lesion is a little raised; its furrows are stretched
    relief = (height * (1 - 0.45 * mask) + 2.2 * blur(mask, 5)).astype(np.float32)
    slope_x, slope_y = (cv2.Sobel(relief, cv2.CV_32F, *order, ksize=3, scale=_FINE / 8) for order in ((1, 0), (0, 1)))
    direction = random.uniform(-2.4, -0.8)
    toward = -(slope_x * np.cos(direction) + slope_y * np.sin(direction))
    curve = 0.10 * sheet.noise(260, 2) - 0.16 * (((sheet.x / WIDTH - 0.5) * 1.5) ** 2 + (sheet.y / HEIGHT - 0.5) ** 2)
    light *= (np.clip(1 + 0.40 * np.tanh(1.1 * toward), 0.3, 2) * (1.0 + curve) * (1 + 0.10 * np.minimum(height, 0)))[
        ..., None
    ]
    oil = step(sheet.noise(90, 2) + 0.5 * sheet.noise(10, 2), 0.1, 1.8)
    glint = step(toward + 0.25 * sheet.noise(2, 2), 0.50, 1.30) * oil * np.float32(scene.shine)
    light += 0.42 * blur(glint, 0.35)[..., None] * np.array([1, 0.97, 0.94], np.float32)
    light = _add_hairs(light, sheet, scene)
    return _photograph(light, sheet)


def _add_hairs(light: np.ndarray, sheet: Sheet, scene: Scene) -> np.ndarray:
    cover, gleam = hair_layer(sheet, scene)
    shift = np.array([[1, 0, 2 * _FINE], [0, 1, 2 * _FINE]], np.float32)
    shadow = blur(cv2.warpAffine(cover, shift, cover.shape[::-1]), 1.3)
    light = light * (1 - 0.34 * shadow[..., None] * np.array([0.85, 1, 1.05], np.float32))
    hair = np.array(scene.hair_colour, np.float32) * (0.8 + 5 * gleam[..., None])
    return light + (0.93 * cover[..., None]) * (hair - light)


def _photograph(light: np.ndarray, sheet: Sheet) -> np.ndarray:
    """What a telephone makes of the light: slight blur, exposure, sensor noise, sRGB (IEC 61966-2-1)."""
    light = cv2.resize(blur(light, 0.45), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    light = light * (0.60 / np.quantile(light[..., 0], 0.9)) ** 0.3
    noise = sheet.random.standard_normal(light.shape).astype(np.float32)
    light = np.clip(light + noise * np.sqrt(np.maximum(light, 0) * 1.6e-5 + 2e-7), 0, 1)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * values).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """A PNG that says that it is a drawing."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "synthetic")
    text.add_text("Description", _NOTE)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=text, optimize=True)
    return buffer.getvalue()


def main(folder: Path) -> None:
    """Write every scene to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, scene in enumerate(SCENES, start=1):
        (folder / f"synthetic-{number}.png").write_bytes(png(draw(scene)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "examples")
