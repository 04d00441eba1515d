"""What a recipe needs, looked for before hours are spent: before any photograph is decoded or network is loaded."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from training.config import Config, ConfigError, Losses
from training.data import ImageStore, resolve
from training.data.images import header_size
from training.networks import check_weights


def check(config: Config, processes: int = 1) -> None:
    """ConfigError, in one sentence, where a file of the recipe is not there or a photograph cannot serve its phases.

    Photographs are not compared with their split's hashes here; a run does that.
    """
    check_weights(config.init_from)
    for file in backbones(config):
        if not file.is_file():
            raise ConfigError(
                f"The backbone {file} is not there: make it with get_backbones.py, or correct backbones (without "
                "them torchvision downloads one)."
            )
    files = resolve(config.data.train, verify=False)
    if config.data.validate is not None:
        resolve([config.data.validate], verify=False)
    for phase in config.phases:
        if phase.batch < processes:
            raise ConfigError(f"Phase {phase.name} has a batch of {phase.batch}, less than one crop a process.")
    if not ImageStore.is_made(files, config.data.cache, "original"):
        _check_sizes(config, files)


def backbones(config: Config) -> list[Path]:
    """The file of every network that losses and validation read from one."""
    vgg16 = any(needs_vgg16(phase.losses) for phase in config.phases)
    lpips = config.data.validate is not None
    needed = (config.vgg16_weights if vgg16 else None, config.lpips_weights if lpips else None)
    return [file for file in needed if file is not None]


def needs_vgg16(losses: Losses) -> bool:
    """Whether one of the losses compares VGG16's features."""
    return max(losses.coarse_perceptual, losses.perceptual, losses.content, losses.lpips) > 0


def largest_crop(config: Config) -> tuple[str, int]:
    """The phase that cuts the largest squares from originals, and their side in pixels; 0 where none does."""
    sides = [(phase.name, math.ceil(phase.crop / phase.zoom[0])) for phase in config.phases if phase.whole < 1]
    return max(sides, key=lambda one: one[1], default=("", 0))


def too_small(config: Config, small: list[str]) -> ConfigError:
    """The sentence on photographs that are smaller than the crops."""
    name, side = largest_crop(config)
    return ConfigError(
        f"Phase {name} cuts squares of up to {side} pixels, and {len(small)} training images are smaller ({small[0]} "
        "is one): leave them out, or make crop smaller or zoom larger."
    )


def _check_sizes(config: Config, files: list[Path]) -> None:
    """By the files' headers; what has none is damaged, which filling the cache names."""
    _, side = largest_crop(config)
    if side == 0:
        return
    with ThreadPoolExecutor() as pool:
        sizes = list(pool.map(header_size, files))
    small = [file.name for file, size in zip(files, sizes, strict=True) if size is not None and min(size) < side]
    if small:
        raise too_small(config, small)
