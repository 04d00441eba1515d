"""README's front matter, from which a Hugging Face Space learns what to start."""

from __future__ import annotations

from typing import Any

from huggingface_hub import SpaceCard

from tests.browser.conftest import ROOT


def read_card() -> dict[str, Any]:
    """The front matter, parsed as the hub does; empty where the block is not closed."""
    return SpaceCard.load(ROOT / "README.md").data.to_dict()
