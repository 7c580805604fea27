"""What can go wrong with a reconciliation, as a tree; every message is one sentence: got, expected, the mend.

    ReconciliationError
    ├── SourceError               a file that is not what it should be, by file, line and column
    ├── NothingToReconcileError   neither side told of any money, so nothing is proven
    ├── EngineError               the engine is not installed, does not answer, or refused
    └── IdentityError             the classes do not add up to what was taken: a bug, or a file that changed

No message holds a password, nor a cell that may be personal.
"""

from __future__ import annotations

from pathlib import Path


class ReconciliationError(Exception):
    """Base of everything that a reconciliation raises."""


class SourceError(ReconciliationError):
    """A file is not what it should be."""

    def __init__(self, file: Path, told: str, *, line: int | None = None, column: str | None = None) -> None:
        where = [str(file)]
        if line is not None:
            where.append(f"line {line}")
        if column is not None:
            where.append(f"column {column}")
        super().__init__(f"{', '.join(where)}: {told}")
        self.file, self.line, self.column = file, line, column


class NothingToReconcileError(ReconciliationError):
    """Neither side told of any money."""


class EngineError(ReconciliationError):
    """The engine cannot be used."""


class IdentityError(ReconciliationError):
    """The classes do not add up."""
