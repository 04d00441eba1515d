"""Train the networks: model and loss, data, phases, step, validation, states, loop, from top to bottom.

    python -m training.train training/recipes/esrt.yaml                # starts, or resumes where it stopped
    python -m training.train training/recipes/esrt.yaml --dry-run      # its phases, with the hours they take here
    python -m training.train training/recipes/esrt.yaml --fresh        # starts over
    python -m training.train training/recipes/srgan.yaml --phases pretrain --set name=other phases.pretrain.steps=50
    python -m training.train training/recipes/esrt.yaml --minutes 5    # as many steps as fit, its schedule too
    torchrun --nproc-per-node 8 -m training.train training/recipes/paper/cf-esrt.yaml    # the same on eight GPUs
    accelerate launch -m training.train training/recipes/paper/cf-esrt.yaml              # or as accelerate is set up

A run's files are in ``runs/<name>/``: ``recipe.yaml`` (every setting as it was resolved), ``last.pt`` (resumable, also
on another number of processes; written after the first step, then every five minutes, at the end of a phase and on
SIGTERM or Ctrl-C),
``best.pt`` (least validation LPIPS, PSNR not below bicubic's), ``<phase>.pt`` (the end of each phase), TensorBoard logs
and ``log.jsonl`` (one line per validation). ``python -m training.release.export`` makes an inference file from a state.

One process or many: each draws the same random numbers and takes its share of every step's crops, accelerate
synchronises the gradients, and the first process alone validates and writes.
"""

from __future__ import annotations

import dataclasses
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from cf_esrt.networks import CFESRT, Live, SRResNet
from training.adversary import Adversary, convolving_in
from training.config import Config, ConfigError, Phase
from training.cuda_graph import CudaGraph
from training.data.crops import Batch, CropCache, Share, open_sampler
from training.degradation import Clinical, ClinicalShrinker, degrade
from training.hardware import hardware, has_native_bfloat16
from training.losses.networks import LossNetworks
from training.losses.table import total_loss
from training.muon import Muon
from training.networks import build_network, initialise, trained_parameters
from training.preflight import check
from training.processes import accumulating, mean_over_processes, require_finite
from training.run_log import RunLog
from training.schedule import rate_at
from training.state import AveragedWeights, check_disk_space, load, save_atomically
from training.validation import Validation

if TYPE_CHECKING:
    from training.budget import Budget

CLIP = 1.0
"""Largest gradient norm."""
SAVED_EVERY = 300.0
"""Seconds between two states of a run."""


# Model and loss.


class Output(NamedTuple):
    loss: Tensor
    terms: dict[str, Tensor]
    """Each before weighting, detached."""
    image: Tensor
    """The network's last image, detached."""


