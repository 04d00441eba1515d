"""The decoder's process: it ends hangs, survives crashes, writes no file, keeps no secret, leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import psutil
import pytest

from cf_esrt import photo
from cf_esrt.photo import process, sandbox
from cf_esrt.photo import worker as worker_module
from tests.photo.files import P3_TO_XYZ_D50, PICTURE, heic, jpeg, matrix_profile, png, png_by_hand, png_chunk
from tests.photo.test_refusals import check_sentence

ROOT = Path(__file__).resolve().parents[2]


def _broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: str) -> sandbox.Pool:
    """A pool of workers whose PNG decoder does ``behaviour``; the rest of them is as it is."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading, time, os, ctypes\n"
        "def behaviour(*_):\n"
        f"    {behaviour}\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'cf_esrt.photo.pipeline':\n"
        "            sys.meta_path.remove(self)\n"
        "            import cf_esrt.photo.formats as formats\n"
        "            formats.OPENERS['PNG'] = behaviour\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return sandbox.Pool()


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.mark.parametrize(
    "behaviour",
    ["time.sleep(3600)", "ctypes.CDLL(None).sleep(3600)", "[0 for _ in iter(int, 1)]"],
    ids=["py", "c", "busy"],
)
def test_a_hang_is_ended(monkeypatch, tmp_path, behaviour):
    before = _children()
    pool = _broken(monkeypatch, tmp_path, behaviour)
    with pytest.raises(photo.TooSlow) as caught:
        pool.read(png(), photo.Limits(seconds=0.3), False)
    check_sentence(str(caught.value))
    assert _children() == before
    pool.close()


@pytest.mark.parametrize("behaviour", ["os.abort()", "os._exit(0)", "ctypes.string_at(0)", "os.write(3, b'x' * 99)"])
def test_a_crash_is_a_sentence_and_the_next_photograph_is_read(monkeypatch, tmp_path, behaviour, caplog):
    before = _children()
    pool = _broken(monkeypatch, tmp_path, behaviour)
    with pytest.raises(photo.NotAnImage) as caught:
        pool.read(png(), photo.Limits(), False)
    check_sentence(str(caught.value))
    assert "ended" in caplog.text
    assert pool.read(jpeg(), photo.Limits(), False).metadata.format == "JPEG"
    pool.close()
    assert _children() == before


def test_an_unexpected_error_is_logged_by_place_and_not_by_message(monkeypatch, tmp_path, caplog):
    pool = _broken(monkeypatch, tmp_path, "raise ZeroDivisionError('Nobody^Nemo')")
    with pytest.raises(photo.NotAnImage):
        pool.read(png(), photo.Limits(), False)
    assert "ZeroDivisionError at sitecustomize.py" in caplog.text
    assert "Nemo" not in caplog.text
    pool.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of resources are POSIX's")
def test_no_file_and_no_endless_memory(monkeypatch, tmp_path):
    pool = _broken(monkeypatch, tmp_path, f"open({str(tmp_path / 'kept')!r}, 'wb').write(b'pixels')")
    with pytest.raises(photo.PhotoError):
        pool.read(png(), photo.Limits(), False)
    pool.close()
    assert not (tmp_path / "kept").exists() or (tmp_path / "kept").stat().st_size == 0
    greedy = _broken(monkeypatch, tmp_path, "bytearray(1 << 34)")
    with pytest.raises(photo.TooLarge, match="memory"):
        greedy.read(png(), photo.Limits(), False)
    greedy.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of resources are POSIX's")
@pytest.mark.parametrize("error", ["ValueError('current limit exceeds maximum limit')", "OSError(22, 'Invalid')"])
def test_a_system_that_refuses_limits_reads_photographs(monkeypatch, tmp_path, error):
    """As macOS does with RLIMIT_AS."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import resource\ndef refuse(*_):\n    raise {error}\nresource.setrlimit = refuse\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pool = sandbox.Pool()
    assert np.array_equal(pool.read(png(), photo.Limits(), False).pixels, PICTURE)
    pool.close()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_environment_holds_no_secrets(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret-of-the-space")
    worker = process.Worker()
    try:
        assert b"secret-of-the-space" not in Path(f"/proc/{worker.process.pid}/environ").read_bytes()
    finally:
        worker.kill()


def test_workers_are_kept_replaced_and_closed(monkeypatch):
    monkeypatch.setattr(process, "PHOTOGRAPHS_PER_WORKER", 2)
    before = _children()
    pool = sandbox.Pool()
    pool.prepare()
    (first,) = _children() - before
    pool.read(png(), photo.Limits(), False)
    assert _children() - before == {first}
    pool.read(png(), photo.Limits(), False)
    assert _children() == before
    pool.read(png(), photo.Limits(), False)
    pool.close()
    assert _children() == before


def test_users_do_not_mix():
    pictures = [np.full((30, 40 + number, 3), 10 * number, np.uint8) for number in range(12)]
    found: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        for _ in range(4):
            found[number] = photo.read(photo.png_bytes(pictures[number])).pixels
            assert np.array_equal(found[number], pictures[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert all(np.array_equal(found[number], pictures[number]) for number in range(12))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_nothing_is_left_when_the_parent_is_killed():
    script = (
        "from cf_esrt.photo import process, sandbox, prepare\nprepare()\n"
        "print(sandbox._pool._idle[0].process.pid, flush=True)\nimport time\ntime.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    psutil.wait_procs([worker], timeout=60)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_its_own_decoders():
    script = (
        "import os, sys\nfrom cf_esrt import photo\nfrom tests.photo.files import png\n"
        "photo.read(png())\npid = os.fork()\nphoto.read(png())\n"
        "if pid:\n    sys.exit(os.waitpid(pid, 0)[1])\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, check=True, timeout=120)


def test_large_photographs_come_through_whole():
    large = np.random.default_rng(3).integers(0, 256, (700, 2000, 3), np.uint8)
    assert np.array_equal(photo.read(photo.png_bytes(large)).pixels, large)
    assert photo.read(heic(np.tile(PICTURE, (12, 12, 1)))).pixels.shape == (480, 672, 3)


def _high_water(worker: process.Worker) -> int:
    """The most memory that the worker has had, in bytes."""
    lines = Path(f"/proc/{worker.process.pid}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_memory_is_a_small_multiple_of_the_picture():
    """16-bit RGBA with a profile, the widest that is read: with whole-picture copies it took 43 bytes a pixel."""
    row = np.resize(np.arange(65536, dtype=">u2"), 3000 * 4).tobytes()
    profile = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    small, large = (png_by_hand(3000, height, 16, 6, [row] * height) for height in (16, 2000))
    icc = png_chunk(b"iCCP", b"wide\0\0" + zlib.compress(profile))
    worker = process.Worker()
    try:
        worker.read(small[:33] + icc + small[33:], photo.Limits(), False)
        before = _high_water(worker)
        found = worker.read(large[:33] + icc + large[33:], photo.Limits(seconds=120), False)
        grown = _high_water(worker) - before
    finally:
        worker.kill()
    assert found.metadata.icc_applied
    assert grown / (3000 * 2000) < 24


def test_what_a_worker_may_take_in_all():
    """Two of them beside the networks: less than the half of a small machine."""
    limits = photo.Limits()
    assert worker_module.memory(limits) <= 2.5e9
    assert worker_module.memory(limits) > 16 * limits.max_pixels + 4 * limits.max_bytes
