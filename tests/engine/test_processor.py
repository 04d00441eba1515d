"""The faster precision follows from the processor's flags, as it was measured."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from cf_esrt.engine import processor
from cf_esrt.engine.processor import AMX, AVX2, AVX512_BF16, LIMIT, faster, flags, has_fast_int8

XEON, EPYC = "Intel(R) Xeon(R) Processor", "AMD EPYC 9R14 96-Core Processor"


@dataclasses.dataclass
class Has:
    """In place of ``torch.cpu``."""

    amx: bool
    bfloat16: bool
    avx2: bool = True

    def _is_amx_tile_supported(self) -> bool:
        return self.amx

    def _is_avx512_bf16_supported(self) -> bool:
        return self.bfloat16

    def _is_avx2_supported(self) -> bool:
        return self.avx2


@pytest.mark.parametrize(
    ("name", "has", "precision"),
    [
        (XEON, {AMX, AVX512_BF16}, "bfloat16"),
        (XEON, {AVX512_BF16}, "float32"),
        (XEON, set(), "float32"),
        (EPYC, {AVX512_BF16}, "bfloat16"),
        (EPYC, set(), "float32"),
        ("Apple M1", set(), "float32"),
    ],
)
def test_the_faster_precision(name: str, has: set[str], precision: str) -> None:
    assert faster(name, has) == precision


@pytest.mark.parametrize(("has", "fast"), [({AMX, AVX2}, True), ({AVX2}, True), (set(), False)])
def test_int8_is_fast_with_avx2(has: set[str], fast: bool) -> None:
    assert has_fast_int8(has) == fast


@pytest.mark.parametrize(
    ("limit", "has", "found"),
    [
        (None, Has(amx=True, bfloat16=True), {AMX, AVX512_BF16, AVX2}),
        (None, Has(amx=False, bfloat16=True), {AVX512_BF16, AVX2}),
        (None, Has(amx=False, bfloat16=False), {AVX2}),
        (None, Has(amx=False, bfloat16=False, avx2=False), set()),
        ("DEFAULT", Has(amx=True, bfloat16=True), {AMX, AVX512_BF16, AVX2}),
        ("AVX512_CORE_AMX", Has(amx=True, bfloat16=True), {AMX, AVX512_BF16, AVX2}),
        ("avx512_core_bf16", Has(amx=True, bfloat16=True), {AVX512_BF16, AVX2}),
        ("AVX512_CORE_FP16", Has(amx=True, bfloat16=True), {AVX512_BF16, AVX2}),
        ("AVX512_CORE_VNNI", Has(amx=True, bfloat16=True), {AVX2}),
        ("AVX2", Has(amx=True, bfloat16=True), {AVX2}),
        ("AVX", Has(amx=True, bfloat16=True), set()),
        ("SSE41", Has(amx=True, bfloat16=True), set()),
    ],
)
def test_a_flag_is_one_that_onednn_may_use(
    limit: str | None, has: Has, found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "cpu", has)
    assert flags({} if limit is None else {LIMIT: limit}) == found


def test_the_engine_goes_by_them_where_openvino_has_the_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    on_openvino = pytest.importorskip("cf_esrt.engine.on_openvino")
    for has, precision in (({AMX, AVX512_BF16}, "bfloat16"), (set(), "float32")):
        monkeypatch.setattr(processor, "flags", lambda has=has: has)
        chosen = on_openvino.choose_precision("auto")
        assert chosen == (precision if on_openvino.has_bfloat16() else "float32")
