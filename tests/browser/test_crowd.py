"""Many clients at once on the real app, without a browser."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cf_esrt.interface.common import texts
from cf_esrt.provenance import read_picture
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.http_client import begin, fetch, result, upload
from tests.browser.page_driver import picture, png

PHOTO = picture(40, 32, seed=31)
CLIENTS = 8


def test_one_file_of_many_clients_arrives_at_all_of_them(server: Server) -> None:
    data, together = png(PHOTO), threading.Barrier(CLIENTS)

    def call(_: int) -> bytes:
        together.wait(60)
        path = upload(server.address, data)
        together.wait(60)  # all have arrived before the first is opened
        return fetch(server.address, result(server.address, begin(server.address, path)))

    with ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(call, range(CLIENTS)))
    for got in results:
        np.testing.assert_array_equal(read_picture(got), expected(PHOTO, "esrt").refined)
    assert server.uploads() == []


def test_a_web_address_is_not_fetched(server: Server) -> None:
    answer = result(server.address, begin(server.address, f"{server.address}favicon.ico"))
    assert texts.NOT_RECEIVED in str(answer)
    assert server.uploads() == []
