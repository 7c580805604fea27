"""`golive evidence …`: reads options and hands them on; what a command does is in `dashboard.commands`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from collectors.observation import Environment
from dashboard.commands.terminal import explained
from dashboard.settings import Settings, read_settings

app = typer.Typer(no_args_is_help=True, help="The evidence of a run.")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where golive remembers (GOLIVE_DATA_DIR).")]
Named = Annotated[Environment | None, typer.Option("--environment", help="Which store.")]
Item = Annotated[str, typer.Argument(help="The item of the plan that it proves; `golive evidence list`.")]
Role = Annotated[str, typer.Option("--as", help="The role of the plan that acts.")]


@app.command("list", epilog="Example: golive evidence list --json")
def list_items(
    run: Annotated[
        int | None, typer.Argument(help="The run's number; the newest when none is named.")
    ] = None,
    environment: Named = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print how each item of a run's evidence stands. Exit code: 0 all required are proven, 1 not all, 3 no
    answer.
    """
    from dashboard.commands.evidence import list_items as print_items

    raise typer.Exit(print_items(_settings(data_dir), run_id=run, environment=environment, as_json=as_json))


@app.command("add", epilog="Example: golive evidence add credits_page page.png --as coordinator --attest")
def add(
    item: Item,
    file: Annotated[Path, typer.Argument(help="A picture: PNG, JPEG or WebP.")],
    *,
    role: Role,
    attest: Annotated[
        bool,
        typer.Option(
            "--attest",
            help="You stand for all four: the date and time can be seen, it can be seen which system it is, "
            "it is the whole screen, and no personal data can be seen.",
        ),
    ] = False,
    environment: Named = None,
    data_dir: DataDir = None,
) -> None:
    """Hand a picture in for an item; its pixels alone are kept.

    It counts once another role has looked at it (golive evidence review). Exit code: 0 recorded, 1 refused,
    3 no answer.
    """
    from dashboard.commands.evidence import add as hand_in

    raise typer.Exit(
        hand_in(_settings(data_dir), item, file, role=role, attest=attest, environment=environment)
    )


@app.command("review", epilog="Example: golive evidence review 41 --as finance --accept")
def review(
    record: Annotated[int, typer.Argument(min=0, help="The number of the picture's record.")],
    *,
    role: Role,
    accept: Annotated[
        bool | None, typer.Option("--accept/--refuse", help="It shows what it has to, or it does not.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed to refuse.")] = "",
    environment: Named = None,
    data_dir: DataDir = None,
) -> None:
    """Say of a picture whether it shows what it must, as somebody else than who handed it in. Exit code: 0
    recorded, 1 refused, 3 no answer.
    """
    from dashboard.commands.evidence import review as look

    if accept is None:
        raise typer.BadParameter("got neither, expected one", param_hint="--accept or --refuse")
    raise typer.Exit(
        look(
            _settings(data_dir),
            record,
            role=role,
            accepted=accept,
            reason=reason,
            environment=environment,
        )
    )


@app.command("command", epilog="Example: golive evidence command health --as api_lead -- kubectl get pods")
def command(
    item: Item,
    argv: Annotated[list[str], typer.Argument(help="The command and its words, after `--`.")],
    *,
    role: Role,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that it may take.")] = 60.0,
    environment: Named = None,
    data_dir: DataDir = None,
) -> None:
    """Run a command on this machine for an item, and keep what it printed. Exit code: 0 recorded, 1 refused
    or it ended badly, 3 it could not be run.

    No shell reads it. Its words and its output go through the gate: where that finds a secret or something
    personal nothing is kept. Of each stream 256 kB are kept. One that ends with another code than 0 is
    recorded and proves nothing.
    """
    from dashboard.commands.evidence import command as run

    raise typer.Exit(
        run(
            _settings(data_dir),
            item,
            argv,
            os.environ,
            role=role,
            timeout_s=timeout,
            environment=environment,
        )
    )


@app.command("export", epilog="Example: golive evidence export -o evidence.zip --wait 15")
def export(
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write: a ZIP.")],
    run: Annotated[
        int | None, typer.Argument(help="The run's number; the newest when none is named.")
    ] = None,
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to wait for time stamps of the newest head.")
    ] = 15.0,
    environment: Named = None,
    data_dir: DataDir = None,
) -> None:
    """Write the bundle of a run: all records, what they vouch for, heads and time stamps, as one ZIP.

    Exit code: 0 written, 1 refused, 3 no answer. It prints the line that verifies it.
    """
    from dashboard.commands.evidence_take import export_bundle

    raise typer.Exit(
        export_bundle(_settings(data_dir), out, run_id=run, wait_s=wait, environment=environment)
    )


@app.command("receipt", epilog="Example: golive evidence receipt --html > receipt.html")
def receipt(
    decision: Annotated[
        str | None,
        typer.Argument(
            help="The key of its record, as decision/12; the newest close or GO when none is named."
        ),
    ] = None,
    run: Annotated[
        int | None, typer.Option("--run", help="The run's number; the newest when none is named.")
    ] = None,
    as_html: Annotated[bool, typer.Option("--html", help="A page to print, with a code.")] = False,
    environment: Named = None,
    data_dir: DataDir = None,
) -> None:
    """Print the receipt of a decision: give it to somebody who does not hold the keys. Exit code: 0 printed,
    1 there is none, 3 no answer.
    """
    from dashboard.commands.evidence_take import receipt as print_receipt

    raise typer.Exit(
        print_receipt(_settings(data_dir), decision, run_id=run, as_html=as_html, environment=environment)
    )


@app.command("erase", epilog="Example: golive evidence erase HASH --reason subject-request --as coordinator")
def erase(
    sha256: Annotated[str, typer.Argument(help="The SHA-256 of what a record vouches for.")],
    *,
    role: Role,
    reason: Annotated[str, typer.Option("--reason", help="A short code, such as subject-request.")],
    environment: Named = None,
    data_dir: DataDir = None,
) -> None:
    """Delete for good what a record vouches for, where the law wants it; the log says so, and what rested on
    it is not met any more. Exit code: 0 deleted, 1 refused, 3 no answer.

    Only while the log is open: after the close no record could say so, and the bundle would count as damaged.
    The record stays, and nothing personal is in it.
    """
    from dashboard.commands.evidence import erase as delete

    raise typer.Exit(delete(_settings(data_dir), sha256, role=role, reason=reason, environment=environment))


def _settings(data_dir: Path | None) -> Settings:
    with explained():
        return read_settings(os.environ, data_dir=data_dir, plan_names=None)
