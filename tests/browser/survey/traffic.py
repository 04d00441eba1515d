"""All that a page receives and sends, byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Exchange:
    """A request and its response."""

    method: str
    path: str
    sent: bytes
    sent_headers: dict[str, str]
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Traffic:
    """What went over the wire, in the order of the responses' arrival. Call `take` before the page is left."""

    def __init__(self, page: Any) -> None:
        self.exchanges: list[Exchange] = []
        self._waiting: list[Any] = []
        page.on("response", lambda response: self._waiting.append(response))
        # what a page takes as a blob is nowhere to be read afterwards, so it is read on its way
        page.route("**/*.png", self._pass_on)

    def _pass_on(self, route: Any) -> None:
        response = route.fetch()
        request = route.request
        self._add(request, response.status, response.headers, response.body(), request.headers)
        route.fulfill(response=response)

    def take(self) -> None:
        """Read what has come since; streams that never end have no body."""
        while self._waiting:
            response = self._waiting.pop(0)
            if response.url.startswith(("data:", "blob:")) or urlsplit(response.url).path.endswith(".png"):
                continue
            request, headers = response.request, response.all_headers()
            endless = "text/event-stream" in headers.get("content-type", "") or 300 <= response.status < 400
            body = b"" if endless else response.body()
            self._add(request, response.status, headers, body, request.all_headers())

    def _add(self, request: Any, status: int, headers: dict[str, str], body: bytes, sent: dict[str, str]) -> None:
        address = urlsplit(request.url)
        path = f"{address.path}?{address.query}" if address.query else address.path
        self.exchanges.append(
            Exchange(request.method, path, request.post_data_buffer or b"", sent, status, headers, body)
        )

    def of(self, part: str) -> list[Exchange]:
        """Those whose address has that part."""
        return [one for one in self.exchanges if part in one.path]
