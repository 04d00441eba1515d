"""The networks, in pure torch: tensors in, tensors out; no files, no devices, no settings."""

from cf_esrt.networks.cf_esrt import CFESRT, CoarseNetwork, RefinementNetwork
from cf_esrt.networks.esrt import ESRT
from cf_esrt.networks.initialise import start_from_interpolation
from cf_esrt.networks.live import Live
from cf_esrt.networks.srcnn import SRCNN
from cf_esrt.networks.srgan import Discriminator, SRResNet

__all__ = [
    "CFESRT",
    "ESRT",
    "SRCNN",
    "CoarseNetwork",
    "Discriminator",
    "Live",
    "RefinementNetwork",
    "SRResNet",
    "start_from_interpolation",
]
