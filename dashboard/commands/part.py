"""What the collector and the dashboard have in common when each is a process of its own: how they give up.

Whoever started it has to tell two ends apart: input that a person must mend first, and a database that is
away for now, where starting again is all that helps.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from dashboard.commands.terminal import ERR, Exit, explained
from dashboard.launch.plan_file import LoadedPlan
from dashboard.settings import Settings


@contextmanager
def giving_up() -> Iterator[None]:
    """As `explained`; with a code of its own for what passes by itself."""
    from dashboard.store.errors import StoreError

    with explained():
        try:
            yield
        except StoreError as error:
            if error.permanent:
                raise
            ERR.print(str(error), markup=False)
            raise typer.Exit(Exit.TRY_AGAIN) from error


def refuse_unready_store(settings: Settings, loaded: LoadedPlan) -> None:
    """Say at once what is wrong with the store: a server that has begun would end with a stack trace."""
    from dashboard.wiring.stores import open_environment_store

    open_environment_store(settings, loaded, os.environ).close()
