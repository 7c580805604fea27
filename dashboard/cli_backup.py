"""`golive backup` and `golive restore`: read options and hand them on; what they do is in
`dashboard.commands.backup`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from collectors.observation import Environment
from dashboard.commands.terminal import explained
from dashboard.settings import read_settings

BACKUP = "Example: golive backup /backups/live-2026-11-27.zip --environment live"
RESTORE = "Example: golive restore /backups/live-2026-11-27.zip --receipt receipt.txt"

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where golive remembers (GOLIVE_DATA_DIR).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, a ZIP; none of this name may be there.")],
    environment: Annotated[Environment | None, typer.Option("--environment", help="Which store.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write all that an environment remembers to one file: store, evidence and what was signed last. Exit
    code: 0 written, 1 written, but something that records vouch for is missing, 3 not written.

    It may be done while golive runs: the store is copied as of one moment. No key, no setting and nothing of
    the rehearsal's world is in it: keep copies of the keys and of fingerprint.key apart.
    """
    from dashboard.commands.backup import backup as write

    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
    raise typer.Exit(write(settings, file, environment=environment, as_json=as_json))


def restore(
    file: Annotated[Path, typer.Argument(help="A file that golive backup has written.")],
    receipt: Annotated[
        list[Path] | None,
        typer.Option("--receipt", help="A receipt that was kept; no log may end before it (repeatable)."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a store that has runs already.")
    ] = False,
    environment: Annotated[
        Environment | None, typer.Option("--environment", help="Refuse a backup of the other one.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup back, while no golive runs. Exit code: 0 restored, 1 restored, but something that records
    vouch for is missing, 3 refused or not done.

    All of the file is looked at before anything is written. It is refused where an evidence log would end
    before a receipt that you give, or before what the store that is there, or what was signed last here,
    knows of; nothing overrides that. If it is interrupted the store is as it was, or as the backup: do it
    again with --replace.
    """
    from dashboard.commands.backup import restore as put_back

    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
    raise typer.Exit(
        put_back(
            settings,
            file,
            receipts=receipt or [],
            replace=replace,
            environment=environment,
            as_json=as_json,
        )
    )
