"""A small study of two questions, as the store exports it, with an honest panel, a clicker and gold items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cf_esrt.survey.report import StudyDescription
from cf_esrt.survey.statistics.simulation import Population, simulate, table_of, with_clickers

METHODS = ("bicubic", "cf-esrt", "original")


def study() -> tuple[pd.DataFrame, StudyDescription, pd.DataFrame]:
    """Votes, description, raters."""
    generator = np.random.default_rng(3)
    population = Population((2.4, 3.6, 4.6))
    drawn = simulate(population, studies=2, raters=11, images=5, generator=generator)
    parts, raters = [], ()
    for k, question in enumerate(("realism", "fidelity")):
        votes = with_clickers(replace(drawn.study(k), methods=METHODS), ["uniform"], generator)
        raters = votes.raters
        parts.append(table_of(votes, question))
        gold = [
            {"rater": rater, "image": f"gold {item}", "method": "gold", "replicate": 1, "question": question,
             "score": wanted if rater.startswith("rater") else 6 - wanted, "kind": "gold", "expected": wanted}
            for rater in raters
            for item, wanted in enumerate((1, 5, 1, 5))
        ]  # fmt: skip
        parts.append(pd.DataFrame(gold))
    description = StudyDescription(
        title="Lesions <script>alert(1)</script> | *×4*",
        questions={"realism": "How realistic is it?", "fidelity": "How close to the reference?"},
        methods=METHODS,
        reference="original",
        instructions="Look, then vote.",
        order="Williams square, seed 7.",
        subgroup_columns=("profession",),
        raters_invited=15,
        protocol_sha256="5e" * 32,
        command="python -m cf_esrt survey report study",
    )
    people = pd.DataFrame({"rater": raters, "profession": ["=doctor"] * 8 + ["nurse"] * 4})
    return pd.concat(parts, ignore_index=True), description, people
