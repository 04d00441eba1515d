"""Train ESRT or CF-ESRT, in one loop that reads top to bottom.

    python -m training.train training/configs/cf-esrt-paper.yaml          # starts, or resumes where it stopped
    python -m training.train training/configs/cf-esrt-cpu.yaml --fresh    # starts over

Everything of a run lies in ``runs/<name>/``: ``last.pt`` (resumable, written every ``save_every`` steps, at the end
of a phase and on SIGTERM or Ctrl-C), ``best.pt`` (least validation LPIPS over a PSNR floor), TensorBoard logs and
``log.jsonl`` (one line a validation). ``python -m training.export`` makes the inference file from either.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from cf_esrt.networks import CFESRT, ESRT, start_from_interpolation
from training.bank import CropBank
from training.config import Config, ConfigError, Network, Phase, read
from training.data import ImageStore, list_images, shrink_whole
from training.degradation import shrink
from training.losses import PerceptualLoss, VGG16Features
from training.metrics import LPIPS
from training.phases import forward, freeze_others, needs_features, total_loss
from training.sampler import CropSampler
from training.state import AveragedWeights, load, save_atomically, take_over
from training.validation import Validation

log = logging.getLogger(__name__)


def build_network(settings: Network) -> nn.Module:
    """The network of a configuration, with PyTorch's random weights."""
    if settings.name == "esrt":
        return ESRT(skip_padding=settings.skip_padding)
    return CFESRT(
        width=settings.width, skips=settings.skips, rounded=settings.rounded, skip_padding=settings.skip_padding
    )


def start(network: nn.Module, how: str, only: str = "") -> None:
    """Initial weights: ``random``, ``interpolation``, or a checkpoint's fitting tensors over the latter.

    ``only`` takes over no tensor but those whose names begin so.
    """
    if how == "random":
        return
    start_from_interpolation(network)
    if how != "interpolation":
        path = Path(how)
        if not path.is_file():
            raise ConfigError(f"The start checkpoint {path} is not there: give a file, interpolation or random.")
        state = load_file(path) if path.suffix == ".safetensors" else load(path, torch.device("cpu"))["ema"]["values"]
        state = {name: tensor for name, tensor in state.items() if name.startswith(only)}
        log.info("%d tensors taken over from %s", take_over(network, state), path)


def learning_rate(phase: Phase, step: int, images: int) -> float:
    """The rate at a step (from 0) of the phase; an epoch is as many crops as there are photographs."""
    warm = min(1.0, (step + 1) / phase.warmup) if phase.warmup else 1.0
    if phase.schedule == "halving":
        return warm * phase.learning_rate * 0.5 ** (step * phase.batch // images // phase.halve_every)
    if phase.schedule == "cosine":
        return (
            warm
            * phase.learning_rate
            * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / (phase.span or phase.steps))))
        )
    return warm * phase.learning_rate


class Run:
    """Everything that a run holds: network, average, data, losses, validation and where it stands."""

    def __init__(self, config: Config, folder: Path, device: torch.device) -> None:
        self.config, self.folder, self.device = config, folder, device
        torch.manual_seed(config.seed)
        self.network = build_network(config.network)
        start(self.network, config.start, config.start_only)
        self.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = AveragedWeights(self.network, config.ema)
        self.generator = torch.Generator().manual_seed(config.seed)
        files = list_images(config.data.train)
        originals = ImageStore.open(files, config.data.cache, "original", lambda image: image)
        whole = ImageStore.open(files, config.data.cache, "whole256", shrink_whole)
        self.images = len(originals)
        self.sampler = CropSampler(whole, originals, device, self.generator)
        self.perceptual = None
        if any(needs_features(phase.losses) for phase in config.phases):
            features = VGG16Features.load(config.perceptual.weights, before_relu=config.perceptual.before_relu)
            self.perceptual = PerceptualLoss(features).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.validation = None
        if config.data.validate is not None:
            lpips = LPIPS(config.lpips_weights)
            self.validation = Validation(config.data.validate, config.data.validation_images, lpips, device)
        self.phase_index = self.step = self.samples = 0
        self.seconds = 0.0
        self.best = math.inf
        self.bank_seed = config.seed
        self.begin_phase()
        self.stop_requested = False

    def begin_phase(self) -> None:
        """What belongs to one phase: its optimiser, and its bank of crops if it has one."""
        self.optimizer = self._optimizer()
        self.bank = None
        if self.phase.bank:
            perceptual = self.perceptual if needs_features(self.phase.losses) else None
            self.bank = CropBank(self.sampler, self.phase, perceptual, self.bank_seed + self.phase_index)

    def _optimizer(self) -> torch.optim.Adam:
        return torch.optim.Adam(freeze_others(self.network, self.phase), lr=self.phase.learning_rate)

    @property
    def phase(self) -> Phase:
        return self.config.phases[min(self.phase_index, len(self.config.phases) - 1)]

    @property
    def finished(self) -> bool:
        return self.phase_index >= len(self.config.phases)

    def next_phase(self) -> None:
        self.phase_index += 1
        self.step = 0
        if not self.finished:
            self.best = math.inf  # phases differ in what they aim at: each has its own best
            self.begin_phase()

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "ema": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "torch_rng": torch.get_rng_state(),
            "where": {
                "phase": self.phase_index,
                "step": self.step,
                "samples": self.samples,
                "seconds": self.seconds,
                "best": self.best,
                "bank_seed": self.bank_seed,
            },
        }

    def save(self, name: str) -> None:
        save_atomically(self.state(), self.folder / name)

    def resume(self, path: Path) -> None:
        state = load(path, self.device)
        try:
            self.network.load_state_dict(state["network"])
        except RuntimeError as error:
            message = f"{path} holds another network than the configuration: start over with --fresh."
            raise ConfigError(message) from error
        where = state["where"]
        self.phase_index, self.step, self.samples = where["phase"], where["step"], where["samples"]
        self.seconds, self.best = where["seconds"], where["best"]
        self.bank_seed = where["bank_seed"]
        self.average.load_state_dict(state["ema"])
        if not self.finished:
            self.begin_phase()
            self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        torch.set_rng_state(state["torch_rng"].cpu())

    def train_step(self) -> dict[str, float]:
        """One batch, one step of Adam; returns the loss and its terms."""
        phase = self.phase
        rate = learning_rate(phase, self.step, self.images)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        truth, features = self.bank.draw(phase.batch) if self.bank is not None else (self.sampler.draw(phase), None)
        low = shrink(truth).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            images = forward(self.network, phase, low)
            loss, terms = total_loss(images, truth, phase.losses, self.perceptual, features)
        if not torch.isfinite(loss):
            save_atomically({"truth": truth, "low": low}, self.folder / "bad-batch.pt")
            raise FloatingPointError(f"The loss is {float(loss)} at step {self.step}: the batch is in bad-batch.pt.")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.config.clip > 0:
            nn.utils.clip_grad_norm_([p for g in self.optimizer.param_groups for p in g["params"]], self.config.clip)
        self.optimizer.step()
        self.average.update(self.network)
        self.step += 1
        self.samples += phase.batch
        return {"loss": float(loss.detach()), "rate": rate} | {name: float(term) for name, term in terms.items()}

    def validate(self) -> dict[str, dict[str, float]]:
        """Scores of the averaged weights."""
        assert self.validation is not None
        live = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        scores = self.validation(self.network)
        self.network.load_state_dict(live)
        return scores

    def judge(self, scores: dict[str, dict[str, float]]) -> bool:
        """Whether this is the best so far: least LPIPS among those above the PSNR floor."""
        name = "esrt" if "esrt" in scores else ("coarse" if self.phase.part == "coarse" else "refined")
        enough = scores[name]["psnr"] >= scores["bicubic"]["psnr"] + self.config.psnr_floor
        if enough and scores[name]["lpips"] < self.best:
            self.best = scores[name]["lpips"]
            return True
        return False


