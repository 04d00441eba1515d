"""Under which names the page answers, and which sites may send to it.

A page on a private network is not private to a browser: a site may give its own name the page's address (DNS
rebinding), or send a form to it. Both carry a name that is not the page's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = ("localhost", "127.0.0.1", "::1")
ANY = "*"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
WRONG_HOST = "This page does not answer under this name; CF_ESRT_HOSTS lists the names that it has."
WRONG_ORIGIN = "This page takes nothing that another site sends."


class Guard:
    """ASGI middleware: other names are answered with 400, what other sites send with 403.

    Starlette's TrustedHostMiddleware knows neither addresses as such nor origins.

    Args:
        hosts: names of the page, ``*.example.org`` for all below one, ``*`` for any.
        addresses: whether it also answers under any IP address: no other site can have that for a name.
        origins: names of sites besides the page itself that may send to it, written as ``hosts``.
    """

    def __init__(
        self, app: ASGIApp, hosts: Sequence[str] = LOCAL, *, addresses: bool = False, origins: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._hosts = tuple(hosts)
        self._addresses = addresses
        self._origins = tuple(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._named(host):
            await PlainTextResponse(WRONG_HOST, status_code=400)(scope, receive, send)
        elif scope.get("method") not in SAFE and not self._may_send(headers.get("origin"), host):
            await PlainTextResponse(WRONG_ORIGIN, status_code=403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _named(self, host: str) -> bool:
        name = _name(f"//{host}")
        return matches(name, self._hosts) or (self._addresses and is_address(name))

    def _may_send(self, origin: str | None, host: str) -> bool:
        """A program sends no origin; a browser does, and says ``null`` where it hides it."""
        if origin is None:
            return True
        try:
            own = urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False
        return own or matches(_name(origin), self._origins)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a host's name is one of these; an empty one never is, unless any is."""
    return any(
        pattern == ANY or name == pattern.lower() or (pattern.startswith("*.") and name.endswith(pattern[1:].lower()))
        for pattern in patterns
    )


def is_address(name: str) -> bool:
    """Whether a host is given as an IPv4 or IPv6 address, without brackets."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a server that listens there is reached from this machine alone."""
    name = name.strip("[]")
    return name == "localhost" or (is_address(name) and ip_address(name).is_loopback)


def _name(address: str) -> str:
    """The host's name in lower case, without port and brackets; empty where it cannot be read."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
