"""Statements that the driver runs by itself, inside a transaction of SQLAlchemy's.

SQLAlchemy takes longer over a short statement than SQLite does. Where others wait meanwhile, its text is made
once and given to the driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql import ClauseElement


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text of a statement for one kind of database. `order` says in which order the driver takes the
    values, None where it takes them by name; `given` are those that the statement brings itself.
    """

    text: str
    order: tuple[str, ...] | None
    given: Mapping[str, Any]

    def row(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row that it finds, as the driver gives it. Raises the driver's own errors."""
        with closing(self._run(connection, values)) as cursor:
            found: tuple[Any, ...] | None = cursor.fetchone()
            return found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run it for what it changes. Raises the driver's own errors."""
        self._run(connection, values).close()

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        told = {**self.given, **values}
        cursor = connection.connection.cursor()
        cursor.execute(self.text, told if self.order is None else [told[name] for name in self.order])
        return cursor


def prepared(statement: ClauseElement, dialect: Dialect) -> Prepared:
    """Make the text of a statement, whose values are plain numbers, text and bytes."""
    compiled: Any = statement.compile(dialect=dialect)
    order = compiled.positiontup if dialect.positional else None
    return Prepared(str(compiled), None if order is None else tuple(order), dict(compiled.params))
