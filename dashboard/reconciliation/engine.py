"""The engine that computes: any that ibis knows by an address, DuckDB in memory where none is named."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import ibis
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.common.exceptions import IbisError

from dashboard.reconciliation.errors import EngineError, SourceError
from dashboard.reconciliation.formats import Side
from dashboard.reconciliation.sources import Told, arrow_schema, is_ready, read

MEMORY = "3200MB"
CLOCKS_APART_S = 300
"""So much later than its export a row may be dated, by a clock of another host."""

REFUSED = (duckdb.Error, psycopg.Error, IbisError)
UNUSABLE = (*REFUSED, ImportError, ValueError, RuntimeError)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection of ibis; all that it made there was temporary."""
    with explained_engine(url, UNUSABLE):
        connection = ibis.connect(url)
    try:
        if connection.name != "duckdb":
            yield connection
            return
        with tempfile.TemporaryDirectory(prefix="golive-reconcile-") as folder:
            _frugal(connection, folder)
            yield connection
    finally:
        connection.disconnect()


def opened(memory: str) -> Any:
    """DuckDB in memory for a process that stays: one thread, no file, no more than this memory. Whoever
    opened it disconnects it.
    """
    connection = ibis.connect("duckdb://")
    for setting in (f"memory_limit = '{memory}'", "threads = 1", "temp_directory = ''"):
        connection.raw_sql(f"SET {setting}")
    return connection


def _frugal(connection: Any, folder: str) -> None:
    """DuckDB would take four fifths of the machine, and leave what does not fit where golive was called."""
    connection.raw_sql(f"SET memory_limit = '{MEMORY}'")
    connection.raw_sql(f"SET temp_directory = '{folder}'")
    connection.raw_sql("SET preserve_insertion_order = false")


@contextmanager
def explained_engine(url: str, errors: tuple[type[Exception], ...] = REFUSED) -> Iterator[None]:
    """An engine's own words may hold an address with its password, so they are not passed on."""
    try:
        yield
    except errors as error:
        scheme = urlsplit(url).scheme or "nothing"
        told = (
            f"got {type(error).__name__} of the engine {scheme}, expected one that is installed and answers"
        )
        raise EngineError(f"{told}; name another with --engine, or leave it out for DuckDB") from error


def load(connection: Any, side: Side, files: Sequence[Path], told: Told) -> ibis.Table:
    """One side as a table of the engine; Parquet of our own columns is left where it is on DuckDB."""
    ready = [file for file in files if is_ready(side, file)]
    if connection.name == "duckdb" and len(ready) == len(files):
        table = connection.read_parquet([str(file) for file in files]).select(*side.types)
        told(sum(pq.read_metadata(file).num_rows for file in files))
        return table
    schema = arrow_schema(side.types)
    parts = [
        pq.read_table(file, columns=list(side.types)).cast(schema)
        if file in ready
        else pa.Table.from_batches(read(side, file, told), schema=schema)
        for file in files
    ]
    return ibis.memtable(pa.concat_tables(parts), schema=_schema(side))


def refuse_repeated(connection: Any, side: Side, table: ibis.Table, files: Sequence[Path]) -> None:
    """The same charge or entry twice would be counted twice: two exports that overlap, most likely."""
    counted = table.group_by(side.key).agg(times=table.count())
    found = connection.to_pyarrow(counted.filter(counted.times > 1).order_by(side.key).limit(1)).to_pylist()
    if found:
        told = (
            f"got {found[0][side.key]} {found[0]['times']} times, expected each once; leave out what overlaps"
        )
        raise SourceError(
            files[0] if len(files) == 1 else Path(f"the {side.word} files"), told, column=side.key
        )


def refuse_later(connection: Any, side: Side, table: ibis.Table, files: Sequence[Path], as_of: int) -> None:
    """A row from after its file was exported: the wrong moment was named, and every age would be wrong."""
    newest = connection.to_pyarrow(table.created.max()).as_py()
    if newest is not None and newest > as_of + CLOCKS_APART_S:
        told = f"got a row of {_utc(newest)}, expected none after {_utc(as_of)}"
        raise SourceError(
            files[0] if len(files) == 1 else Path(f"the {side.word} files"),
            f"{told}; say when it was exported (--as-of, --as-of-ledger)",
            column="created",
        )


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _schema(side: Side) -> ibis.Schema:
    return ibis.schema({name: kind.lstrip("!") for name, kind in side.types.items()})
