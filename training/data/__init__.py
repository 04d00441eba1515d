"""Photographs: where they are, in which layout, on which side of a split; decoded once and given by number."""

from training.data.images import WHOLE, UnreadableImage, decode, list_images, read_image, shrink_whole
from training.data.layouts import LAYOUTS, Layout, Record, read_layout
from training.data.sources import resolve
from training.data.splits import Side, Split, make_split, read_split, write_split
from training.data.store import DecodingStore, ImageStore, MappedStore

__all__ = [
    "LAYOUTS",
    "WHOLE",
    "DecodingStore",
    "ImageStore",
    "Layout",
    "MappedStore",
    "Record",
    "Side",
    "Split",
    "UnreadableImage",
    "decode",
    "list_images",
    "make_split",
    "read_image",
    "read_layout",
    "read_split",
    "resolve",
    "shrink_whole",
    "write_split",
]
