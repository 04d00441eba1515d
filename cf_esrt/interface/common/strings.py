"""English words that every page shows."""

from __future__ import annotations

import html

from cf_esrt.photo import NOTICE as NOTICE  # the same on a page as on every exported file
from cf_esrt.photo import Limits

TITLE = "CF-ESRT"
DEMONSTRATION = "Research demonstration. Not a medical device. Not for diagnosis or treatment."
"""The notice on a page that must not reveal which pictures are synthetic."""
SYNTHETIC = "dermoscopy-style detail (synthetic)"
NOT_RECEIVED = "The photograph did not arrive; try again."
UPLOADS_FULL = "Too many photographs arrive at the same time; try again in a minute."
UPLOAD_TOO_LARGE = f"The photograph is larger than the {Limits().max_bytes // 1_000_000} MB that this page takes."
UPLOAD_MALFORMED = 'The upload has to be one file in the form field "files".'
LOG_IN = "This page is open to those who were given its password. After five wrong ones it takes the next in a minute."
TOO_MANY_GUESSES = "Too many passwords were wrong; wait a minute before the next."


def log_in(address: str | None) -> str:
    """What the form for the password says; ``address``: the page's own, where another site shows it in a frame."""
    if address is None:
        return LOG_IN
    link = f'<a href="{html.escape(address)}" target="_blank" rel="noopener">{html.escape(address)}</a>'
    return f"{LOG_IN} If this form comes back empty, the browser blocks cookies in frames: open {link} instead."
