"""What a study found: a page, Markdown, CSV and JSON; and the masked view before it is locked.

Importing it does not load matplotlib.
"""

from __future__ import annotations

from cf_esrt.survey.report.analysis import Analysis, analyse
from cf_esrt.survey.report.description import StudyDescription
from cf_esrt.survey.report.live import LiveMethod, LiveQuestion, LiveRater, live_summary
from cf_esrt.survey.report.write import write_report

__all__ = [
    "Analysis",
    "LiveMethod",
    "LiveQuestion",
    "LiveRater",
    "StudyDescription",
    "analyse",
    "live_summary",
    "write_report",
]
