"""Writes ``oracle.json``: votes, and what other people's programs make of them.

    pip install --no-deps --target ORACLE sureal==0.9 krippendorff==0.9.0 pingouin==0.7.0 \\
        pandas_flavor seaborn scikit-learn tabulate lazy_loader xarray
    PYTHONPATH=ORACLE:. python -m tests.survey.statistics.oracle

The packages are no requirements here (two are GPL-3): they are installed apart, for the comparison alone.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from cf_esrt.survey.statistics.simulation import Population, simulate, with_clickers

PATH = Path(__file__).with_name("oracle.json")
IMAGES, METHODS = 10, 4
VERSIONS = {"sureal": "0.9", "krippendorff": "0.9.0", "pingouin": "0.7.0"}


def votes(seed: int = 24) -> np.ndarray:
    """14 raters × 40 stimuli, two of them clickers; some are missing."""
    generator = np.random.default_rng(seed)
    population = Population((2.2, 3.0, 3.6, 4.2), noise=(0.6, 0.9, 1.4), rater=0.5)
    study = simulate(population, studies=1, raters=12, images=IMAGES, generator=generator).study(0)
    return with_clickers(study, ["uniform", "uniform"], generator).scores[..., 0].reshape(14, IMAGES * METHODS)


def with_gaps(scores: np.ndarray) -> np.ndarray:
    gaps = scores.copy()
    gaps[0, 3] = gaps[5, 7] = gaps[5, 8] = gaps[9, 39] = np.nan
    return gaps


def sureal(model: str, scores: np.ndarray) -> dict[str, Any]:
    """One of sureal's models on raters × stimuli."""
    from sureal import subjective_model  # pyright: ignore[reportMissingImports]
    from sureal.dataset_reader import RawDatasetReader  # pyright: ignore[reportMissingImports]

    stimuli = [
        {"content_id": 0, "asset_id": k, "os": list(map(float, column)), "path": ""}
        for k, column in enumerate(scores.T)
    ]
    dataset = SimpleNamespace(
        ref_videos=[{"content_id": 0, "content_name": "", "path": ""}],
        dis_videos=stimuli,
        ref_score=5.0,
        dataset_name="",
        yuv_fmt="yuv420p",
        width=1,
        height=1,
    )
    with contextlib.redirect_stdout(io.StringIO()):
        return getattr(subjective_model, model)(RawDatasetReader(dataset)).run_modeling()


def numbers(scores: np.ndarray) -> dict[str, Any]:
    """What the other programs say of raters × stimuli."""
    import krippendorff  # pyright: ignore[reportMissingImports]
    import pingouin  # pyright: ignore[reportMissingImports]

    gaps = with_gaps(scores)
    found: dict[str, Any] = {}
    for name, values in (("whole", scores), ("gaps", gaps)):
        rejected = sureal("SubjrejMosModel", values)
        unbiased = sureal("BiasremvMosModel", values)
        subjects = sureal("SubjectMLEModelProjectionSolver", values)
        found[name] = {
            "bt500_rejected": [bool(one) for one in rejected["observer_rejected"]],
            "bt500_share": list(map(float, rejected["observer_rejected_1st_stats"])),
            "p913_bias": list(map(float, unbiased["observer_bias"])),
            "p913_quality": list(map(float, unbiased["quality_scores"])),
            "quality": list(map(float, subjects["quality_scores"])),
            "quality_error": list(map(float, subjects["quality_scores_std"])),
            "bias": list(map(float, subjects["observer_bias"])),
            "inconsistency": list(map(float, subjects["observer_inconsistency"])),
            "alpha": float(krippendorff.alpha(reliability_data=values, level_of_measurement="ordinal")),
        }
    rows = [(rater, stimulus, value) for (rater, stimulus), value in np.ndenumerate(scores)]
    table = pd.DataFrame(rows, columns=["r", "t", "s"])
    icc = pingouin.intraclass_corr(table, targets="t", raters="r", ratings="s").set_index("Type")
    for name, row in (("single", "ICC(A,1)"), ("average", "ICC(A,k)")):
        found[name] = [float(icc.loc[row, "ICC"]), *map(float, icc.loc[row, "CI95"])]
    return found


def main() -> None:
    scores = votes()
    document = {"made by": VERSIONS, "votes": scores.astype(int).tolist(), **numbers(scores)}
    PATH.write_text(json.dumps(document) + "\n", "utf-8")


if __name__ == "__main__":
    main()
