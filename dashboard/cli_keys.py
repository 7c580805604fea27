"""`golive keys …`: reads options and hands them on; what a command does is in `dashboard.commands.keys`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from collectors.observation import Environment
from dashboard.commands.terminal import explained
from dashboard.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="The keys that sign evidence.")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where golive remembers (GOLIVE_DATA_DIR).")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="The plan that says which (GOLIVE_PLAN).")]
Named = Annotated[
    Environment | None, typer.Option("--environment", help="Whose keys; the plan's if not said.")
]


@app.command("init", epilog="Example: golive keys init --environment live")
def init(environment: Named = None, plan: PlanFile = None, data_dir: DataDir = None) -> None:
    """Make the two keys of an environment, in files that their owner alone can read. Exit code: 0 made,
    3 there are some already; a key is never written over.

    They go to the folder of GOLIVE_KEYS_DIR. With GOLIVE_KEY_PASSPHRASE set they are encrypted by scrypt.
    A rehearsal makes its own at its first start; a launch without keys does not start.
    """
    from dashboard.commands.keys import environment_of
    from dashboard.commands.keys import init as make

    with explained():
        settings, wanted = environment_of(os.environ, data_dir=data_dir, plan=plan, named=environment)
    raise typer.Exit(make(settings, wanted))


@app.command("show", epilog="Example: golive keys show --environment rehearsal --json")
def show(
    environment: Annotated[
        Environment | None, typer.Option("--environment", help="Whose keys; all that there are if not said.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the public halves of the keys, and the vkey line of each run's log, which an auditor pins.

    Exit code: 0 shown, 3 there are no keys, or they cannot be read.
    """
    from dashboard.commands.keys import show as print_keys

    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
    raise typer.Exit(print_keys(settings, environment, as_json=as_json))


@app.command("rotate", epilog="Example: golive keys rotate --environment live")
def rotate(environment: Named = None, plan: PlanFile = None, data_dir: DataDir = None) -> None:
    """Replace the recorder's key; the old one signs a record of it in every log that is open.

    Exit code: 0 done, 3 not done. The log's key stays, so that nobody has to pin anything anew. It may be
    done while golive runs. If it was interrupted, do it again: it goes on with the key that it had made.
    """
    from dashboard.commands.keys import environment_of, rotate_recorder

    with explained():
        settings, wanted = environment_of(os.environ, data_dir=data_dir, plan=plan, named=environment)
    raise typer.Exit(rotate_recorder(settings, wanted))
