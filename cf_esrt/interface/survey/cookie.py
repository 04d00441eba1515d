"""The organiser's sign-in as a cookie: for this page alone, out of scripts' reach."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

NAME = "cf-esrt-organiser"


class Cookie:
    """Sets and deletes it.

    Inside another site's frame, as a Hugging Face Space is shown, browsers send back only what says ``SameSite=None``,
    and many only what is ``Partitioned`` besides: kept apart for each site that holds the frame (CHIPS). Both need
    https. Everywhere else it is ``SameSite=Strict``.
    """

    def __init__(self, path: str, framed: bool) -> None:
        """``framed``: whether other sites may show the page in a frame."""
        self._path, self._framed = path, framed

    def set(self, request: Request, response: Response, token: str, seconds: int) -> None:
        response.headers.append("Set-Cookie", self._header(request, token, seconds))

    def delete(self, request: Request, response: Response) -> None:
        """With the attributes that it was set with: a partitioned cookie is another one than its namesake."""
        response.headers.append("Set-Cookie", self._header(request, "", 0))

    def _header(self, request: Request, token: str, seconds: int) -> str:
        parts = [f"{NAME}={token}", f"Path={self._path}", f"Max-Age={seconds}", "HttpOnly"]
        secure = _is_https(request)
        parts += ["Secure"] if secure else []
        # Starlette writes Partitioned from Python 3.14 on
        parts += ["SameSite=None", "Partitioned"] if secure and self._framed else ["SameSite=Strict"]
        return "; ".join(parts)


def _is_https(request: Request) -> bool:
    """Whether the browser's own connection is HTTPS; a proxy puts that first."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return scheme.split(",")[0].strip().lower() == "https"
