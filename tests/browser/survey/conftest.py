"""A study that is served, and its raters' codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cf_esrt.survey.export import RaterRow, Rating
from cf_esrt.survey.session import label
from cf_esrt.survey.survey import Survey
from tests.browser.conftest import serve
from tests.browser.survey.studies import opened


@dataclass
class Served:
    """A study at an address. Each test takes codes of its own."""

    address: str
    survey: Survey
    codes: list[str]
    _given: int = field(default=0)

    def code(self) -> str:
        self._given += 1
        return self.codes[self._given - 1]

    def number(self, code: str) -> int:
        """The rater's number in the study."""
        return self.codes.index(code) + 1

    def row(self, code: str) -> RaterRow:
        return self.survey.local_organiser().raters()[self.number(code) - 1]

    def ratings(self, code: str) -> list[Rating]:
        """The votes that stand, in the order of the plan."""
        ratings = self.survey.local_organiser().ratings()
        return [one for one in ratings if one.rater == label(self.number(code))]


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("study")
    survey, codes = opened(folder / "study", raters=8)
    script = Path(__file__).with_name("serve_study.py")
    with serve(script, folder / "server", STUDY=str(folder / "study")) as server:
        yield Served(server.address, survey, codes)
    survey.close()
