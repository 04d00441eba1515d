"""Where checkpoints, examples and vendored scripts lie: beside the package in a checkout, inside it once installed."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).with_name("assets")
ASSETS = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).resolve().parents[1] / "assets"
