"""English words that every page shows."""

from __future__ import annotations

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
LOG_IN = "This page is open to those who were given its password."
