"""Freed memory is kept where the C library can be asked to, and nothing breaks where it cannot."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from cf_esrt.allocator import keep_freed_memory

COUNT = """
import resource, sys, threading
import torch
from cf_esrt.allocator import keep_freed_memory
from cf_esrt.networks import CFESRT

if sys.argv[1] == "keep":
    assert keep_freed_memory()
torch.set_num_threads(1)
network, picture = CFESRT(width=16).eval().requires_grad_(False), torch.rand(1, 3, 64, 64)
counts = []

def work():
    network(picture), network(picture)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        network(picture)
    counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

work()
thread = threading.Thread(target=work)
thread.start(), thread.join()
print(*counts)
"""


def page_faults(how: str) -> list[int]:
    output = subprocess.run([sys.executable, "-c", COUNT, how], check=True, capture_output=True, text=True).stdout
    return [int(count) for count in output.split()]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_memory_that_was_freed_is_not_mapped_again_in_any_thread() -> None:
    plain, kept = page_faults("plain"), page_faults("keep")
    assert max(kept) < 0.2 * max(plain)


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def refuse(_name: str | None) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert not keep_freed_memory()
