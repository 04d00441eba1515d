"""A ZIP of all results of one crop: labelled pictures, settings and provenance as JSON, and a README."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cf_esrt.fidelity.trust import Belief, trust_text
from cf_esrt.photo import NOTICE
from cf_esrt.provenance.belief import mask_png
from cf_esrt.provenance.errors import ProvenanceError
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.png import original_png, result_png
from cf_esrt.provenance.record import ImageDigest, Provenance, stem
from cf_esrt.provenance.serialisation import to_json
from cf_esrt.provenance.strings import README, SYNTHETIC

_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a ZIP entry: exports hold no time."""
_UNIX = 3


@dataclass(frozen=True)
class LabelledResult:
    """One result: RGB uint8 ``4H×4W×3``, its provenance, and where to believe it."""

    pixels: np.ndarray
    provenance: Provenance
    belief: Belief | None = None
    """Where to believe it; None where nothing is promised, or nobody asked."""
    level: float | None = None
    """Grey levels within which masks and veils promise it; None: those of the record."""

    @property
    def believed(self) -> str | None:
        """The share that is unveiled at that level and what is promised of it, or why nothing is; None where nobody
        asked."""
        return Label.of(self.provenance).believed if self.belief is None else trust_text(self.belief, self.level)


def file_names(records: Sequence[Provenance]) -> list[str]:
    """``<stem>.png`` for each, in order; a later one of the same name gets ``-2`` and so on."""
    names: list[str] = []
    for record in records:
        start, number = stem(record.setting), 1
        name = f"{start}.png"
        while name.casefold() in (known.casefold() for known in [*names, "original.png"]):
            number += 1
            name = f"{start}-{number}.png"
        names.append(name)
    return names


def zip_bytes(
    crop: np.ndarray, panes: Sequence[LabelledResult], *, settings: Mapping[str, object] | None = None
) -> bytes:
    """The ZIP of a crop (RGB uint8 ``H×W×3``) and its results; ``settings`` are the viewer's, ready for JSON.

    Equal arguments give equal bytes: no time, owner or order of the machine is in it. ValueError where a provenance is
    another picture's, ProvenanceError without panes or where they are not all of this crop.
    """
    records = [pane.provenance for pane in panes]
    check_crop(crop, records)
    names = file_names(records)
    program = f"CF-ESRT {records[0].version}"
    listed = "".join(f"{name}: {record.setting.title}\n" for name, record in zip(names, records, strict=True))
    readme = README.format(
        program=program, notice=NOTICE, scale=records[0].setting.scale, synthetic=SYNTHETIC, files=listed
    )
    kept = json.dumps(dict(settings or {}), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    files: list[tuple[str, bytes]] = [
        ("README.txt", readme.encode()),
        ("provenance.json", to_json(records).encode()),
        ("settings.json", f"{kept}\n".encode()),
        ("original.png", original_png(crop, records[0].photograph)),
    ]
    files += [(name, result_png(pane.pixels, pane.provenance)) for name, pane in zip(names, panes, strict=True)]
    files += [
        (f"believe/{name}", mask_png(pane.belief, pane.provenance, pane.level))
        for name, pane in zip(names, panes, strict=True)
        if pane.belief is not None
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX  # else it names the system that wrote it
            entry.external_attr = 0o100644 << 16
            packed = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, packed, 9)
    return buffer.getvalue()


def check_crop(crop: np.ndarray, records: Sequence[Provenance]) -> None:
    """ProvenanceError unless there are results and all are of this crop of one photograph."""
    if not records:
        raise ProvenanceError("There is no result to export.")
    digest = ImageDigest.of(crop)
    if any(record.crop != digest or record.photograph != records[0].photograph for record in records):
        raise ProvenanceError("These results do not all come from this crop.")
