"""A table as lines: the first names its columns, each other one is a row, in JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dashboard.backup.errors import ArchiveError
from dashboard.store.copying import Copied, Kind, Row, is_of

_ENCODER = msgspec.json.Encoder()  # bytes become base64


def head_line(table: Copied) -> bytes:
    """The columns of a table, as the first line."""
    return _ENCODER.encode([[name, kind.value] for name, kind in table.columns]) + b"\n"


def row_line(row: Row) -> bytes:
    """One row as a line."""
    return _ENCODER.encode(row) + b"\n"


def read_rows(name: str, lines: Iterable[bytes]) -> tuple[Copied, Iterator[Row]]:
    """The table of these lines, and its rows one by one. Raises `ArchiveError`, later ones as it comes."""
    waiting = iter(lines)
    table = Copied(name=name, columns=_columns(name, next(waiting, b"")))
    return table, (_row(table, line) for line in waiting)


def _columns(name: str, line: bytes) -> tuple[tuple[str, Kind], ...]:
    try:
        return tuple(msgspec.json.decode(line, type=list[tuple[str, Kind]]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError(f"got no columns for {name} ({error}), expected a backup of golive") from error


def _row(table: Copied, line: bytes) -> Row:
    try:
        told: list[Any] = msgspec.json.decode(line, type=list[Any])
        row = [
            _bytes(value) if kind is Kind.BYTES and value is not None else value
            for value, (_, kind) in zip(told, table.columns, strict=True)
        ]
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, TypeError, binascii.Error) as error:
        raise ArchiveError(f"got a row of {table.name} that does not read as one ({error})") from error
    for value, (column, kind) in zip(row, table.columns, strict=True):
        if not is_of(kind, value):
            raise ArchiveError(f"got {type(value).__name__} in {table.name}.{column}, expected {kind.value}")
    return row


def _bytes(value: Any) -> bytes:
    return base64.b64decode(value, validate=True)
