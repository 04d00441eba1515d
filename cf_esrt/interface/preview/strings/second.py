"""Two photographs of one lesion, of two dates."""

from __future__ import annotations

from cf_esrt.alignment import Alignment

DATES = {
    "title": "Two photographs of one lesion",
    "open": "Compare with another date",
    "edit": "Align…",
    "remove": "Remove",
    "beside": "Beside it: {name}",
    "lead": "Align automatically, or put points 1 and 2 on the same two spots in both photographs: drag them, or move "
    "them with the arrow keys.",
    "first": "Photograph 1",
    "second": "Photograph 2",
    "point": "Point {n} on photograph {m}; arrow keys move it",
    "features": "Align automatically",
    "points": "Align by the two points",
    "check": "Both, one over the other",
    "fade": "From photograph 1 to photograph 2",
    "rulers": "Same scale from rulers",
    "rulers_note": "If both photographs show a ruler, put points 1 and 2 on its marks and say how far apart they are. "
    "The scale is then held, so that growth shows; a fitted scale can hide it.",
    "hold": "Hold this scale",
    "release": "Fit the scale again",
    "use": "Compare both dates",
    "close": "Close",
    "aligning": "Aligning…",
    "reading": "Reading the photograph…",
    "not_sent": "The photograph did not arrive; check the connection and try again.",
}
NOT_ALIGNED = (
    "The photographs could not be aligned automatically: too little is the same in both. Put points 1 and 2 on the "
    "same two spots in both."
)
POINTS_UNFIT = "These points give no alignment; put each pair on the same two spots, well apart."
BESIDE_SECOND = "The box lies outside photograph 2 as it is aligned; move the box, or align them anew."
NO_SECOND = "There is no second photograph; put one beside the first."


def second_title(title: str) -> str:
    """A network's picture of the second photograph."""
    return f"{title}, photograph 2"


def of_second(sentence: str) -> str:
    """A notice on the second photograph."""
    return f"Photograph 2: {sentence[:1].lower()}{sentence[1:]}"


def second_too_large(width: int, height: int) -> str:
    """The box takes too many pixels of the second photograph."""
    return f"The box takes {width} × {height} px of photograph 2, more than is enhanced at once; draw a smaller box."


def aligned(found: Alignment) -> str:
    """How the second photograph lies over the first, and how well that fits."""
    way = "right" if found.degrees >= 0 else "left"
    lies = f"turned {abs(found.degrees):.0f}° {way}, {found.scale:.2f} times as large"
    sizes = "Sizes are true to the rulers." if found.calibrated else "Sizes matched: growth may not show."
    if found.method == "points":
        fit = "two points always fit exactly"
        if found.residual is not None:
            fit = f"off by {found.residual:.1f} px at the points"
        return f"Aligned by hand: {lies}; {fit}. {sizes}"
    return f"Aligned by {found.points} spots (half within {found.residual:.1f} px): {lies}. {sizes}"
