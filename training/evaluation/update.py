"""Earlier scores that a run need not measure again, and the file that comes of both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from training.evaluation.bootstrap import Scores
from training.evaluation.results import Model, Results, SetScores


@dataclass(frozen=True)
class Earlier:
    """The scores of a file; None: there are none."""

    results: Results | None = None

    def rows(
        self, title: str, files: Collection[str], models: Mapping[str, Model], wanted: Mapping[str, Collection[str]]
    ) -> dict[str, Scores]:
        """label → scores of the rows of ``wanted`` that are known with the same weights, on the same photographs of the
        same set, by every metric that is wanted of them."""
        known = self._models()
        found: dict[str, Scores] = {}
        for one in () if self.results is None else self.results.sets:
            if one.title != title or set(one.files) != set(files) - set(one.damaged):
                continue
            for label, scores in one.scores.items():
                same = label in wanted and known.get(label) == models[label]
                if same and set(wanted[label]) <= scores.keys():
                    found[label] = scores
        return found

    def merged(self, new: Results) -> Results:
        """The sets of both, rows of one set side by side, in the file's order and then new ones. Rows of the file whose
        label stands for other weights now are left out."""
        if self.results is None:
            return new
        known, current = self._models(), {label: m for origin in new.origins for label, m in origin.models.items()}
        changed = {label for label in known.keys() & current.keys() if known[label] != current[label]}
        sets = {one.title: one for one in new.sets}
        for one in self.results.sets:
            rows = {label: scores for label, scores in one.scores.items() if label not in changed}
            own = sets.get(one.title)
            if own is None:
                sets[one.title] = replace(one, scores=rows)
            elif own.files == one.files:
                sets[one.title] = _beside(own, one, rows)
        origins = [
            replace(origin, models={k: m for k, m in origin.models.items() if k not in current})
            for origin in self.results.origins
        ]
        kept = tuple(origin for origin in origins if origin.models)
        return Results((*new.origins, *kept), tuple(one for one in sets.values() if one.scores))

    def _models(self) -> dict[str, Model]:
        origins = () if self.results is None else self.results.origins
        return {label: model for origin in origins for label, model in origin.models.items()}


def _beside(new: SetScores, old: SetScores, rows: Mapping[str, Scores]) -> SetScores:
    """Measures of a row that the new run left out stay, where its weights are the same."""
    both = {label: {**rows.get(label, {}), **own} for label, own in new.scores.items()}
    distances = {label: found for label, found in old.distances.items() if label in rows}
    return replace(
        new,
        scores={label: both.get(label) or rows[label] for label in (*rows, *(k for k in both if k not in rows))},
        distances=distances | new.distances,
        samples=old.samples | new.samples,
    )
