"""How every command speaks: results on standard output, the rest on standard error, exit codes by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.console import Console

from dashboard.launch.plan_file import PlanError
from dashboard.settings import SettingsError


class Exit(IntEnum):
    """Exit codes. A verdict's code is its own; 3 means that the question could not be answered, and 75, as
    sysexits.h has it, that a part of golive could not go on and may be started again as it is.
    """

    GO = 0
    NO_GO = 1
    HOLD = 2
    UNANSWERED = 3
    TRY_AGAIN = 75


OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def explained(code: int = Exit.UNANSWERED) -> Iterator[None]:
    """Turn every expected error into its sentence and an exit code; a bug keeps its trace."""
    from dashboard.backup.errors import BackupError
    from dashboard.reconciliation.errors import ReconciliationError
    from dashboard.store.errors import StoreError
    from dashboard.wiring.lock import FolderTakenError
    from dashboard.wiring.processes import ChildError
    from dashboard.wiring.resolve import UnresolvedError
    from evidence.blobs import BlobError
    from evidence.heads import HeadError
    from evidence.keys import KeyFileError
    from evidence.log import LogError

    try:
        yield
    except (
        PlanError,
        SettingsError,
        StoreError,
        UnresolvedError,
        FolderTakenError,
        ChildError,
        ReconciliationError,
        KeyFileError,
        LogError,
        HeadError,
        BlobError,
        BackupError,
    ) as error:
        ERR.print(str(error), markup=False)
        raise typer.Exit(code) from error
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        ERR.print(f"cannot use{where}: {error.strerror or error}", markup=False)
        raise typer.Exit(code) from error
