"""The networks, in pure torch: tensors in, tensors out; no files, no devices, no settings."""

from cf_esrt.networks.cf_esrt import CFESRT, CoarseNetwork, RefinementNetwork
from cf_esrt.networks.esrt import ESRT
from cf_esrt.networks.initialise import start_from_interpolation

__all__ = ["CFESRT", "ESRT", "CoarseNetwork", "RefinementNetwork", "start_from_interpolation"]
