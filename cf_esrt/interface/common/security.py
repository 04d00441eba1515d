"""Security headers on every response, and access to the pages' own routes."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def policy(frames: Sequence[str] = (), *, strict: bool = False) -> str:
    """The content security policy: this server only, plus what Gradio needs.

    Gradio writes its configuration into inline scripts and styles ('unsafe-inline') and compiles the scripts of
    ``gr.HTML`` at run time ('unsafe-eval'). Pictures are also held as blobs, thumbnails as data.

    Args:
        frames: sites besides this one that may show the page in a frame. A Hugging Face Space is shown in one.
        strict: without what Gradio needs, for pages that are not its.
    """
    rules = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' blob:",
        "connect-src": "'self' blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(("'self'", *frames)),
    }
    if strict:
        rules["script-src"] = "'self'"
        rules["connect-src"] = "'self'"
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


_UNUSED = (
    "accelerometer", "bluetooth", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone",
    "midi", "payment", "serial", "usb",
)  # fmt: skip
PERMISSIONS = ", ".join(("camera=(self)", "fullscreen=(self)", *(f"{name}=()" for name in _UNUSED)))
"""Camera and full screen for this page only; features that it never uses are off."""


class Headers:
    """ASGI middleware that adds the security headers to every response."""

    def __init__(self, app: ASGIApp, frames: Sequence[str] = (), *, strict: bool = False) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(frames, strict=strict),
            "X-Content-Type-Options": "nosniff",
            # Other sites do not even learn the address; Gradio's own requests keep their referrer.
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS,
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if headers.get("content-type", "").startswith("text/event-stream"):
                    headers["X-Accel-Buffering"] = "no"  # nginx would hold back what the page reports
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def admitted(request: Request) -> bool:
    """Whether a request to one of a page's own routes is admitted: Gradio's password guards only its own.

    The cookies and their tokens are Gradio's (``gradio.routes``, ``get_current_user``).
    """
    app = request.app
    if getattr(app, "auth", None) is None:
        return True
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(request.cookies.get(name) in app.tokens for name in names)
