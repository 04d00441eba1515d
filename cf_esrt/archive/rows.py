"""A row of the manifest: one photograph, what was made of it, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

State = Literal["done", "failed", "left out"]
"""``left out``: the file is no photograph, or a result of this program."""


@dataclass(frozen=True)
class Row:
    """Paths are relative to SOURCE and TARGET, with forward slashes."""

    path: str
    state: State
    stamp: str
    """What the storage says of the file without reading it: size and time, or its tag. Equal: not read again."""
    settings: str
    """`pipeline.Settings.key`: what the result depends on besides the input."""
    target: str = ""
    """The result; where it lies in a tar shard, its name there."""
    input_sha256: str = ""
    """Of the file's bytes, hexadecimal."""
    output_sha256: str = ""
    width: int = 0
    """Of the photograph, upright, in pixels."""
    height: int = 0
    model: str = ""
    weights_sha256: str = ""
    degradation: str = ""
    """``bicubic`` or ``camera`` (`models.Degradation`); empty for interpolation."""
    run: str = ""
    """Engine and precision."""
    seconds: float = 0.0
    """That reading, enhancing and encoding took."""
    cautions: tuple[str, ...] = ()
    consistency: float | None = None
    """Low-resolution consistency in dB; None where the shrunk result equals the input."""
    error: str = ""
    """One sentence, where the state is not ``done``."""
    finished: float = 0.0
    """Seconds since 1970."""
    shard: str = ""
    """The tar shard below TARGET that holds the result; empty where it is a file of its own."""


NAMES = tuple(field.name for field in fields(Row))


def schema() -> pa.Schema:
    """The columns of a manifest's file."""
    import pyarrow as pa

    kinds = {"str": pa.string(), "State": pa.string(), "int": pa.int64(), "float": pa.float64()}
    kinds |= {"float | None": pa.float64(), "tuple[str, ...]": pa.list_(pa.string())}
    return pa.schema([(field.name, kinds[str(field.type)]) for field in fields(Row)])


def to_table(rows: list[Row]) -> pa.Table:
    """Rows as a table. Names that are no Unicode (bytes of another encoding) are kept as hexadecimal digits."""
    import pyarrow as pa

    columns = {name: [_storable(getattr(row, name)) for row in rows] for name in NAMES}
    return pa.table(columns, schema=schema())


def in_todays_words(table: pa.Table) -> pa.Table:
    """A table as any version wrote it, with today's columns and words. Raises KeyError where a column is missing."""
    if "family" in table.column_names:  # version 0.1 said family, clean or camera
        import pyarrow as pa

        said = [{"clean": "bicubic"}.get(value, value) for value in table["family"].to_pylist()]
        table = table.append_column("degradation", pa.array(said, pa.string()))
    if "shard" not in table.column_names:  # before results went into shards
        import pyarrow as pa

        table = table.append_column("shard", pa.array([""] * len(table), pa.string()))
    return table.select(NAMES)


def from_table(table: pa.Table) -> list[Row]:
    """Rows of a table that `to_table` made."""
    return [Row(**{name: _restored(value) for name, value in row.items()}) for row in table.to_pylist()]


_BYTES = "bytes:"
"""Before the hexadecimal bytes of a name that is not UTF-8, which Parquet could not hold."""


def _storable(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and not (value.isascii() and not value.startswith(_BYTES)):
        stored = value.encode("utf-8", "surrogateescape")
        if value.startswith(_BYTES) or stored != value.encode("utf-8", "replace"):
            return _BYTES + stored.hex()
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_BYTES):
        return bytes.fromhex(value[len(_BYTES) :]).decode("utf-8", "surrogateescape")
    return tuple(value) if isinstance(value, list) else value
