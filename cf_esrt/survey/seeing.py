"""How a picture was seen: decoded, at which size, enlarged for how long. A vote carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cf_esrt.survey.errors import NotSeen


@dataclass(frozen=True)
class Seen:
    """What the page says of the picture that was voted on."""

    width: int
    """Of the decoded picture, in its own pixels."""
    height: int
    painted: bool
    """Whether the page could draw it and found its pixels there."""
    scale: float
    """Device pixels across one picture pixel, as it was shown."""
    loupe_ms: int = 0
    """How long it was enlarged."""

    def require(self, size: tuple[int, int]) -> None:
        """NotSeen where the decoded picture is not the one that was given out, by its size."""
        if (self.width, self.height) != size or not self.painted:
            raise NotSeen

    def logged(self) -> dict[str, Any]:
        """What stands with the vote."""
        return {"scale": round(self.scale, 3)} | ({"loupe_ms": self.loupe_ms} if self.loupe_ms else {})
