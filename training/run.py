"""A training run: its network, data and losses, one training step, saving and resuming.

One process or many: each draws the same random numbers and takes its share of every step's crops (see
`training.sampler`), accelerate synchronises the gradients, and the first process alone validates and writes.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from torch import Tensor, nn

from cf_esrt.networks import CFESRT
from training.adversary import Adversary, accumulating
from training.bfloat16 import part_dtype
from training.config import Config, ConfigError, PartPrecision, Phase
from training.crop_cache import CropCache
from training.cuda_graph import CudaGraph
from training.data import ImageStore, resolve, shrink_whole
from training.degradation import Clinical, ClinicalShrinker, degrade
from training.losses import ContentLoss, PerceptualLoss, VGG16Features
from training.losses.learned import LearnedPerceptualLoss
from training.muon import Muon
from training.networks import build_network, initialise, load_weights
from training.phases import Batch, LossNetworks, LossOutput, Objective, freeze_other_parts, needs_features, rate_at
from training.preflight import check, largest_crop, too_small
from training.sampler import CropSampler, Share
from training.state import AveragedWeights, check_disk_space, load, save_atomically
from training.validation import Validation

PATIENCE = timedelta(hours=3)
"""How long processes wait for one another: the first alone compares a large data set with its hashes, and validates."""


def make_accelerator(device: str, precision: str = "auto") -> Accelerator:
    """The accelerator of this process on ``cpu`` or ``cuda``; one of several under torchrun or accelerate launch."""
    bfloat16 = precision == "bfloat16" or (precision == "auto" and device != "cpu")
    waits = InitProcessGroupKwargs(timeout=PATIENCE)
    return Accelerator(cpu=device == "cpu", mixed_precision="bf16" if bfloat16 else "no", kwargs_handlers=[waits])


class Run:
    """Network, averaged weights, data, losses, validation, and progress."""

    def __init__(self, config: Config, folder: Path, accelerator: Accelerator) -> None:
        self.config, self.folder, self.accelerator = config, folder, accelerator
        self.device = accelerator.device
        check(config, accelerator.num_processes)
        # whatever can be missing comes before the cache, which may take hours
        self.perceptual, self.content, self.learned = self._feature_losses()
        self.validation = None
        if config.data.validate is not None and accelerator.is_main_process:
            self.validation = Validation(config, self.device)
        torch.manual_seed(config.seed)
        self.network = build_network(config.network)
        initialise(self.network, config)
        if self.device.type == "cuda" and accelerator.num_processes > 1:
            self.network = nn.SyncBatchNorm.convert_sync_batchnorm(self.network)
        self.dtype = torch.float64 if config.precision == "float64" else torch.float32
        self.network.to(self.device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._check_disk_space()
        self.average = AveragedWeights(self.network, config.ema)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.sampler = self._open_data()
        self.clinical = ClinicalShrinker(config.data.processes, Clinical(phones=config.data.phones))
        self.images = len(self.sampler.original)
        self.phase_index = self.step = self.samples = 0
        self.seconds = 0.0
        self.best = math.inf
        self.crop_cache_seed = config.seed
        torch.manual_seed(config.seed + accelerator.process_index)
        self.begin_phase()
        self.stop_signalled = False
        """This process got a signal to stop; the next step sets ``stop_requested`` on every process."""
        self.stop_requested = False

    def _open_data(self) -> CropSampler:
        config, share = self.config, Share(self.accelerator.process_index, self.accelerator.num_processes)
        files = resolve(config.data.train, verify=self.accelerator.is_main_process)
        # the process that comes first fills the cache; the others wait for its lock, not at a barrier
        originals = ImageStore.open(files, config.data.cache, "original", lambda image: image)
        whole = ImageStore.open(files, config.data.cache, "whole256", shrink_whole)
        small = originals.smaller_than(largest_crop(config)[1])
        if small:
            raise too_small(config, small)
        return CropSampler(whole, originals, self.device, self.generator, share)

    def _feature_losses(self) -> tuple[PerceptualLoss | None, ContentLoss | None, LearnedPerceptualLoss | None]:
        weights, losses = self.config.perceptual, [phase.losses for phase in self.config.phases]
        dtype = part_dtype(self.config.cpu_precision.features, self.config, self.device)
        perceptual = content = learned = None
        if any(needs_features(each) for each in losses):
            features = VGG16Features.load(weights.weights, before_relu=weights.before_relu, dtype=dtype)
            perceptual = PerceptualLoss(features).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if any(each.content > 0 for each in losses):
            features = VGG16Features.load(weights.weights, before_relu=False, dtype=dtype)
            content = ContentLoss(features).to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if any(each.learned > 0 for each in losses):
            learned = LearnedPerceptualLoss(weights.weights, dtype)
            learned = learned.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return perceptual, content, learned

    def _check_disk_space(self) -> None:
        weights = sum(p.numel() * p.element_size() for p in self.network.parameters())
        kept = sum(phase.steps // self.config.keep_every for phase in self.config.phases if self.config.keep_every)
        states = 3 + len(self.config.phases) + kept  # last, best, the one being written
        check_disk_space(self.folder, 4 * weights * states)  # weights, their average, Adam's two moments

    def begin_phase(self) -> None:
        """Set up the phase: optimiser, discriminator, and the module that computes the loss."""
        phase = self.phase
        self.accelerator.free_memory()  # it would hold every phase's modules to the end
        self.average.decay = self.config.ema if phase.ema is None else phase.ema
        trained, rate, recorded = freeze_other_parts(self.network, phase), phase.learning_rate, self._records_steps()
        muon = phase.optimizer == "muon"
        self.optimizer = Muon(trained, rate, recorded=recorded) if muon else torch.optim.Adam(trained, rate)
        self._crop_cache: CropCache | None = None
        self.adversary = self._new_adversary() if phase.losses.adversarial > 0 else None
        loss_networks = LossNetworks(
            self.perceptual,
            self.content,
            self.learned,
            discriminator=self.adversary.judge if self.adversary else None,
            relativistic=self.config.discriminator.relativistic,
            averaged=self._averaged_network() if phase.losses.artifact > 0 else None,
        )
        precision = self.config.cpu_precision
        parts: dict[str, PartPrecision] = {"srresnet": precision.srresnet, "live": precision.live}
        part = parts.get(self.config.network.name, precision.refinement)
        dtype = part_dtype(part, self.config, self.device)
        objective = Objective(self.network, phase, loss_networks, compiled=self.config.compile, dtype=dtype)
        self.objective = self.accelerator.prepare_model(objective)
        self._recorded = CudaGraph(self._backward_whole, self._drop_gradients) if recorded else None

    def _records_steps(self) -> bool:
        """Whether a step's forward and backward pass are recorded: one process on a GPU, and all crops at once."""
        size, accelerator = self.phase.micro_batch, self.accelerator
        at_once = accelerator.num_processes == 1 and (not size or size >= self.phase.batch)
        return self.config.cuda_graphs and self.device.type == "cuda" and at_once

    def _backward(self, batch: Batch, weight: float) -> LossOutput:
        output = self.objective(batch)
        self.accelerator.backward(weight * output.loss)
        return output

    def _backward_whole(self, tensors: list[Tensor]) -> LossOutput:
        return self._backward(Batch(*tensors), 1.0)

    def _drop_gradients(self) -> None:
        """So that backward passes fill new ones, instead of adding to those that there are."""
        self.network.zero_grad(set_to_none=True)

    def _new_adversary(self) -> Adversary:
        dtype = part_dtype(self.config.cpu_precision.discriminator, self.config, self.device)
        return Adversary(self.accelerator, self.phase.learning_rate, self.config.discriminator, dtype)

    def _averaged_network(self) -> nn.Module:
        """A frozen network whose tensors are those of the average, so that it follows each update of it."""
        network = copy.deepcopy(self.network).requires_grad_(False).eval()
        network.load_state_dict(self.average.values, assign=True)
        return network

    @property
    def phase(self) -> Phase:
        return self.config.phases[min(self.phase_index, len(self.config.phases) - 1)]

    @property
    def finished(self) -> bool:
        return self.phase_index >= len(self.config.phases)

    def set_steps(self, steps: int) -> None:
        """Make the phase end after ``steps``, with the schedule of its learning rate."""
        changed = dataclasses.replace(self.phase, steps=steps, span=0)
        phases = tuple(changed if i == self.phase_index else phase for i, phase in enumerate(self.config.phases))
        self.config = dataclasses.replace(self.config, phases=phases)

    def next_phase(self) -> None:
        self.phase_index += 1
        self.step = 0
        if not self.finished:
            self.best = math.inf  # phases have different objectives, so each has its own best
            self._start_weights(self.phase)
            self.begin_phase()

    def _start_weights(self, phase: Phase) -> None:
        """Load the phase's initial weights where they are not those of the phase before."""
        if phase.restart:
            self.network.load_state_dict(self.average.values)
        load_weights(self.network, phase.init_from)
        if phase.restart or phase.init_from:
            self.average = AveragedWeights(self.network, self.config.ema)

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "ema": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "discriminator": self.adversary.state_dict() if self.adversary else None,
            "generator": self.generator.get_state(),
            "torch_rng": torch.get_rng_state(),
            "where": {
                "phase": self.phase_index,
                "phases": [phase.name for phase in self.config.phases],
                "steps": [phase.steps for phase in self.config.phases],
                "step": self.step,
                "samples": self.samples,
                "seconds": self.seconds,
                "best": self.best,
                "crop_cache_seed": self.crop_cache_seed,
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
        where = state["where"]
        names = [phase.name for phase in self.config.phases]
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

    @property
    def crop_cache(self) -> CropCache | None:
        """The phase's crop cache if it has one, filled at its first use."""
        if self._crop_cache is None and self.phase.cached_crops:
            needed = self.perceptual is not None and needs_features(self.phase.losses)
            features = self.perceptual.target if needed and self.perceptual else None
            coarse = self._coarse_picture if self.phase.part == "refinement" else None
            seed = self.crop_cache_seed + self.phase_index
            self._crop_cache = CropCache(self.sampler, self.phase, seed, self.degrade, features=features, coarse=coarse)
        return self._crop_cache

    def _coarse_picture(self, low: Tensor) -> Tensor:
        network = cast(CFESRT, self.network)
        return network.refinement_input(network.coarse(low.contiguous(memory_format=torch.channels_last)))

    def degrade(self, truth: Tensor, seeds: list[int]) -> Tensor:
        """Low-resolution inputs N×3×H×W of ground truth N×3×4H×4W, one seed per picture."""
        kind = self.config.data.degradation
        return self.clinical(truth, seeds) if kind == "clinical" else degrade(truth, kind)

    def draw(self) -> Batch:
        """This process's share of a step."""
        count = self.phase.batch
        if self.crop_cache is not None:
            batch = self.crop_cache.draw(count)
        else:
            truth = self.sampler.draw(self.phase)
            # A seed for every crop: the same inputs however many processes share them.
            seeds = torch.randint(2**31, (count,), generator=self.generator)[self.sampler.share.of(count)]
            batch = Batch(truth, self.degrade(truth, seeds.tolist()))
        low, coarse = batch.low, batch.coarse
        if low is not None:
            low = low.to(self.dtype).contiguous(memory_format=torch.channels_last)
        if coarse is not None:
            coarse = coarse.to(self.dtype)
        return batch._replace(low=low, truth=batch.truth.to(self.dtype), coarse=coarse)

    def train_step(self) -> dict[str, float]:
        """One step of the optimiser over all processes; returns the loss and its terms, averaged over them."""
        phase = self.phase
        rate = rate_at(phase, self.step, self.images)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.draw()
        truth = batch.truth
        size = phase.micro_batch or len(truth)
        starts = range(0, len(truth), size)
        if self._recorded is None:
            self._drop_gradients()
        totals: dict[str, Tensor] = {}
        generated: list[tuple[Tensor, Tensor, float]] = []
        for start in starts:
            part = slice(start, start + size)
            # DDP averages over processes: the weight makes that the mean over all crops, however they are split.
            weight = len(truth[part]) * self.accelerator.num_processes / phase.batch
            with accumulating(self.accelerator, self.objective, last=start == starts[-1]):
                some = batch.part(part)
                output = self._backward(some, weight) if self._recorded is None else self._recorded(some)
            for name, value in ({"loss": output.loss.detach()} | output.terms).items():
                totals[name] = totals.get(name, torch.zeros_like(value)) + weight * value
            generated.append((truth[part], output.image, weight))
        trained = [p for group in self.optimizer.param_groups for p in group["params"]]
        norm = nn.utils.clip_grad_norm_(trained, self.config.clip or math.inf)
        self._require_finite(totals["loss"], norm, batch)
        self.optimizer.step()
        if self.adversary is not None:
            totals["discriminator"] = self.adversary.step(generated, rate)
        self.average.update(self.network)
        self.step += 1
        self.samples += phase.batch
        return self._reduce(totals) | {"rate": rate}

    def _require_finite(self, loss: Tensor, norm: Tensor, batch: Batch) -> None:
        """Stop every process before a step that would ruin the weights; save the batch of a bad loss."""
        if torch.isfinite(norm) and torch.isfinite(loss):
            return
        number = self.accelerator.process_index
        name = "bad-batch.pt" if self.accelerator.num_processes == 1 else f"bad-batch-{number}.pt"
        if not torch.isfinite(loss) or self.accelerator.is_main_process:
            save_atomically(batch._asdict(), self.folder / name)
        raise FloatingPointError(
            f"At step {self.step} the loss is {float(loss)} and the gradient's norm {float(norm)}: "
            f"the batch is in {self.folder / name}, and last.pt holds the weights before it."
        )

    def _reduce(self, totals: dict[str, Tensor]) -> dict[str, float]:
        """The terms as numbers, averaged over processes; all processes stop when one is asked to."""
        stop_signalled = torch.tensor(float(self.stop_signalled), device=self.device)
        values = torch.stack([value.float() for value in (*totals.values(), stop_signalled)])
        *means, stop = self.accelerator.reduce(values, "mean").tolist()  # type: ignore[union-attr]
        self.stop_requested = stop > 0
        return dict(zip(totals, means, strict=True))

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
        """Whether this is the best so far, the least LPIPS above the PSNR floor; remembers it."""
        name = "image" if "image" in scores else ("coarse" if self.phase.part == "coarse" else "refined")
        above_floor = scores[name]["psnr"] >= scores["bicubic"]["psnr"] + self.config.psnr_floor
        if above_floor and scores[name]["lpips"] < self.best:
            self.best = scores[name]["lpips"]
            return True
        return False


def hardware(accelerator: Accelerator) -> str:
    """The hardware in words, for the model card."""
    count = accelerator.num_processes
    if accelerator.device.type == "cuda":
        return f"{count} × {torch.cuda.get_device_name(accelerator.device)}"
    return f"CPU, {count * torch.get_num_threads()} threads"
