"""What Python and the browser's scripts have to agree on, as a JavaScript module: `SCALE`."""

from __future__ import annotations

from cf_esrt.pixels import SCALE

JAVASCRIPT = f"export const SCALE = {SCALE}; // enlargement, of width and of height\n"
"""``common/constants.js`` of the page, ``model/constants.js`` of the static page."""
