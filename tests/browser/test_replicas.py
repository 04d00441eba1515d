"""Two replicas behind a real nginx with the configuration of assets/replicas: sessions stay whole, and a killed replica
costs its own ones a sentence; a study in one PostgreSQL goes on with every rater."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from cf_esrt.interface.preview import strings
from cf_esrt.provenance import read_picture
from tests.browser.conftest import ROOT, Server, free_port, serve
from tests.browser.fake_app import expected
from tests.browser.http_client import begin, fetch, result, upload
from tests.browser.page_driver import PageDriver, picture, png
from tests.browser.survey.studies import PASSWORD, opened
from tests.browser.test_nginx import FAKE, NGINX, running

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")
WRITTEN = ROOT / "assets" / "replicas" / "nginx.conf"
AROUND = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {written}
}}
"""
FIRST, SECOND = picture(48, 40, seed=19), picture(40, 32, seed=20)


def port_of(address: str) -> str:
    return address.rstrip("/").rpartition(":")[2]


@contextmanager
def balanced(folder: Path, kind: str, *behind: str) -> Iterator[str]:
    """nginx before two replicas of a kind; gives its address. Answers say which replica they are of, in X-Upstream."""
    port, written = free_port(), WRITTEN.read_text("utf-8")
    replicas = {"workbench": ("7860", "7861"), "study": ("7870", "7871")}[kind]
    ports = {"workbench": "8080", "study": "8081"}
    given = {old: port_of(new) for old, new in zip(replicas, behind, strict=True)} | {ports[kind]: str(port)}
    given |= {old: str(free_port()) for old in ports.values() if old not in given}
    for old, new in given.items():
        assert written.count(old) == 1
        written = written.replace(old, new)
    written = written.replace("location / {", "location / { add_header X-Upstream $upstream_addr always;")
    with running(AROUND.format(folder=folder, written=written), folder, f"http://127.0.0.1:{port}/") as address:
        yield address


class Visitor:
    """A browser of its own, and the replicas that have answered it."""

    def __init__(self, browser: Any, address: str, apart: frozenset[str] = frozenset()) -> None:
        """``apart``: replicas that this visitor is not to come to."""
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.context.set_default_timeout(120_000)
        if apart:
            self._come_elsewhere(address, apart)
        page = self.context.new_page()
        self.replicas: set[str] = set()
        page.on("response", lambda answer: self._note(answer.headers.get("x-upstream")))
        self.driver = PageDriver(page, address)

    def _come_elsewhere(self, address: str, apart: frozenset[str]) -> None:
        """Ask for the page without loading it, as a new visitor each time, until a cookie is for another replica."""
        for _ in range(20):
            answer = self.context.request.get(address)
            if port_of(answer.headers["x-upstream"]) not in apart:
                return
            self.context.clear_cookies()
        raise AssertionError("20 visitors in a row came to one replica")

    def _note(self, upstream: str | None) -> None:
        if upstream is not None:
            self.replicas.add(port_of(upstream))

    def work(self, photograph: np.ndarray) -> None:
        self.driver.open(png(photograph))
        self.driver.crop(0, 0, photograph.shape[1], photograph.shape[0])
        self.driver.enhance()
        self.driver.wait_for_pixels("esrt", expected(photograph, "esrt").refined)


