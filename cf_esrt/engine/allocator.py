"""Freed memory stays with the process: a program that runs networks on the CPU asks for this first.

A layer's result is megabytes. glibc gives so large a block back to the kernel when it is freed, and the next layer has
it mapped and zeroed again page by page: thousands of page faults for a picture of 64×64, next to none with this.
Source: mallopt(3).
"""

from __future__ import annotations

import ctypes
import logging

log = logging.getLogger(__name__)

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -2, -3, -8
_MEBIBYTE = 1 << 20
#: Larger blocks are still mapped apart, and given back: the most that glibc accepts.
_MAPPED_APART = 32 * _MEBIBYTE
#: Freed memory at the heap's end is given back beyond this.
_KEPT = 512 * _MEBIBYTE


def keep_freed_memory() -> bool:
    """Whether the C library does so from now on; False, and nothing changed, where it is not glibc.

    One heap for all threads: the others' are given back whatever is asked. To be called before threads are started.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        log.debug("no mallopt in this C library")
        return False
    settings = {
        _M_ARENA_MAX: 1,
        _M_MMAP_THRESHOLD: _MAPPED_APART,
        _M_TRIM_THRESHOLD: _KEPT,
        _M_TOP_PAD: 64 * _MEBIBYTE,
    }
    return all([mallopt(name, value) for name, value in settings.items()])
