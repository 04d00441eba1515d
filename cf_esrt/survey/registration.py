"""What is registered when a study is opened: one file, given out, whose ``sha256sum`` is the registered hash.

It holds the protocol, one digest over all pictures, and the digest of the secret that mixes into the raters' orders.
Nobody can tell an order from it. The secret is told at the lock: then its digest, and every order, can be worked out by
anybody.
"""

from __future__ import annotations

import hashlib
import json

from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.manifest import Manifest
from cf_esrt.survey.protocol import Protocol

FORMAT = 1


def text(protocol: Protocol, prepared: Manifest) -> str:
    """The file's content, byte for byte."""
    document = {
        "format": FORMAT,
        "protocol": json.loads(protocol.canonical()),
        "protocol_sha256": protocol.sha256,
        "pictures_sha256": prepared.sha256,
        "order_secret_sha256": None if prepared.order_secret is None else digest(prepared.order_secret),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def digest(content: str) -> str:
    """SHA-256 of a text as UTF-8, in hexadecimal, as ``sha256sum`` has it."""
    return hashlib.sha256(content.encode()).hexdigest()


def require(registered: str | None, prepared: Manifest) -> None:
    """StudyError where the manifest's secret is not the one whose digest was registered."""
    if registered is None:
        return
    expected = json.loads(registered)["order_secret_sha256"]
    if expected != (None if prepared.order_secret is None else digest(prepared.order_secret)):
        raise StudyError("The secret of the order is not the one that was registered; put manifest.json back.")