def test_a_killed_replica_costs_its_own_sessions_a_sentence(tmp_path: Path, browser: Any) -> None:
    with (
        serve(FAKE, tmp_path / "first") as one,
        serve(FAKE, tmp_path / "second") as other,
        balanced(tmp_path / "nginx", "workbench", one.address, other.address) as address,
    ):
        replicas: dict[str, Server] = {port_of(server.address): server for server in (one, other)}
        path = upload(address, png(FIRST))  # a program, which keeps no cookies
        np.testing.assert_array_equal(
            read_picture(fetch(address, result(address, begin(address, path)))), expected(FIRST, "esrt").refined
        )
        losing = Visitor(browser, address)
        staying = Visitor(browser, address, apart=frozenset(losing.replicas))
        for visitor in (losing, staying):
            visitor.work(FIRST)
            assert len(visitor.replicas) == 1  # all of its requests, from the first one on
        assert staying.driver.wrong == losing.driver.wrong == []
        lost = replicas[losing.replicas.copy().pop()]
        lost.process.kill()
        lost.process.wait()
        staying.work(SECOND)
        assert len(staying.replicas) == 1
        assert staying.driver.wrong == []
        page = losing.driver.page
        says = (
            "(words) => ['.cf-message', '.cf-alert'].some((one) => document.querySelector(one)?.textContent === words)"
        )
        page.wait_for_function(says, arg=strings.REFUSED["gone"])  # nobody touched the page
        assert losing.replicas == set(replicas)
        page.click("#cf-enhance")
        page.wait_for_function(says, arg=strings.EXPIRED)
        losing.work(SECOND)  # at the replica that is left, on the same page
        page.reload()  # now that one holds the photograph
        page.wait_for_function(says, arg=strings.RESUMED)
        assert losing.replicas == set(replicas)
        for visitor in (losing, staying):
            visitor.context.close()


def test_votes_go_on_at_the_other_replica(tmp_path: Path) -> None:
    """Raters vote while one of two servers is killed: each vote is there once, and no session notices."""
    database = os.environ.get("CF_ESRT_TEST_DATABASE_URL")
    if not database:
        pytest.skip("no PostgreSQL here: CF_ESRT_TEST_DATABASE_URL is not set (.ci/run starts one and sets it)")
    script = ROOT / "tests" / "browser" / "survey" / "serve_study.py"
    study = {"STUDY": str(tmp_path / "study"), "STUDY_DATABASE": database}
    survey, codes = opened(tmp_path / "study", raters=4, size=(24, 16), database=database, training=[], gold=[],
                           background=[], viewing=[], minimum_seconds=0)  # fmt: skip
    with (
        serve(script, tmp_path / "first", **study) as one,
        serve(script, tmp_path / "second", **study) as other,
        balanced(tmp_path / "nginx", "study", one.address, other.address) as address,
    ):

        def rate(code: str) -> int:
            """All of a rater's items; gives their number."""
            votes = 0
            with httpx.Client(base_url=f"{address}page/study/", headers={"Authorization": f"Bearer {code}"}) as client:
                view = step(client, "consent")["view"]
                while view["items"]:
                    token = view["items"][0]["token"]
                    seen = {"width": 24, "height": 16, "painted": True, "scale": 1}
                    ballot = {"token": token, "score": 3, "shown_ms": 500, "seen": seen}
                    view = step(client, "vote", **ballot)["view"]
                    votes += 1
                    if votes == 2:
                        reached.append(code)
            return votes

        def step(client: httpx.Client, name: str, **body: Any) -> dict[str, Any]:
            """As the page does: what got no answer is sent again, and a vote that was kept already is passed over."""
            while True:
                answer = client.post(name, json=body, timeout=60)
                upstreams.add(port_of(answer.headers["x-upstream"]))
                if answer.status_code not in (502, 503, 504):
                    assert answer.status_code == 200 or "view" in answer.json(), answer.text
                    return answer.json()
                time.sleep(0.2)

        reached: list[str] = []
        upstreams: set[str] = set()
        with ThreadPoolExecutor(len(codes)) as pool:
            raters = [pool.submit(rate, code) for code in codes]
            while len(reached) < 2 and not all(rater.done() for rater in raters):
                time.sleep(0.01)
            used = {port_of(server.address): server for server in (one, other)}
            (victim,) = upstreams  # all come from this machine, so all are at one replica
            used[victim].process.kill()
            votes = sum(rater.result() for rater in raters)
        assert upstreams == set(used)
    status = survey.organiser(PASSWORD).status()
    kept = survey.local_organiser().ratings()
    survey.close()
    assert len(kept) == status.votes == votes
    assert len({(row.rater, row.position, row.question) for row in kept}) == votes
    assert status.finished == len(codes)


def test_the_written_configuration_is_nginx_s_own(tmp_path: Path) -> None:
    """As it stands, without the test's changes."""
    (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path, written=WRITTEN.read_text("utf-8")))
    command = [str(NGINX), "-t", "-e", str(tmp_path / "log"), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    assert subprocess.run(command, capture_output=True).returncode == 0
