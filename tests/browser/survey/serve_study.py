"""Serve the study of a folder, as ``survey serve`` does, in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

if __name__ == "__main__":
    from cf_esrt.interface.survey import serve
    from cf_esrt.survey.study import Folder
    from cf_esrt.survey.survey import Survey

    serve(Survey.attach(Folder.of(Path(os.environ["STUDY"])), os.environ.get("STUDY_DATABASE")))
