"""README's front matter, from which a Hugging Face Space learns what to start."""

from __future__ import annotations

from huggingface_hub import SpaceCard, SpaceCardData

from tests.browser.conftest import ROOT


def read_card() -> SpaceCardData:
    """The front matter, parsed as the hub does; empty where the block is not closed."""
    return SpaceCard.load(ROOT / "README.md").data
