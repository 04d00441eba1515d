"""Host names that the page answers to, and sites that may send to it.

A page on a private network is not private to a browser: a site may give its own name the page's address (DNS
rebinding), or send a form to it. Both arrive with a name that is not the page's.
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
LOG_OUT = "/logout"
"""Gradio's route: it changes something, by a GET request."""


class Guard:
    """ASGI middleware: 400 for other host names, 403 for requests that other sites send.

    Starlette's TrustedHostMiddleware knows neither IP addresses nor origins.

    Args:
        hosts: names of the page; ``*.example.org`` for all subdomains, ``*`` for any name.
        addresses: whether it also answers to any IP address, which no other site can use as its name.
        origins: names of other sites that may send to it, written like ``hosts``.
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
        elif not (self._may_log_out(headers, host) if _logs_out(scope) else self._may_request(scope, headers, host)):
            await PlainTextResponse(WRONG_ORIGIN, status_code=403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _named(self, host: str) -> bool:
        name = _name(f"//{host}")
        return matches(name, self._hosts) or (self._addresses and is_address(name))

    def _may_request(self, scope: Scope, headers: Headers, host: str) -> bool:
        return scope.get("method") in SAFE or self._may_send(headers.get("origin"), host)

    def _may_log_out(self, headers: Headers, host: str) -> bool:
        """Only what comes from this page or was typed: a picture or a link of another site sends no origin with GET,
        so that one of what browsers tell has to speak for it."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        source = headers.get("origin", headers.get("referer"))
        return source is not None and self._may_send(source, host)

    def _may_send(self, origin: str | None, host: str) -> bool:
        """Programs send no origin; browsers do, and send ``null`` to hide it."""
        if origin is None:
            return True
        try:
            own = urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False
        return own or matches(_name(origin), self._origins)


def _logs_out(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"].rstrip("/").endswith(LOG_OUT)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a host name matches one of the patterns; an empty name matches only ``*``."""
    return any(
        pattern == ANY or name == pattern.lower() or (pattern.startswith("*.") and name.endswith(pattern[1:].lower()))
        for pattern in patterns
    )


def is_address(name: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address, without brackets."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a server that listens there can only be reached from this machine."""
    name = name.strip("[]")
    return name == "localhost" or (is_address(name) and ip_address(name).is_loopback)


def _name(address: str) -> str:
    """The host name in lower case, without port and brackets; empty where it is malformed."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
