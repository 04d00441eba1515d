"""A study's routes, asked without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cf_esrt.interface.common.security import Headers
from cf_esrt.interface.survey.organiser_api import OrganiserApi
from cf_esrt.interface.survey.rater_api import RaterApi
from cf_esrt.survey.survey import Survey
from tests.browser.survey.studies import opened


@pytest.fixture
def study(tmp_path: Path) -> Iterator[tuple[Survey, list[str]]]:
    survey, codes = opened(tmp_path, raters=2, size=(24, 16))
    yield survey, codes
    survey.close()


@pytest.fixture
def client(study: tuple[Survey, list[str]]) -> Iterator[TestClient]:
    survey, _ = study
    routes = [*RaterApi(survey).routes(), *OrganiserApi(survey, patience=60).routes()]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(Headers)]), base_url="https://study") as opened:
        yield opened
