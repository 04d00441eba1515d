"""What a decoder's process may not do, as far as its kernel can be told: a decoder that was taken over by a malformed
file finds no file, no network and no other process.

On Linux: no new privileges; Landlock (kernel 5.13 and later) leaves the folders of Python and of shared libraries to
read, and nothing to write; a seccomp filter (libseccomp) refuses sockets, new processes and looking into others. Where
one of them is missing the others hold. An environment without secrets is the parent's work, everywhere.
"""

from __future__ import annotations

import errno
import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NO_NEW_PRIVILEGES, LANDLOCK, SECCOMP = "no new privileges", "Landlock", "seccomp"

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
# By what an intruder would want: the network, other programs, other processes, the kernel's less tried parts.
_REFUSED = (
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg"),
    *("execve", "execveat", "fork", "vfork"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "kcmp"),
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "keyctl", "add_key", "request_key"),
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at", "init_module", "kexec_load"),
)
_CLONE_THREAD = 0x00010000


def restrict() -> list[str]:
    """Give up, for ever, what decoding does not need; returns the names of what holds from now on."""
    if sys.platform != "linux":
        return []
    # files come last: the library of the filter is looked for with the help of a program
    steps = ((NO_NEW_PRIVILEGES, _renounce_privileges), (SECCOMP, _forbid_calls), (LANDLOCK, _forbid_files))
    return [name for name, step in steps if step()]


def _renounce_privileges() -> bool:
    try:
        from py_landlock import LandlockError
        from py_landlock.prctl import set_no_new_privs
    except ImportError:
        return False
    try:
        set_no_new_privs()
    except (LandlockError, OSError):
        return False
    return True


def _forbid_files() -> bool:
    """Libraries of the rarer formats are imported when they are needed, so their folders stay readable."""
    try:
        from py_landlock import AccessFs, Landlock, LandlockError
    except ImportError:
        return False
    rules = Landlock(strict=False)
    try:
        for path in _readable():  # a file has no right to list
            access = AccessFs.READ_FILE | AccessFs.READ_DIR if os.path.isdir(path) else AccessFs.READ_FILE
            rules.add_path_rule(path, access=access)
        rules.apply()
    except (LandlockError, OSError):  # the kernel has none, or it was left out at boot
        return False
    return True


def _readable() -> Iterator[str]:
    paths = sysconfig.get_paths()
    named = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    named += [*site.getsitepackages(), os.path.join(sys.base_prefix, "lib"), str(Path(__file__).parents[1])]
    named += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return (path for path in dict.fromkeys((*named, *_LIBRARIES)) if path and os.path.exists(path))


def _forbid_calls() -> bool:
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError, AttributeError):  # RuntimeError: there is no libseccomp
        return False
    try:
        _filter(pyseccomp).load()
    except (OSError, RuntimeError, ValueError):
        return False
    return True


def _filter(seccomp: Any) -> Any:
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in _REFUSED:
        try:
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
        except (OSError, ValueError):  # younger than this libseccomp, or of another architecture
            continue
    # threads, but no processes; clone3's flags lie in memory, out of a filter's sight: the C library then uses clone
    rules.add_rule(seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, 0))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    return rules
