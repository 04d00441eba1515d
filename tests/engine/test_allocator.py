"""Freed memory is kept where the C library can be asked to, and nothing breaks where it cannot."""

from __future__ import annotations

import ctypes
import platform

import pytest

from cf_esrt.engine.allocator import keep_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_glibc_is_asked_to_keep_large_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[int, int] = {}

    class Library:
        @staticmethod
        def mallopt(option: int, value: int) -> int:
            asked[option] = value
            return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library)
    assert keep_freed_memory()
    trim, mmap = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
    assert asked[mmap] >= 32 << 20  # a layer's result of some megabytes comes from the heap
    assert asked[trim] > asked[mmap]  # and what is freed there stays


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def refuse(_name: str | None) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert not keep_freed_memory()
