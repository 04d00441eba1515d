"""Every English word on the survey's pages, by page; a translation replaces these modules and ``common/texts.py``."""

from __future__ import annotations

from cf_esrt.interface.survey.texts.organiser import ORGANISER as ORGANISER
from cf_esrt.interface.survey.texts.rater import RATER as RATER
