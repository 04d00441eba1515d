"""Where the page asks for quick pictures: one request, answered with the picture itself, held nowhere.

A Gradio event would be a request, a stream of events for its answer, and a second request for the picture.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.picture_store import PRIVATE
from cf_esrt.interface.common.security import admitted
from cf_esrt.interface.common.static_files import PREFIX
from cf_esrt.interface.common.turns import Turns
from cf_esrt.interface.common.worker_pool import PoolFull
from cf_esrt.interface.preview.crop import CropError, crop_pixels
from cf_esrt.interface.preview.quick import CONTEXT, TILE, Quick, jpeg
from cf_esrt.interface.preview.session_state import SessionState

log = logging.getLogger(__name__)

URL = f"{PREFIX}/quick"
"""Relative to the page."""
THREADS = 2
"""One runs the network, another writes the picture before."""
MAX_WAITING = 64
"""Sessions whose pictures wait."""
MAX_BYTES = 2048
"""Of a request."""
SETTING = "quick"
"""Under which a session numbers its requests."""

NOTHING = 204
"""Status of an answer without a picture: the box has moved on, or the photograph is not open any more."""


class Asked(BaseModel):
    """What the page sends: nothing that is not named is taken."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str
    """Of the session, as the crop stage was given it."""
    number: int
    """Of the request: of two, the larger one's is the newer."""
    photo: int
    box: dict[str, float]


@dataclass
class Timing:
    """What a picture took, for the page to know whether the server is busy, and for browsers to show."""

    milliseconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def ended(self, part: str) -> None:
        """A part ended now; it began with the end of the one before."""
        now = time.perf_counter()
        self.milliseconds[part] = 1000 * (now - self._since)
        self._since = now

    def header(self) -> dict[str, str]:
        """As the header that browsers know."""
        return {"Server-Timing": ", ".join(f"{part};dur={took:.1f}" for part, took in self.milliseconds.items())}


def quick_routes(quick: Quick | None, find: Callable[[str], SessionState | None]) -> list[BaseRoute]:
    """The route of the quick pictures, behind the page's password; none where there are no such pictures.

    It is sent an `Asked` as JSON. It answers with a JPEG of four times the box's sides, and a `Timing`; with 204 where
    a newer request has overtaken this one, or the photograph is not open any more; 400 for a box that is not within the
    photograph or larger than a tile with its surroundings, or where it is something else that was sent; 404 where there
    is no such session; 503 where too many wait.

    Args:
        quick: makes them.
        find: the session of a key, or None.
    """
    if quick is None:
        return []
    turns = Turns("quick", THREADS, MAX_WAITING)

    async def picture(request: Request) -> Response:
        if not admitted(request):
            return Response(status_code=401)
        asked = await _read(request)
        if asked is None:
            return Response(status_code=400, headers=PRIVATE)
        session = find(asked.key)
        if session is None:
            return Response(status_code=404, headers=PRIVATE)
        timing = Timing()
        session.request(SETTING, asked.number)
        try:
            made = await turns.run(session, lambda: _make(session, asked, quick, timing))
        except CropError:
            return Response(status_code=400, headers=PRIVATE)
        except PoolFull:
            return Response(status_code=503, headers={**PRIVATE, "Retry-After": "1"})
        except Exception as error:  # noqa: BLE001  # logged without its message; Enhance says what is missing
            log_failure(log, "a quick picture failed", error)
            return Response(status_code=500, headers=PRIVATE)
        if made is None:
            return Response(status_code=NOTHING, headers=PRIVATE)
        return Response(made, media_type="image/jpeg", headers={**PRIVATE, **timing.header()})

    return [Route(f"/{URL}", picture, methods=["POST"])]


async def _read(request: Request) -> Asked | None:
    """None where it is too long or something else."""
    data = b""
    try:
        async for part in request.stream():
            data += part
            if len(data) > MAX_BYTES:
                return None
        return Asked.model_validate_json(data)
    except (ClientDisconnect, ValidationError):
        return None


def _make(session: SessionState, asked: Asked, quick: Quick, timing: Timing) -> bytes | None:
    """The JPEG; None once it is not wanted any more. CropError for a box that cannot be shown."""
    timing.ended("wait")
    photo = session.photo
    if photo is None or asked.photo != session.photo_number or session.superseded(SETTING, asked.number):
        return None
    box, pixels = crop_pixels(photo, {"box": asked.box})
    if max(box.width, box.height) > TILE + 2 * CONTEXT:
        raise CropError
    session.used = time.monotonic()
    made = quick(pixels, session.degradation)
    timing.ended("network")
    if session.superseded(SETTING, asked.number):
        return None
    written = jpeg(made)
    timing.ended("encode")
    return written
