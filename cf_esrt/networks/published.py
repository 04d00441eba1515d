"""The published ESRT code's parameter names, and the ones used here for the same tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

_ARFB = (
    (r"\.layer1\.", ".unit1."),
    (r"\.layer2\.", ".unit2."),
    (r"\.layer4\.", ".convolve."),
    (r"\.(unit\d)\.conv\.", r".\1.reduce."),
    (r"\.(unit\d)\.conv1\.", r".\1.expand."),
    (r"\.(unit\d)\.relu\.", r".\1.activation."),
    (r"\.(unit\d)\.weight1\.", r".\1.weight_in."),
    (r"\.(unit\d)\.weight2\.", r".\1.weight_out."),
    (r"\.weight1\.", ".weight_unused."),
    (r"\.weight2\.", ".weight_unit2."),
    (r"\.weight3\.", ".weight_unit1."),
    (r"\.weight4\.", ".weight_in."),
    (r"\.weight5\.", ".weight_out."),
    (r"\.alise\.conv\.", ".squeeze.conv."),
    (r"\.atten\.conv_du\.", ".attention.conv_du."),
)
_BLOCK = (
    (r"\.encoder\.", ".entry."),
    (r"\.decoder_low\.", ".low."),
    (r"\.decoder_high\.", ".high."),
    (r"^(lcb\.blocks\.\d)\.alise\.", r"\1.exit."),
    (r"\.alise2\.", ".fuse."),
    (r"\.att\.", ".attention."),
)
_GATE = ((r"\.conv_du\.0\.", ".squeeze."), (r"\.conv_du\.2\.", ".excite."))
_TRANSFORMER = (
    (r"\.atten\.", ".attention."),
    (r"\.proj\.", ".project."),
    (r"\.fc1\.", ".0."),
    (r"\.fc2\.", ".2."),
)
_WHOLE = (
    (r"^head\.0\.", "head."),
    (r"^reduce\.", "reconstruct.tail.0."),
    (r"^tail\.0\.", "reconstruct.tail.1."),
    (r"^tail\.1\.", "reconstruct.tail.2."),
    (r"^up\.", "reconstruct.skip."),
    (r"^body\.0\.reduce\.", "lcb.reduce."),
    (r"^body\.0\.alise\.", "ltb.project."),
    (r"^body\.0\.weight1\.", "ltb.weight_in."),
    (r"^body\.0\.weight2\.", "ltb.weight_out."),
    (r"^body\.0\.attention\.", "ltb.transformer."),
)


def rename_published(state: Mapping[str, T]) -> dict[str, T]:
    """The same entries under this project's names; names that are not published ones stay as they are."""
    return {_rename(name): value for name, value in state.items()}


def _rename(name: str) -> str:
    block = re.match(r"^body\.0\.encoder(\d)\.(.*)$", name)
    if block:
        name = f"lcb.blocks.{int(block[1]) - 1}.{block[2]}"
        return _substitute(name, _BLOCK + _ARFB + _GATE)
    name = _substitute(name, _WHOLE)
    return _substitute(name, _TRANSFORMER) if name.startswith("ltb.transformer.") else name


def _substitute(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name
