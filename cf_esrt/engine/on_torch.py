"""The torch engine: any network, on any device, in float32 or under autocast."""

from __future__ import annotations

import logging

import numpy as np
import torch
from torch import Tensor, nn

from cf_esrt.engine.base import to_levels
from cf_esrt.engine.device import HALF
from cf_esrt.engine.linear import MergedNetwork
from cf_esrt.engine.tails import tail
from cf_esrt.networks import CFESRT, ESRT
from cf_esrt.networks.cf_esrt import CoarseNetwork

log = logging.getLogger(__name__)


class TorchEngine:
    """On a CPU the linear parts are merged, where the network has them."""

    name = "torch"

    def __init__(self, network: nn.Module, device: torch.device, precision: str) -> None:
        self.precision, self._device = precision, device
        network = network.eval().requires_grad_(False)
        first = network.coarse if isinstance(network, CFESRT) else network
        if device.type == "cpu" and isinstance(first, (ESRT, CoarseNetwork)):
            first = MergedNetwork(first, tail(first))
        self._first = _place(first, device)
        self._refine = _place(network.refine, device) if isinstance(network, CFESRT) else None

    def first(self, tiles: np.ndarray) -> np.ndarray:
        return self._run(self._first, tiles)

    def levels(self, tiles: np.ndarray) -> np.ndarray:
        return to_levels(self.first(tiles))

    def refine(self, pictures: np.ndarray) -> np.ndarray:
        assert self._refine is not None
        return self._run(self._refine, pictures)

    @torch.inference_mode()
    def _run(self, network: nn.Module, tiles: np.ndarray) -> np.ndarray:
        levels = torch.from_numpy(tiles).to(self._device).permute(0, 3, 1, 2).float().div_(255)
        output = self._forward(network, levels.contiguous(memory_format=torch.channels_last))
        return output.float().clamp_(0, 1).permute(0, 2, 3, 1).cpu().numpy()

    def _forward(self, network: nn.Module, tiles: Tensor) -> Tensor:
        """In the chosen precision; a tile that exceeds its range (float16: ±65,504) runs again in float32."""
        if self.precision in HALF:
            with torch.autocast(self._device.type, HALF[self.precision]):
                output = network(tiles)
            if torch.isfinite(output).all():
                return output
            log.warning("a tile left the range of %s: run again in float32", self.precision)
        return network(tiles)


def _place(network: nn.Module, device: torch.device) -> nn.Module:
    return network.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