def train(run: Run, *, steps: int | None = None) -> None:
    """The loop: until every phase is done, or `steps` more steps, or a stop is requested. State is saved on leaving."""
    config, left = run.config, steps
    writer = SummaryWriter(str(run.folder / "tensorboard"))
    try:
        while not run.finished and not run.stop_requested and left != 0:
            phase = run.phase
            with tqdm(total=phase.steps, initial=run.step, desc=phase.name, unit="step", mininterval=5) as bar:
                while run.step < phase.steps and not run.stop_requested and left != 0:
                    began = time.perf_counter()
                    terms = run.train_step()
                    run.seconds += time.perf_counter() - began
                    left = None if left is None else left - 1
                    bar.update()
                    if run.step % 10 == 0:
                        speed = phase.batch * (bar.format_dict["rate"] or 0)
                        bar.set_postfix({"images_s": f"{speed:.1f}"} | {k: f"{v:.4g}" for k, v in terms.items()})
                        for name, value in terms.items():
                            writer.add_scalar(name, value, run.samples)
                    last = run.step == phase.steps
                    if run.validation is not None and (run.step % config.validate_every == 0 or last):
                        report(run, run.validate(), terms, writer)
                    if run.step % config.save_every == 0:
                        run.save("last.pt")
            if run.step >= phase.steps:
                run.save(f"{phase.name}.pt")
                run.next_phase()
    finally:
        run.save("last.pt")
        writer.close()


def report(run: Run, scores: dict[str, dict[str, float]], terms: dict[str, float], writer: SummaryWriter) -> None:
    """Write a validation's scores to the log files; keep the weights if they are the best."""
    best = run.judge(scores)
    if best:
        run.save("best.pt")
    line = {
        "phase": run.phase.name,
        "step": run.step,
        "samples": run.samples,
        "seconds": round(run.seconds),
        "best": best,
        "scores": {n: {m: round(v, 4) for m, v in s.items()} for n, s in scores.items()},
        "terms": {n: round(v, 6) for n, v in terms.items()},
    }
    with (run.folder / "log.jsonl").open("a") as out:
        out.write(json.dumps(line) + "\n")
    for name, score in scores.items():
        for metric, value in score.items():
            writer.add_scalar(f"validation/{name}/{metric}", value, run.samples)
    bicubic = scores["bicubic"]
    told = "; ".join(
        f"{n}: {s['psnr'] - bicubic['psnr']:+.2f} dB, SSIM {s['ssim'] - bicubic['ssim']:+.4f}, "
        f"LPIPS x{s['lpips'] / bicubic['lpips']:.3f}"
        for n, s in scores.items()
        if n != "bicubic"
    )
    tqdm.write(f"{run.phase.name} {run.step}: {told}{' (best)' if best else ''}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.train", description="Train ESRT or CF-ESRT.")
    parser.add_argument("config", type=Path)
    parser.add_argument("--fresh", action="store_true", help="start over instead of resuming")
    parser.add_argument("--steps", type=int, help="stop after this many further steps (resumable)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        config = read(options.config)
        folder = options.runs / config.name
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(config, folder, torch.device(options.device))
        if (folder / "last.pt").exists() and not options.fresh:
            run.resume(folder / "last.pt")
            log.info("resumed at phase %d, step %d", run.phase_index + 1, run.step)
    except (ConfigError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2

    def stop(*_: object) -> None:
        run.stop_requested = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    train(run, steps=options.steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
