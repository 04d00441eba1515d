"""The page as a Space runs it, from a fresh environment: ``pytest -m slow tests/space``; ``make space`` times it."""

from __future__ import annotations

import pytest

from tests.space.space import Space, calls_at_once, first_pane, make_environment

pytestmark = pytest.mark.slow


def test_a_space_serves_everyone_their_own_picture(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("space")
    make_environment(root / "environment")
    with Space(root, root / "environment") as space:
        pane, calls = first_pane(space), calls_at_once(space)
    assert pane.right
    assert calls.right
    assert space.left() == []
    assert "Traceback" not in space.log.read_text()
