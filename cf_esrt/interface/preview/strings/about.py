"""The subtitle, and what the page says about the models."""

from __future__ import annotations

SUBTITLE = "What more detail would look like in a photograph of skin"
ABOUT = "About the models, and photographs to try"
ABOUT_LEAD = (
    "Each result has four times the box's width and height. Bicubic interpolates. ESRT and CF-ESRT are small networks "
    "trained on dermoscopy that was shrunk by bicubic interpolation; their camera versions were trained with simulated "
    "blur, noise and JPEG as well. Clinical photographs differ from both, so what the networks add is dermoscopy-style "
    "detail (synthetic), not evidence."
)
ABOUT_TRY = (
    (
        "ISIC archive",
        "https://www.isic-archive.com/",
        "open an image there, download it, and drop the JPEG on this page.",
    ),
    (
        "PAD-UFES-20",
        "https://data.mendeley.com/datasets/zr7vgbcyr2/1",
        "clinical smartphone photographs (CC BY 4.0); unpack and drop one of its PNG files on this page.",
    ),
)
ABOUT_PRIVACY = (
    "Photographs stay on the machine that runs this page: the file is deleted once decoded, its pixels are held in "
    "memory for this browser session only, for an hour at most, and nothing is kept on disk."
)
COLUMNS = ("Model", "Parameters", "Training data", "Weights' licence", "Checkpoint (SHA-256)")
NONE = "none"
UNTRAINED = "checkpoint not found"
