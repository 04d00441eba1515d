"""A fingerprint tells that a network, its inputs or its measures have changed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import pytest

from cf_esrt.enhance import Reconstruction
from cf_esrt.fidelity.trust.scores import Head
from training.analyses import trust_fingerprint
from training.analyses.trust_fingerprint import check_kept, differences, fingerprint
from training.analyses.trust_measurements import Network
from training.config import ConfigError

SCORE = Head.single("added")


def changed(of: Callable[[np.ndarray], np.ndarray]) -> Network:
    """Interpolation by code that changes its picture."""
    plain = Network("bicubic", "torch")

    def reconstruct(low: np.ndarray) -> Reconstruction:
        picture = of(plain.enhancer.reconstruct(low).refined)
        return Reconstruction(picture, picture)

    return cast(
        Network, SimpleNamespace(descriptor=plain.descriptor, enhancer=SimpleNamespace(reconstruct=reconstruct))
    )


def brighter(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture.astype(int) + 1, 0, 255).astype(np.uint8)


def shifted(picture: np.ndarray) -> np.ndarray:
    return np.roll(picture, 2, axis=1)


def softer(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


def single_levels(picture: np.ndarray) -> np.ndarray:
    """What another processor rounds the other way."""
    chosen = np.random.default_rng(0).random(picture.shape) < 0.02
    return np.clip(picture.astype(int) + chosen, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("of", [brighter, shifted, softer])
def test_a_changed_picture_is_noticed(of: Callable[[np.ndarray], np.ndarray]) -> None:
    plain = fingerprint(Network("bicubic", "torch"), "bicubic", SCORE)
    assert differences(fingerprint(changed(of), "bicubic", SCORE), plain)


def test_a_changed_input_or_score_is_noticed_and_single_levels_are_not() -> None:
    network = Network("bicubic", "torch")
    plain = fingerprint(network, "bicubic", SCORE)
    assert differences(plain, plain) == []
    assert differences(fingerprint(changed(single_levels), "bicubic", SCORE), plain) == []
    (score,) = differences(fingerprint(network, "bicubic", Head.single("deviation")), plain)
    assert score.startswith("scores")
    assert differences(fingerprint(network, "camera", SCORE), plain)
    assert differences({}, plain)


def test_what_other_code_measured_is_refused(tmp_path: Path) -> None:
    network = Network("bicubic", "torch")
    check_kept(tmp_path, network, "bicubic")
    check_kept(tmp_path, network, "bicubic")
    with pytest.raises(ConfigError, match="made by other code"):
        check_kept(tmp_path, changed(shifted), "bicubic")


def test_a_damaged_photograph_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"none")
    monkeypatch.setattr(trust_fingerprint, "PHOTOGRAPH", damaged)
    with pytest.raises(ConfigError, match="is damaged"):
        fingerprint(Network("bicubic", "torch"), "bicubic", SCORE)
