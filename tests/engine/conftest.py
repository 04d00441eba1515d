"""What the engine's tests share: no test writes in the user's own cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from cf_esrt.engine import cache


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that the tests of a session share, so that each network is converted once."""
    return tmp_path_factory.mktemp("converted")


@pytest.fixture(autouse=True)
def own_cache(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "folder", lambda: kept)


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, which does not exist yet."""
    place = tmp_path / "cache"
    monkeypatch.setattr(cache, "folder", lambda: place)
    return place
