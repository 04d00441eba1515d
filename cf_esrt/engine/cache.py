"""Converted networks in the user's cache folder, so that the next start need not convert them again.

A file holds its key (weights, converter, OpenVINO, processor, precision), the SHA-256 of its content, and the content.
A damaged file, or one with another key, is made again. Files are written under a temporary name and renamed, so several
processes may write at once. Where nothing can be written, nothing is cached.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from platformdirs import user_cache_path

from cf_esrt.files import save

log = logging.getLogger(__name__)

MAGIC = b"cf-esrt converted network 1\n"
KEPT = 24
"""Most files, least recently used removed first. A network takes 17 MB."""
_SUFFIX = ".network"


def folder() -> Path:
    """The folder of converted networks; it may not exist."""
    return user_cache_path("cf-esrt", appauthor=False)


def fetch(name: str, key: Mapping[str, str], make: Callable[[], bytes], place: Path | None = None) -> bytes:
    """The cached content of ``name`` if it is intact and has this ``key``; else the result of ``make``, then cached."""
    path = (folder() if place is None else place) / f"{name}{_SUFFIX}"
    content = _read(path, key)
    if content is None:
        content = make()
        _keep(path, key, content)
    return content


def discard(name: str, place: Path | None = None) -> None:
    """Remove a file whose content turned out to be unusable."""
    _remove((folder() if place is None else place) / f"{name}{_SUFFIX}")


def _read(path: Path, key: Mapping[str, str]) -> bytes | None:
    try:
        data = path.read_bytes()
        os.utime(path)  # for least recently used
    except FileNotFoundError:
        return None
    except OSError as error:
        log.info("a converted network could not be read: %s", error.strerror)
        return None
    head = _head(key)
    digest, content = data[len(head) : len(head) + 32], data[len(head) + 32 :]
    if not data.startswith(head) or hashlib.sha256(content).digest() != digest:
        log.info("the converted network %s is damaged or stale: it is made again", path.name)
        return None
    return content


def _keep(path: Path, key: Mapping[str, str], content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, _head(key) + hashlib.sha256(content).digest() + content)
        _prune(path.parent)
    except OSError as error:
        log.info("a converted network could not be kept: %s", error.strerror)


def _head(key: Mapping[str, str]) -> bytes:
    return MAGIC + json.dumps(dict(key), sort_keys=True).encode() + b"\n"


def _prune(place: Path) -> None:
    files = sorted(place.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[KEPT:]:
        _remove(file)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # in use, on Windows, or no longer ours
        log.info("a converted network could not be removed: %s", error.strerror)