class Objective(nn.Module):
    """A network and the loss of a phase in one module: DDP and autocast need them as one.

    The loss networks are no submodules: neither their weights nor their gradients are synchronised. ``dtype``: of the
    convolutions of the refinement network, of SRResNet or of Live; other networks compute in their weights' precision.
    """

    def __init__(
        self, network: nn.Module, phase: Phase, networks: LossNetworks, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.network, self.phase, self.dtype, self._unregistered = network, phase, dtype, (networks,)

    def forward(self, batch: Batch) -> Output:
        images, coarse = self._images(batch), batch.coarse
        if coarse is None and "coarse" in images:
            coarse = images["coarse"].detach()
        refine = self._refine if isinstance(self.network, CFESRT) else None
        loss, terms = total_loss(images, batch.truth, self.phase, *self._unregistered, batch.features, coarse, refine)
        return Output(loss, terms, list(images.values())[-1].detach())

    def _images(self, batch: Batch) -> dict[str, Tensor]:
        network = self.network
        if not isinstance(network, CFESRT):
            assert batch.low is not None
            dtype = self.dtype if isinstance(network, (SRResNet, Live)) else torch.float32
            with convolving_in(dtype, batch.low.device):
                return {"image": network(batch.low).to(batch.truth.dtype)}
        images = {} if batch.low is None else {"coarse": network.coarse(batch.low)}
        if self.phase.part != "coarse":
            read = network.refinement_input(images["coarse"]) if batch.coarse is None else batch.coarse
            images["refined"] = self._refine(read)
        return images

    def _refine(self, read: Tensor) -> Tensor:
        with convolving_in(self.dtype, read.device):
            return cast(CFESRT, self.network).refine(read)


class Run:
    """A training: its network, data, losses, averaged weights and progress."""

    def __init__(self, config: Config, folder: Path, accelerator: Accelerator) -> None:
        self.config, self.folder, self.accelerator, self.device = config, folder, accelerator, accelerator.device
        check(config, accelerator.num_processes)
        # whatever can be missing comes before the cache, which may take hours
        half = config.precision == "auto" and self.device.type == "cpu" and has_native_bfloat16()
        self.convolutions = torch.bfloat16 if half else torch.float32  # on CUDA autocast decides instead
        self.loss_networks = LossNetworks.needed(config, self.device, self.convolutions)
        scored = config.data.validate is not None and accelerator.is_main_process
        self.validation = Validation(config, self.device) if scored else None
        torch.manual_seed(config.seed)
        self.network = build_network(config.network)
        initialise(self.network, config)
        if self.device.type == "cuda" and accelerator.num_processes > 1:
            self.network = nn.SyncBatchNorm.convert_sync_batchnorm(self.network)
        self.dtype = torch.float64 if config.precision == "float64" else torch.float32
        self.network.to(self.device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        weights = sum(p.numel() * p.element_size() for p in self.network.parameters())
        # weights, their average and Adam's two moments, in last, best, each phase's end and the one being written
        check_disk_space(folder, 4 * weights * (3 + len(config.phases)))
        self.average = AveragedWeights(self.network, config.ema)
        self.generator = torch.Generator().manual_seed(config.seed)
        share = Share(accelerator.process_index, accelerator.num_processes)
        self.sampler = open_sampler(config, self.device, self.generator, share, verify=accelerator.is_main_process)
        # a GPU would wait for the camera's inputs; on a CPU they are made in threads of the training
        processes = min(8, torch.get_num_threads()) if self.device.type == "cuda" else 0
        self.clinical = ClinicalShrinker(processes, Clinical(phones=config.data.phones))
        self.phase_index = self.step = self.samples = 0
        self.seconds, self.best, self.crop_cache_seed = 0.0, math.inf, config.seed
        torch.manual_seed(config.seed + accelerator.process_index)
        self.stop_signalled = self.stop_requested = False  # this process got a signal; every one ends after its step
        self.begin_phase()

    # Data

    def degrade(self, truth: Tensor, seeds: list[int]) -> Tensor:
        """Low-resolution inputs N×3×H×W of ground truth N×3×4H×4W, one seed per picture."""
        kind = self.config.data.degradation
        return self.clinical(truth, seeds) if kind == "clinical" else degrade(truth, kind)

    @property
    def crop_cache(self) -> CropCache | None:
        """The phase's crop cache if it has one, filled at its first use."""
        if self._crop_cache is None and self.phase.cached_crops:
            phi, losses = self.loss_networks.perceptual, self.phase.losses
            features = phi.target if phi and max(losses.perceptual, losses.coarse_perceptual) > 0 else None
            coarse = self._coarse_picture if self.phase.part == "refinement" else None
            seed = self.crop_cache_seed + self.phase_index
            self._crop_cache = CropCache(self.sampler, self.phase, seed, self.degrade, features=features, coarse=coarse)
        return self._crop_cache

    def _coarse_picture(self, low: Tensor) -> Tensor:
        network = cast(CFESRT, self.network)
        return network.refinement_input(network.coarse(low.contiguous(memory_format=torch.channels_last)))

    def draw(self) -> Batch:
        """This process's share of a step."""
        if self.crop_cache is not None:
            batch = self.crop_cache.draw(self.phase.batch)
        else:
            truth = self.sampler.draw(self.phase)
            # A seed for every crop: the same inputs however many processes share them.
            seeds = torch.randint(2**31, (self.phase.batch,), generator=self.generator)
            share = seeds[self.sampler.share.of(self.phase.batch)]
            batch = Batch(truth, self.degrade(truth, share.tolist()))
        low, coarse = batch.low, batch.coarse
        if low is not None:
            low = low.to(self.dtype).contiguous(memory_format=torch.channels_last)
        coarse = None if coarse is None else coarse.to(self.dtype)
        return batch._replace(low=low, truth=batch.truth.to(self.dtype), coarse=coarse)

    # Phases

    @property
    def phase(self) -> Phase:
        return self.config.phases[min(self.phase_index, len(self.config.phases) - 1)]

    @property
    def finished(self) -> bool:
        return self.phase_index >= len(self.config.phases)

    def begin_phase(self) -> None:
        """Set up the phase: optimiser, discriminator, and the module that computes the loss."""
        phase, config, accelerator = self.phase, self.config, self.accelerator
        accelerator.free_memory()  # it would hold every phase's modules to the end
        trained = trained_parameters(self.network, phase)
        at_once = accelerator.num_processes == 1 and (not phase.micro_batch or phase.micro_batch >= phase.batch)
        recorded = config.precision == "float32" and self.device.type == "cuda" and at_once
        muon = phase.optimizer == "muon"
        self.optimizer = Muon(trained, 0.0, recorded=recorded) if muon else torch.optim.Adam(trained)
        self._crop_cache: CropCache | None = None
        self.adversary = Adversary(accelerator, self.convolutions) if phase.losses.adversarial > 0 else None
        networks = self.loss_networks._replace(judge=self.adversary.judge if self.adversary else None)
        self.objective = accelerator.prepare_model(Objective(self.network, phase, networks, self.convolutions))
        # replayed passes add to the recording's gradients, so those of the calls before it are dropped
        drop = self.network.zero_grad
        self.recorded = CudaGraph(lambda tensors: self._backward(Batch(*tensors)), drop) if recorded else None

    def next_phase(self) -> None:
        self.phase_index, self.step = self.phase_index + 1, 0
        if not self.finished:
            self.best = math.inf  # phases have different objectives, so each has its own best
            self.network.load_state_dict(self.average.values)  # as a run of its own would begin
            self.average = AveragedWeights(self.network, self.config.ema)
            self.begin_phase()

    def end_phases(self) -> None:
        """Save the state of a phase whose steps are done, and begin the next."""
        while not self.finished and self.step >= self.phase.steps:
            self.save(f"{self.phase.name}.pt")
            self.next_phase()

    # The step

    def _backward(self, batch: Batch, weight: float = 1.0) -> Output:
        output = self.objective(batch)
        self.accelerator.backward(weight * output.loss)
        return output

    def train_step(self) -> dict[str, float]:
        """One step of the optimiser over all processes; returns the loss and its terms, averaged over them."""
        phase, batch = self.phase, self.draw()
        rate = rate_at(phase, self.step, len(self.sampler.original))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.recorded is None:
            self.network.zero_grad()
        size = phase.micro_batch or len(batch.truth)
        starts = range(0, len(batch.truth), size)
        totals: dict[str, Tensor] = {}
        generated: list[tuple[Tensor, Tensor, float]] = []
        for start in starts:
            part = batch.part(slice(start, start + size))
            # DDP averages over processes: the weight makes that the mean over all crops, however they are split.
            weight = len(part.truth) * self.accelerator.num_processes / phase.batch
            with accumulating(self.accelerator, self.objective, last=start == starts[-1]):
                output = self._backward(part, weight) if self.recorded is None else self.recorded(part)
            for name, value in ({"loss": output.loss.detach()} | output.terms).items():
                totals[name] = totals.get(name, torch.zeros_like(value)) + weight * value
            generated.append((part.truth, output.image, weight))
        trained = [p for group in self.optimizer.param_groups for p in group["params"]]
        norm = nn.utils.clip_grad_norm_(trained, CLIP)
        require_finite(totals["loss"], norm, batch, self.step, self.folder, self.accelerator)
        self.optimizer.step()
        if self.adversary is not None:
            totals["discriminator"] = self.adversary.step(generated, rate)
        self.average.update(self.network)
        self.step, self.samples = self.step + 1, self.samples + phase.batch
        terms, self.stop_requested = mean_over_processes(totals, self.stop_signalled, self.accelerator)
        return terms | {"rate": rate}

    # Validation

    def validate(self) -> dict[str, dict[str, float]]:
        """Scores of the averaged weights; the network has its own again afterwards, whatever happens."""
        assert self.validation is not None
        live = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        try:
            return self.validation(self.network)
        finally:
            self.network.load_state_dict(live)

    def update_best(self, scores: dict[str, dict[str, float]]) -> bool:
        """Whether this is the best so far, the least LPIPS with a PSNR not below bicubic's; remembers it."""
        name = "image" if "image" in scores else ("coarse" if self.phase.part == "coarse" else "refined")
        if scores[name]["psnr"] < scores["bicubic"]["psnr"] or scores[name]["lpips"] >= self.best:
            return False
        self.best = scores[name]["lpips"]
        return True

    # States

    def state(self) -> dict[str, Any]:
        phases = self.config.phases
        return {
            "network": self.network.state_dict(),
            "ema": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "discriminator": self.adversary.state_dict() if self.adversary else None,
            "generator": self.generator.get_state(),
            "torch_rng": torch.get_rng_state(),
            "where": {
                "phase": self.phase_index,
                "phases": [phase.name for phase in phases],
                "steps": [phase.steps for phase in phases],
                **{name: getattr(self, name) for name in ("step", "samples", "seconds", "best", "crop_cache_seed")},
                "hardware": hardware(self.accelerator),
                "network": dataclasses.asdict(self.config.network),
            },
        }

    def save(self, name: str) -> None:
        """Write the state to that file in the run's folder, on the first process."""
        if self.accelerator.is_main_process:
            save_atomically(self.state(), self.folder / name)

    def resume(self, path: Path) -> None:
        """Continue from a saved state, on any number of processes. ConfigError, StateError where it cannot be."""
        state = load(path, self.device)
        where, names = state["where"], [phase.name for phase in self.config.phases]
        begun = min(where["phase"], len(names) - 1) + 1
        if where.get("phases", names)[:begun] != names[:begun]:
            raise ConfigError(f"{path} went through other phases than the recipe has: start over with --fresh.")
        try:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["ema"])
            self.phase_index, self.step, self.samples = where["phase"], where["step"], where["samples"]
            self.seconds, self.best = where["seconds"], where["best"]
            self.crop_cache_seed = where.get("crop_cache_seed", self.crop_cache_seed)
            if not self.finished:
                self.begin_phase()
                self.optimizer.load_state_dict(state["optimizer"])
                if self.adversary is not None:
                    self.adversary.load_state_dict(state["discriminator"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            message = f"{path} holds another network or phase than the configuration: start over with --fresh."
            raise ConfigError(message) from error
        self.generator.set_state(state["generator"].cpu())
        if self.accelerator.is_main_process:
            torch.set_rng_state(state["torch_rng"].cpu())


# The loop


def train(run: Run, *, steps: int | None = None, budget: Budget | None = None) -> None:
    """Loop until every phase is done, or `steps` more steps, or a stop is requested. Saves the state when it ends.

    A `budget` fits the phase's steps to its time.
    """
    config, left, due = run.config, math.inf if steps is None else steps, 0.0
    log = RunLog(run)
    try:
        run.end_phases()  # a state may be of between a phase's last step and its end
        while not run.finished and not run.stop_requested and left > 0:
            began = time.perf_counter()
            terms = run.train_step()
            run.seconds, left = run.seconds + time.perf_counter() - began, left - 1
            if budget is not None:
                budget.fit(run)
            log.step(run, terms)
            if run.validation is not None and (run.step % config.validate_every == 0 or run.step == run.phase.steps):
                scores = run.validate()
                best = run.update_best(scores)
                if best:
                    run.save("best.pt")
                log.validation(run, terms, scores, best)
            if time.monotonic() >= due:
                run.save("last.pt")
                due = time.monotonic() + SAVED_EVERY
            run.end_phases()
    finally:
        run.save("last.pt")
        log.close()


if __name__ == "__main__":
    from training.command import main

    sys.exit(main())
