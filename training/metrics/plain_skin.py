"""How much texture a result invents where its ground truth has none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from training.metrics.grey import grey

SIGMA = 2.0
"""Pixels: the high-pass is a picture less its Gaussian of this scale."""
BORDER, SIDE = 8, 16
"""Pixels left out all around; side of a block."""
PLAIN = 0.25
"""Share of all blocks that are plain: those where the truth's high-pass is weakest."""


class PlainSkin:
    """Sums of a photograph: over its plain blocks, then over all, the truth's energy, its product with the result's
    high-pass, the result's energy; last the pixels of plain blocks.

    Which blocks are plain, the truths of the whole set say: a photograph without plain skin has none.
    """

    names = ("invented", "gain", "explained")

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        """High-passed grey values of RGB uint8 H×W×3 in blocks, B×256."""
        values = grey(picture)
        high = (values - ndimage.gaussian_filter(values, SIGMA))[BORDER:-BORDER, BORDER:-BORDER]
        rows, columns = (side // SIDE for side in high.shape)
        blocks = high[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE)
        return blocks.swapaxes(1, 2).reshape(-1, SIDE * SIDE)

    def observe(self, result: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """B×3: each block's truth energy, product, result energy."""
        return np.stack([(truth**2).sum(1), (truth * result).sum(1), (result**2).sum(1)], 1)

    def sums(self, observations: Sequence[np.ndarray]) -> np.ndarray:
        limit = np.quantile(np.concatenate([blocks[:, 0] for blocks in observations]), PLAIN)
        rows = []
        for blocks in observations:
            plain = blocks[blocks[:, 0] <= limit]
            rows.append([*plain.sum(0), *blocks.sum(0), len(plain) * SIDE * SIDE])
        return np.array(rows, float)

    def values(self, sums: np.ndarray) -> dict[str, np.ndarray]:
        """``invented``: RMS in grey levels of what the result's high-pass holds beyond its regression on the truth's in
        plain blocks. ``gain``: the regression's slope over all blocks, 1 where detail is as strong as the truth's.
        ``explained``: share of the result's high-pass energy over all blocks that the truth explains."""
        with np.errstate(divide="ignore", invalid="ignore"):
            truth, product, result = (sums[..., k] for k in (0, 1, 2))
            beyond = np.maximum(result - product**2 / truth, 0)
            truth_all, product_all, result_all = (sums[..., k] for k in (3, 4, 5))
            found = {
                "invented": np.sqrt(beyond / sums[..., 6]),
                "gain": product_all / truth_all,
                "explained": product_all**2 / truth_all / result_all,
            }
        return {name: np.nan_to_num(value, nan=0.0, posinf=0.0) for name, value in found.items()}
