"""The words on the survey's pages: a rater's in the study's language (`cf_esrt.survey.words`), the organiser's here."""

from __future__ import annotations

from cf_esrt.interface.survey.strings.organiser import ORGANISER as ORGANISER
