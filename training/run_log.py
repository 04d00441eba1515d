"""What a training tells while it runs: a bar on the terminal, TensorBoard's files, and ``log.jsonl``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from training.validation import in_words, rounded

if TYPE_CHECKING:
    from training.train import Run

EVERY = 10
"""Steps between two lines of the bar and two points in TensorBoard."""


class RunLog:
    """Of the first process; the others tell nothing."""

    def __init__(self, run: Run) -> None:
        first = run.accelerator.is_main_process
        self._writer = SummaryWriter(str(run.folder / "tensorboard")) if first else None
        self._bar: tqdm | None = None

    def step(self, run: Run, terms: dict[str, float]) -> None:
        """After each step, with the loss and its terms."""
        if self._writer is None:
            return
        bar = self._bar_of(run)
        bar.total = run.phase.steps  # a budget moves it
        bar.update()
        if run.step % EVERY == 0:
            speed = run.phase.batch * (bar.format_dict["rate"] or 0)
            bar.set_postfix({"images_s": f"{speed:.1f}"} | {name: f"{value:.4g}" for name, value in terms.items()})
            for name, value in terms.items():
                self._writer.add_scalar(name, value, run.samples)

    def _bar_of(self, run: Run) -> tqdm:
        """The phase's own."""
        phase = run.phase
        if self._bar is None or self._bar.desc != phase.name:
            if self._bar is not None:
                self._bar.close()
            self._bar = tqdm(desc=phase.name, total=phase.steps, initial=run.step - 1, unit="step", mininterval=5)
        return self._bar

    def validation(self, run: Run, terms: dict[str, float], scores: dict[str, dict[str, float]], best: bool) -> None:
        """A line of scores; ``best``: the best of the phase so far."""
        assert self._writer is not None
        line = {
            "phase": run.phase.name,
            "step": run.step,
            "samples": run.samples,
            "seconds": round(run.seconds),
            "best": best,
            "scores": rounded(scores, 4),
            "terms": rounded(terms, 6),
        }
        with (run.folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")
        for name, score in scores.items():
            for metric, value in score.items():
                self._writer.add_scalar(f"validation/{name}/{metric}", value, run.samples)
        tqdm.write(f"{run.phase.name} {run.step}: {in_words(scores)}{' (best)' if best else ''}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        if self._writer is not None:
            self._writer.close()
