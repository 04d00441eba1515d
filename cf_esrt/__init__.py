"""CF-ESRT: coarse-to-fine ×4 super-resolution of skin lesion photographs. A research demonstration."""

__version__ = "0.1.0"
