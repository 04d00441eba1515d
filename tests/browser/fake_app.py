"""The real ``app.py`` with models that are fast, exact and easy to tell apart."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))


NAMES = ("bicubic", "esrt", "cf-esrt", "cf-esrt-coarse", "other", "missing")
"""What stands in for ``cf_esrt.models.names``."""
LIVE = ("live",)
"""What comes to them with FAKE_LIVE: the network of the quick pictures."""
CAMERA = ("esrt-camera", "cf-esrt-camera", "cf-esrt-camera-coarse")
"""What comes to them with FAKE_CAMERA: the networks for photographs from a camera."""
VARIANT_OF = {"esrt-camera": "esrt", "cf-esrt-camera": "cf-esrt", "cf-esrt-camera-coarse": "cf-esrt-camera"}


@dataclass(frozen=True)
class FakeReconstruction:
    """Twice a known picture."""

    coarse: np.ndarray
    refined: np.ndarray
    tile = None
    precision = None
    engine = None

    def blend(self, detail: float) -> np.ndarray:
        mixed = (1 - detail) * self.coarse.astype(np.float32) + detail * self.refined.astype(np.float32)
        return np.rint(mixed).astype(np.uint8)


class FakeEnhancer:
    """Repeats pixels, ESRT and CF-ESRT a few steps brighter, CF-ESRT refined with a checkerboard.

    A tile does not end while the file named by FAKE_HOLD exists, or that file's name with the model's after a dash.
    """

    device = "cpu"

    def __init__(self, name: str) -> None:
        self.descriptor = describe(name)
        self.tiles = 3
        hold = os.environ.get("FAKE_HOLD", "no such file")
        self.holds = Path(hold), Path(f"{hold}-{name}")

    def in_haste(self) -> FakeEnhancer:
        return self

    def reconstruct(
        self,
        image: np.ndarray,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FakeReconstruction:
        from cf_esrt.enhance import Cancelled

        for tile in range(self.tiles):
            while any(hold.exists() for hold in self.holds) and not (cancelled and cancelled()):
                time.sleep(0.01)  # a test keeps the tile from ending until it has looked
            if cancelled and cancelled():
                raise Cancelled
            if progress is not None:
                progress(tile + 1, self.tiles)
        return expected(image, self.descriptor.name)


class Event(Protocol):
    """Of threads or of processes."""

    def wait(self, timeout: float) -> bool: ...


def esrt_waiting_for(event: Event) -> type[FakeEnhancer]:
    """Enhancers of which ESRT's does not begin before the event."""

    class Waiting(FakeEnhancer):
        def reconstruct(self, image: np.ndarray, **how: Any) -> FakeReconstruction:
            if self.descriptor.name == "esrt":
                assert event.wait(10)
            return super().reconstruct(image, **how)

    return Waiting


def expected(image: np.ndarray, name: str) -> FakeReconstruction:
    """What the fake makes of a picture."""
    plain = image.repeat(4, axis=0).repeat(4, axis=1)
    if name == "bicubic":
        return FakeReconstruction(plain, plain)
    step = -8 if name in CAMERA else 4
    coarse = np.clip(plain.astype(np.int16) + step, 0, 255).astype(np.uint8)
    if name == "live":
        dark = plain // 2
        return FakeReconstruction(dark, dark)
    if name == "other":
        return FakeReconstruction(255 - plain, 255 - plain)
    if name in ("esrt", "esrt-camera"):
        return FakeReconstruction(coarse, coarse)
    board = (np.indices(plain.shape[:2]).sum(axis=0) % 2 * 16 - 4)[..., None]
    return FakeReconstruction(coarse, np.clip(coarse.astype(np.int16) + board, 0, 255).astype(np.uint8))


def describe(name: str) -> Any:
    """A descriptor with what the page reads; the last of ``NAMES`` has no checkpoint."""
    from cf_esrt.checkpoints import CheckpointError

    titles = {"bicubic": "Bicubic", "esrt": "ESRT", "cf-esrt": "CF-ESRT", "other": "Other", "live": "Live",
              "esrt-camera": "ESRT camera", "cf-esrt-camera": "CF-ESRT camera"}  # fmt: skip
    if name not in titles:
        raise CheckpointError(f"There is no checkpoint of {name}.")
    weights = name != "bicubic"
    return SimpleNamespace(
        name=name,
        title=titles[name],
        summary=f"{titles[name]}, a fake.",
        stage="both" if name in ("cf-esrt", "cf-esrt-camera") else "only",
        scale=4,
        tile=64,
        dtypes=("float32",),
        checkpoint=Path(f"{name}.safetensors") if weights else None,
        parameters=751_767 if weights else 0,
        licence="CC0-1.0" if weights else "",
        sha256="ab" * 32 if weights else None,
        training_data="a test" if weights else "",
        variant_of=VARIANT_OF.get(name),
        opening_detail=1.0,
        degradation="camera" if name in CAMERA else "bicubic" if weights else None,
    )


if __name__ == "__main__":
    import app

    names = (*NAMES, *(LIVE if os.environ.get("FAKE_LIVE") else ()), *(CAMERA if os.environ.get("FAKE_CAMERA") else ()))
    app.main(load=FakeEnhancer, describe=describe, names=names)
