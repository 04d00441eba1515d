"""What a decoder's process may not do, tried from inside one; and that it decodes where nothing can be forbidden."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from cf_esrt import photo
from cf_esrt.photo import process, restrictions, sandbox
from tests.photo.files import PICTURE, png
from tests.photo.mutations import whole_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")

# Each raises PermissionError where it is refused; the parent's environment holds what must not be read.
_FILES = {
    "home": "open(os.path.join(folder, 'secret')).read()",
    "system": "open('/etc/passwd').read()",
    "parent": "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
    "folder": "os.listdir(folder)",
    "writing": "os.open(os.path.join(folder, 'new'), os.O_CREAT | os.O_WRONLY)",
}
_CALLS = {
    "socket": "socket.socket()",
    "unix": "socket.socket(socket.AF_UNIX)",
    "pair": "socket.socketpair()",
    "program": "os.execv('/bin/true', ['true'])",
    "child": "os.fork()",
    "subprocess": "subprocess.run([sys.executable, '-c', ''])",
}


def _pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> sandbox.Pool:
    """Workers in which opening a PNG runs ``code``, which may ``attempt`` what is refused."""
    body = textwrap.dedent(
        f"""
        import json, os, socket, subprocess, sys
        def attempt(codes, folder):
            found = {{}}
            for name, code in codes.items():
                try:
                    exec(code)
                    found[name] = 'done'
                except BaseException as error:
                    found[name] = type(error).__name__
            return json.dumps(found)
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == 'cf_esrt.photo.pipeline':
                    sys.meta_path.remove(self)
                    import cf_esrt.photo.formats as formats
                    from cf_esrt.photo.errors import Unsupported
                    def behaviour(data):
                        {code}
                    formats.OPENERS['PNG'] = behaviour
        sys.meta_path.insert(0, Finder())
        """
    )
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(body)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    return sandbox.Pool()


@pytest.mark.parametrize(
    ("needed", "attempts"),
    [(restrictions.LANDLOCK, _FILES), (restrictions.SECCOMP, _CALLS)],
    ids=["files", "calls"],
)
def test_attempts_are_refused(needed, attempts, monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("secret")
    pool = _pool(monkeypatch, tmp_path, f"raise Unsupported(attempt({attempts!r}, {str(tmp_path)!r}))")
    if needed not in pool.confinement():
        pool.close()
        pytest.skip(f"this kernel has no {needed}")
    with pytest.raises(photo.Unsupported) as caught:
        pool.read(png(), photo.Limits(), False)
    pool.close()
    assert json.loads(str(caught.value)) == dict.fromkeys(attempts, "PermissionError")
    assert not (tmp_path / "new").exists()


def test_every_format_is_still_decoded():
    """Its libraries are imported after the door was shut."""
    worker = process.Worker()
    try:
        for bodies in whole_files().values():
            for body in bodies:
                assert worker.read(body, photo.Limits(), False).pixels.size
    finally:
        worker.kill()


@pytest.mark.parametrize("missing", ["py_landlock", "pyseccomp"])
def test_without_the_libraries_the_rest_holds(missing, monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n")
    full = photo.confinement()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pool = sandbox.Pool()
    gone = {"py_landlock": {restrictions.LANDLOCK, restrictions.NO_NEW_PRIVILEGES}, "pyseccomp": {restrictions.SECCOMP}}
    assert set(pool.confinement()) == set(full) - gone[missing]
    assert np.array_equal(pool.read(png(), photo.Limits(), False).pixels, PICTURE)
    pool.close()


def test_a_kernel_that_refuses_everything(monkeypatch):
    """Old kernels, containers that filter these calls: the photographs are read all the same."""
    py_landlock, pyseccomp = pytest.importorskip("py_landlock"), pytest.importorskip("pyseccomp")

    def refuse(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("py_landlock.prctl.set_no_new_privs", refuse)
    monkeypatch.setattr(py_landlock.Landlock, "apply", refuse)
    monkeypatch.setattr(pyseccomp.SyscallFilter, "load", refuse)
    assert restrictions.restrict() == []
    monkeypatch.setattr(sys, "platform", "darwin")
    assert restrictions.restrict() == []


def test_the_environment_holds_nothing_of_the_page(monkeypatch, tmp_path):
    monkeypatch.setenv("CF_ESRT_AUTH", "name:password")
    pool = _pool(monkeypatch, tmp_path, "raise Unsupported(' '.join(sorted(os.environ)))")
    with pytest.raises(photo.Unsupported):
        pool.read(png(), photo.Limits(), False)
    pool.close()
    worker = process.Worker()
    try:
        held = Path(f"/proc/{worker.process.pid}/environ").read_bytes()
    finally:
        worker.kill()
    assert b"password" not in held
    assert os.environ["CF_ESRT_AUTH"] == "name:password"
