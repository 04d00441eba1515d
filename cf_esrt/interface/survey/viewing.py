"""The viewing conditions that a page reports: what it measured, and what the rater saw of the test patches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from cf_esrt.interface.survey.json_routes import Body
from cf_esrt.interface.survey.plates import AXES

DARK = (2, 4, 6, 9, 13, 18, 24, 32)
"""sRGB grey levels of the squares on black, 0; who sees them all has a screen and a room to see shadows by."""
LIGHT = tuple(255 - level for level in DARK)
"""Those on white, 255."""

Number = StrictInt | StrictFloat
Pixels = Annotated[Number, Field(ge=0, le=100_000)]
Steps = Annotated[StrictInt, Field(ge=0, le=len(DARK))]
Seen = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "none"]


class Measured(Body):
    """What the browser says of itself: no name, no version, nothing to know a person by."""

    device_pixel_ratio: Annotated[Number, Field(gt=0, le=20)]
    zoom_percent: Annotated[Number, Field(gt=0, le=2000)] | None = None
    """As far as the window's sizes tell."""
    screen_width: Pixels
    """CSS pixels, as all of these."""
    screen_height: Pixels
    window_width: Pixels
    window_height: Pixels
    large_enough: StrictBool
    """Whether the study's largest picture fits beside the scale."""
    colour_depth: Annotated[Number, Field(ge=0, le=128)]
    wide_gamut: StrictBool
    touch: StrictBool
    scale: Annotated[Number, Field(ge=1, le=64)] = 1
    """Device pixels across one picture pixel."""
    picture_width_css: Pixels | None = None
    """Of the study's largest picture, as it is shown."""
    card_css: Annotated[Number, Field(ge=50, le=2000)] | None = None
    """CSS pixels across a bank card, where the rater measured one."""


class Viewing(Body):
    """A report: measured always, the rest where the protocol asks and the rater answered."""

    measured: Measured
    dark_steps: Steps | None = None
    """Squares seen on black."""
    light_steps: Steps | None = None
    plates: Annotated[tuple[Seen, ...], Field(max_length=len(AXES))] = ()

    def flat(self, shown: list[str]) -> dict[str, str | int | float | bool | None]:
        """As it is logged; ``shown`` are the digits that were on the plates."""
        found: dict[str, str | int | float | bool | None] = self.measured.model_dump()
        found |= {name: steps for name in ("dark_steps", "light_steps") if (steps := getattr(self, name)) is not None}
        for axis, digit, seen in zip(AXES, shown, self.plates, strict=False):
            found |= {f"plate_{axis.name}_shown": digit, f"plate_{axis.name}_seen": seen}
        return found
