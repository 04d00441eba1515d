"""Object storage for the tests: moto's server, an S3 of this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package")
def s3_server() -> Iterator[str]:
    """Its address."""
    pytest.importorskip("s3fs", reason="requirements-archive.txt is not installed")
    server = pytest.importorskip("moto.server", reason="requirements-test.txt is not installed")
    running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A bucket's address, also for the processes that a test starts."""
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.lower()).strip("-")[:60]
    s3fs.S3FileSystem().mkdir(name)
    return f"s3://{name}"
