"""What the tests of training and evaluation share: small photographs, networks and runs, weights without training."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from cf_esrt import checkpoints
from cf_esrt.networks import CFESRT
from training.config import Config, Losses, Phase
from training.hardware import make_accelerator
from training.losses.features import vgg16_until_conv5_3
from training.metrics import LPIPS
from training.train import Run

PHASES = (
    Phase("one", 3, crop=32, batch=2, losses=Losses(gradient=0.5)),
    Phase("two", 3, part="refinement", whole=0.0, crop=32, batch=2, cached_crops=5),
)
#: torchvision's names and shapes of AlexNet's convolutions
ALEXNET = {0: (64, 3, 11, 11), 3: (192, 64, 5, 5), 6: (384, 192, 3, 3), 8: (256, 384, 3, 3), 10: (256, 256, 3, 3)}


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colours with noise, RGB uint8."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(40, 220, (6, 6, 3), dtype=np.uint8))
    smooth = np.array(small.resize((width, height), Image.Resampling.BICUBIC), dtype=float)
    return np.clip(smooth + random.normal(0, 8, smooth.shape), 0, 255).astype(np.uint8)


def write_photographs(folder: Path, sizes: list[tuple[int, int]]) -> list[Path]:
    """photo0.png … of these heights and widths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"photo{number}.png" for number in range(len(sizes))]
    for number, (path, size) in enumerate(zip(paths, sizes, strict=True)):
        Image.fromarray(picture(*size, seed=number)).save(path)
    return paths


def random_alexnet(path: Path) -> Path:
    """A file of random convolutions: LPIPS of them is a distance, if not the published one."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for layer, shape in ALEXNET.items():
        fan = shape[1] * shape[2] * shape[3]
        state[f"features.{layer}.weight"] = torch.randn(shape, generator=generator) * (2 / fan) ** 0.5
        state[f"features.{layer}.bias"] = torch.zeros(shape[0])
    save_file(state, path)
    return path


@functools.cache
def random_vgg16(path: Path) -> Path:
    """Random convolutions with VGG16's names and shapes, as get_backbones.py writes them; the signal keeps its size."""
    torch.manual_seed(1)
    layout = vgg16_until_conv5_3(before_relu=True)
    for module in layout:
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    save_file({f"features.{name}": tensor for name, tensor in layout.state_dict().items()}, path)
    return path


def lpips_of(weights: Path | None) -> LPIPS:
    """LPIPS, built once for a file."""
    return LPIPS(weights)


def tiny_checkpoint(path: Path) -> Path:
    """CF-ESRT with random weights."""
    torch.manual_seed(0)
    network = CFESRT(width=8)
    info = checkpoints.CheckpointInfo("CFESRT", {"width": 8}, licence="CC0-1.0")
    checkpoints.write(path, network.state_dict(), info)
    return path


def write_log(path: Path, *values: tuple[float, float, bool], bicubic: float = 35.0) -> Path:
    """A training log of these PSNR, LPIPS and whether it was the best, one every 8 crops and 36 seconds."""
    lines = [
        {
            "samples": 8 * number,
            "seconds": 36 * number,
            "best": best,
            "terms": {"loss": 0.02, "refined/l1": 0.01, "rate": 0.001},
            "scores": {
                "bicubic": {"psnr": bicubic, "lpips": 0.31},
                "coarse": {"psnr": 36.0, "lpips": 0.26},
                "refined": {"psnr": psnr, "lpips": lpips},
            },
        }
        for number, (psnr, lpips, best) in enumerate(values, 1)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def new_run(config: Config, folder: Path) -> Run:
    folder.mkdir(exist_ok=True)
    return Run(config, folder, make_accelerator("cpu"))
