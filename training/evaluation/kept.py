"""Pictures of networks that are kept, so that a table with other measures runs no network twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cf_esrt import photo
from cf_esrt.enhance import Enhancer, Reconstruction
from training.data.images import UnreadableImage, read_image


@dataclass(frozen=True)
class Kept:
    """PNG files under the weights' digest, the engine and the input's own: other weights never meet them."""

    folder: Path

    def reconstruct(self, enhancer: Enhancer, low: np.ndarray) -> Reconstruction:
        """As `Enhancer.reconstruct`; what is not there yet, or is damaged, is made and written. OSError."""
        digest = enhancer.descriptor.sha256
        if digest is None:
            return enhancer.reconstruct(low)
        how = f"{enhancer.descriptor.stage}-{enhancer.tile}-{enhancer.engine}-{enhancer.precision}"
        how += "-ensemble" if enhancer.self_ensemble else ""
        name = hashlib.sha256(np.ascontiguousarray(low).tobytes() + str(low.shape).encode()).hexdigest()[:24]
        folder = self.folder / f"{enhancer.descriptor.name}-{digest[:16]}-{how}"
        files = folder / f"{name}-coarse.png", folder / f"{name}-refined.png"
        try:
            coarse = read_image(files[0])
            return Reconstruction(coarse, read_image(files[1]) if files[1].exists() else coarse)
        except UnreadableImage:
            made = enhancer.reconstruct(low)
        folder.mkdir(parents=True, exist_ok=True)
        if made.refined is not made.coarse:
            photo.save(files[1], photo.png_bytes(made.refined))
        photo.save(files[0], photo.png_bytes(made.coarse))
        return made
