"""English words that every page shows."""

from __future__ import annotations

from cf_esrt.photo import NOTICE as NOTICE  # the same on a page as on every exported file

TITLE = "CF-ESRT"
DEMONSTRATION = "Research demonstration. Not a medical device. Not for diagnosis or treatment."
"""The notice on a page that must not reveal which pictures are synthetic."""
SYNTHETIC = "dermoscopy-style detail (synthetic)"
NOT_RECEIVED = "The photograph did not arrive; try again."
LOG_IN = "This page is open to those who were given its password."
