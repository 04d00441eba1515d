"""The survey's pages: the rater's and the organiser's. What they show comes from `cf_esrt.survey`."""

from __future__ import annotations

from cf_esrt.interface.survey.serve import serve as serve
