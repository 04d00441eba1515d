"""ESRT, CF-ESRT and Live as architectures of spandrel (0.4), the library with which ComfyUI and others load weights.

    from cf_esrt.in_spandrel import register
    register()

From then on ``spandrel.ModelLoader`` reads this project's checkpoints. Spandrel hands over tensors without the file's
metadata, so what no shape tells is taken as in every released file: replicated borders in the long skip, skips in the
refinement network, its input on 8-bit levels.
"""

from __future__ import annotations

import re
from typing import TypeVar

from spandrel import (
    MAIN_REGISTRY,
    Architecture,
    ArchRegistry,
    ArchSupport,
    ImageModelDescriptor,
    SizeRequirements,
    StateDict,
)
from spandrel.util import KeyCondition
from torch import Tensor, nn

from cf_esrt.networks import CFESRT, ESRT, Live

N = TypeVar("N", bound=nn.Module)


class ESRTArchitecture(Architecture[ESRT]):
    def __init__(self) -> None:
        condition = KeyCondition.has_all(
            "head.weight", "lcb.reduce.weight", "ltb.weight_in.scale", "reconstruct.tail.0.weight"
        )
        super().__init__(id="CF-ESRT:ESRT", name="ESRT", detect=condition)

    def load(self, state_dict: StateDict) -> ImageModelDescriptor[ESRT]:
        return _described(self, ESRT(skip_padding="replicate"), state_dict, [])


class CFESRTArchitecture(Architecture[CFESRT]):
    """The refined picture alone: spandrel's models give one."""

    def __init__(self) -> None:
        condition = KeyCondition.has_all("coarse.head.weight", "refine.encode1.first.weight", "refine.to_rgb.weight")
        super().__init__(id="CF-ESRT:CF-ESRT", name="CF-ESRT", detect=condition)

    def load(self, state_dict: StateDict) -> ImageModelDescriptor[CFESRT]:
        width = len(state_dict["refine.encode1.first.weight"])
        sharpen = float(state_dict.get("refine.sharpen.amount", 0.0))  # type: ignore[arg-type]
        network = CFESRT(width=width, sharpen=sharpen, skip_padding="replicate")
        return _described(self, network, state_dict, [f"{width}nf"])


class LiveArchitecture(Architecture[Live]):
    def __init__(self) -> None:
        condition = KeyCondition.has_all("convolutions.0.weight", "convolutions.1.weight", "convolutions.1.bias")
        super().__init__(id="CF-ESRT:Live", name="Live", detect=condition)

    def load(self, state_dict: StateDict) -> ImageModelDescriptor[Live]:
        channels = len(state_dict["convolutions.0.weight"])
        count = sum(re.fullmatch(r"convolutions\.\d+\.weight", name) is not None for name in state_dict)
        network = Live(channels=channels, convolutions=count)
        return _described(self, network, state_dict, [f"{channels}nf", f"{count}nb"])


REGISTRY = ArchRegistry()
"""The three alone, for a loader of one's own: ``ModelLoader(registry=REGISTRY)``."""
REGISTRY.add(
    *(ArchSupport.from_architecture(a) for a in (ESRTArchitecture(), CFESRTArchitecture(), LiveArchitecture()))
)


def register() -> None:
    """Add the architectures to spandrel's main registry; a second call changes nothing."""
    MAIN_REGISTRY.add(*REGISTRY, ignore_duplicates=True)


def _described(
    architecture: Architecture[N], network: N, state_dict: StateDict, tags: list[str]
) -> ImageModelDescriptor[N]:
    return ImageModelDescriptor(
        network,
        state_dict,
        architecture,
        purpose="SR",
        tags=tags,
        supports_half=False,  # measured under autocast alone, where sums stay in float32
        supports_bfloat16=False,
        scale=4,
        input_channels=3,
        output_channels=3,
        size_requirements=SizeRequirements(minimum=2),
        call_fn=_last,
    )


def _last(network: nn.Module, image: Tensor) -> Tensor:
    made = network(image)
    return made[-1] if isinstance(made, tuple) else made
