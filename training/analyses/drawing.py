"""Figures as files."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from cf_esrt.files import save


def write_figure(figure: Figure, stem: Path) -> list[Path]:
    """``stem``.png and ``stem``.pdf, without the time, so that the same picture gives the same files."""
    metadata: dict[str, dict[str, None]] = {
        ".png": {"Software": None},
        ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }
    paths = []
    with rc_context({"pdf.fonttype": 42}):  # letters stay letters
        for suffix, without in metadata.items():
            content = io.BytesIO()
            figure.savefig(content, format=suffix[1:], dpi=figure.dpi, metadata=without)
            paths.append(stem.with_name(stem.name + suffix))
            save(paths[-1], content.getvalue())
    return paths
