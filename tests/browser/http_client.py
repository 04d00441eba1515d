"""``/enhance`` over plain HTTP, as a program in any language calls it."""

from __future__ import annotations

import json
from typing import Any

import httpx

PATIENCE = 300.0
"""Seconds until an answer is given up; the machine may be busy with other things."""


def upload(address: str, data: bytes) -> str:
    """Send a photograph; the path that it is answered with."""
    answer = httpx.post(f"{address}gradio_api/upload", files={"files": ("a.png", data)}, timeout=PATIENCE)
    answer.raise_for_status()
    return answer.json()[0]


def begin(address: str, path: str, model: str = "esrt") -> str:
    """Ask for an enhancement; the event whose answer `result` waits for."""
    image = {"path": path, "meta": {"_type": "gradio.FileData"}}
    sent = {"data": [image, model, 1.0, False, False, None]}
    answer = httpx.post(f"{address}gradio_api/call/enhance", json=sent, timeout=PATIENCE)
    answer.raise_for_status()
    return answer.json()["event_id"]


def result(address: str, event: str) -> Any:
    """What the call returns, or the sentence of its refusal."""
    kind = ""
    with httpx.stream("GET", f"{address}gradio_api/call/enhance/{event}", timeout=PATIENCE) as answer:
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            kind = value if name == "event" else kind
            if name == "data" and kind in ("complete", "error"):
                return json.loads(value)
    raise AssertionError("the stream ended without an answer")


def fetch(address: str, given: Any) -> bytes:
    """The picture of a result."""
    return httpx.get(f"{address}{given[0][0]['url']}", timeout=PATIENCE).content
