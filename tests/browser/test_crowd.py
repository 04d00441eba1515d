"""Many clients at once on the real app, without a browser."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from cf_esrt.interface.common import strings
from cf_esrt.interface.common.job_queue import CAPACITY
from cf_esrt.interface.preview import strings as preview_strings
from cf_esrt.provenance import read_picture
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.http_client import PATIENCE, begin, fetch, result, upload
from tests.browser.page_driver import picture, png

PHOTO = picture(40, 32, seed=31)
CLIENTS = 8
FAKE = Path(__file__).with_name("fake_app.py")


def call(address: str, data: bytes) -> Any:
    """What a program is answered, however long it waits."""
    return result(address, begin(address, upload(address, data)))


def test_one_file_of_many_clients_arrives_at_all_of_them(server: Server) -> None:
    data, together = png(PHOTO), threading.Barrier(CLIENTS)

    def fetched(_: int) -> bytes:
        path = upload(server.address, data)
        together.wait(PATIENCE)  # all have arrived before the first is opened
        return fetch(server.address, result(server.address, begin(server.address, path)))

    with ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(fetched, range(CLIENTS)))
    for got in results:
        np.testing.assert_array_equal(read_picture(got), expected(PHOTO, "esrt").refined)
    assert server.uploads() == []


def test_a_web_address_is_not_fetched(server: Server) -> None:
    answer = result(server.address, begin(server.address, f"{server.address}favicon.ico"))
    assert strings.NOT_RECEIVED in str(answer)
    assert server.uploads() == []


def test_more_calls_than_places_leave_the_page_answering(server: Server) -> None:
    """Waiting calls hold nothing that opening a photograph or Cancel needs; who finds the queue full is told so."""
    data = png(PHOTO)
    waiting = CAPACITY + 6
    server.hold.touch()
    try:
        with ThreadPoolExecutor(waiting) as pool:
            answers = [pool.submit(call, server.address, data) for _ in range(waiting)]
            full = wait(answers, PATIENCE, FIRST_COMPLETED).done.pop().result()
            assert preview_strings.FULL in str(full)
            assert httpx.get(f"{server.address}config", timeout=60).status_code == 200
            late = result(server.address, begin(server.address, upload(server.address, b"no picture" * 20)))
            assert preview_strings.FULL not in str(late)  # it was opened, and refused for what it is
            server.hold.unlink()
            results = [answer.result(PATIENCE) for answer in answers]
    finally:
        server.hold.unlink(missing_ok=True)
    assert sum(preview_strings.FULL in str(one) for one in results) == waiting - CAPACITY
    assert sum(isinstance(one, list) for one in results) == CAPACITY


def test_calls_that_nobody_listens_for_make_way(server: Server) -> None:
    data, held = png(PHOTO), server.hold.with_name("hold-esrt")
    held.touch()  # none of the first twelve ends by itself
    try:
        for _ in range(12):
            begin(server.address, upload(server.address, data), "esrt")  # and never asks for the answer
        wanted = begin(server.address, upload(server.address, data), "cf-esrt")
        answer = result(server.address, wanted)
    finally:
        held.unlink(missing_ok=True)
    np.testing.assert_array_equal(read_picture(fetch(server.address, answer)), expected(PHOTO, "cf-esrt").refined)
