"""A connection to SQLite or PostgreSQL, with its tables as this version has them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cf_esrt.survey.errors import StudyError

WAIT = 60.0
"""Seconds that a vote waits for those before it."""
WRITES = "survey_writes"
"""The execution option of transactions that write: SQLite lets them in one by one from their beginning."""
_NO_ADDRESS = "CF_ESRT_DATABASE_URL is no address of a PostgreSQL database: postgresql://user:password@host/name."
_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def connect(where: Path | str) -> Engine:
    """The engine of a SQLite file, made where it is missing, or of a PostgreSQL database's URL; its tables are brought
    up to date.

    StudyError in a sentence, without the URL, where it cannot be used.
    """
    engine = _sqlite(where) if isinstance(where, Path) else _from_url(where)
    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            migrate(connection)
    except SQLAlchemyError as error:
        name = where.name if isinstance(where, Path) else f"the {engine.dialect.name} database"
        raise StudyError(f"The store ({name}) cannot be used: {reason(error)}") from error
    return engine


def migrate(connection: Connection) -> None:
    """Bring the tables to this version's state, inside the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _from_url(url: str) -> Engine:
    """PostgreSQL goes through psycopg 3, however its URL begins."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StudyError(_NO_ADDRESS) from error
    if parsed.drivername not in ("postgres", "postgresql"):
        raise StudyError(_NO_ADDRESS)
    try:
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={"client_encoding": "utf8"},  # else a database in SQL_ASCII gives bytes for text
            pool_size=8,
            max_overflow=16,
            pool_timeout=WAIT,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise StudyError("PostgreSQL needs its driver: pip install 'psycopg[binary]'.") from error


def _sqlite(file: Path) -> Engine:
    with contextlib.suppress(OSError):  # SQLite says what is wrong with a place that it cannot write to
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        file.chmod(0o600)  # codes, the secret and the password's hash are in it
    engine = create_engine(f"sqlite:///{file}", pool_size=8, max_overflow=56, pool_timeout=WAIT,
                           connect_args={"timeout": WAIT})  # fmt: skip

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin when we say so, not at the driver's first INSERT
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # what is committed survives a power cut, too
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # a reader that turns writer cannot wait its turn in WAL mode, so writers begin as such
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def reason(error: SQLAlchemyError) -> str:
    """What the database itself says, without the statement and its values."""
    origin = getattr(error, "orig", None) or error
    return " ".join(str(origin).split())[:200] + "."
