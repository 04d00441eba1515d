"""The tables of README.md and of assets/results/README.md, written into them from the committed scores.

    python -m training.evaluation.readme            # after new scores in assets/results/detail.json
    python -m training.evaluation.readme --check    # changes nothing; exit code 1 where a table is out of date

A table stands between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``. README.md has five rows: the networks as the
page opens them, on photographs of an archive that none of them learned from.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cf_esrt import models
from cf_esrt.files import save
from training.evaluation.bootstrap import compare, own_intervals
from training.evaluation.headline import headline
from training.evaluation.results import Results, ResultsError, SetScores, read
from training.evaluation.texts import comparison_text, interval_text, table_header, table_row
from training.metrics import metric

ROOT = Path(__file__).parents[2]
SCORES = Path("assets/results/detail.json")
SHRUNK, CAMERA = "ham10000/test, whole256", "ham10000/test, camera256-patch"
ROWS = (
    ("esrt", SHRUNK),
    ("cf-esrt", SHRUNK),
    ("cf-esrt-plus", SHRUNK),
    ("esrt-camera", CAMERA),
    ("cf-esrt-camera", CAMERA),
)
INPUTS = {SHRUNK: "only shrunk", CAMERA: "as a camera stores them"}
CHANGES = ("psnr", "lpips")
"""Compared with bicubic interpolation's."""
VALUES = ("ring_correlation", "dot_precision")
"""With bicubic interpolation's in parentheses."""
HEADLINE = ("isic_cc0/val, whole256", "isic_cc0/val, camera256-patch", SHRUNK, CAMERA)


def five_rows(results: Results) -> str:
    """README.md's table. ResultsError where a set or a row is missing."""
    sets = {one.title: one for one in results.sets}
    heads = [f"{metric(name).title}, to bicubic" for name in CHANGES]
    heads += [f"{metric(name).title} (bicubic)" for name in VALUES]
    lines = table_header(["photographs", "network", *heads])
    for name, title in ROWS:
        if title not in sets:
            raise ResultsError(f"There are no scores of {title!r}; there are {'; '.join(sets)}.")
        lines.append(_row(name, sets[title]))
    return "\n".join(lines) + "\n"


def _row(name: str, one: SetScores) -> str:
    model = models.describe(name)
    label = name if model.stage == "only" or model.opening_detail == 1 else f"{name}@{model.opening_detail:g}"
    missing = {label, "bicubic"} - set(one.scores)
    if missing:
        raise ResultsError(f"{one.title} has no scores of {' or of '.join(sorted(missing))}: measure them first.")
    scores = {row: one.scores[row] for row in ("bicubic", label)}
    changes, own = compare(scores, ["bicubic"], CHANGES), own_intervals(scores, VALUES)
    cells = [comparison_text(metric(each), changes.get((label, "bicubic", each))) for each in CHANGES]
    for each in VALUES:
        before = own["bicubic", each].value
        cells.append(f"{interval_text(metric(each), own[label, each])} ({before:.{metric(each).decimals}f})")
    return table_row([f"{len(one.files)}, {INPUTS[one.title]}", model.title, *cells])


def insert(page: str, name: str, table: str) -> str:
    """The page with another table between its marks. ValueError where it does not have them once."""
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"The page does not have the marks of the table {name!r} exactly once.")
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{table}\n{end}", page, flags=re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.readme", description="Write README's tables.")
    parser.add_argument("--check", action="store_true", help="only say whether they are up to date")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (default: this one)")
    options = parser.parse_args(arguments)
    try:
        results = read(options.root / SCORES)
        tables = (
            (options.root / "README.md", "five rows", five_rows(results)),
            (options.root / "assets/results/README.md", "all models", headline(results, HEADLINE)),
        )
        pages = [(path, (page := path.read_text("utf-8")), insert(page, name, table)) for path, name, table in tables]
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    changed = [(path, after) for path, before, after in pages if before != after]
    for path, after in changed:
        if not options.check:
            save(path, after.encode())
        print(f"{path}: {'out of date' if options.check else 'written'}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
