"""The `golive` command: reads options and hands them on; what a command does is in `dashboard.commands`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from collectors.observation import Environment
from dashboard import cli_backup, cli_evidence, cli_keys
from dashboard.commands.serve import Part
from dashboard.commands.terminal import explained
from dashboard.launch.scene import Act
from dashboard.settings import DEFAULT_PLAN, FASTEST, read_settings
from dashboard.version import VERSION

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
plan_app = typer.Typer(no_args_is_help=True, help="Launch plans.")
app.add_typer(plan_app, name="plan")
app.add_typer(cli_keys.app, name="keys")
app.add_typer(cli_evidence.app, name="evidence")
app.command("backup", epilog=cli_backup.BACKUP)(cli_backup.backup)
app.command("restore", epilog=cli_backup.RESTORE)(cli_backup.restore)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where golive remembers (GOLIVE_DATA_DIR).")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on (GOLIVE_HOST).")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on (GOLIVE_PORT).")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
Faults = Annotated[list[str] | None, typer.Option("--fault", help="Put this fault in (repeatable).")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of a fresh rehearsal world.")]
SignIn = Annotated[
    bool, typer.Option("--sign-in", help="People sign in, with the rehearsal's scholar_auth as provider.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"golive {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
]


@app.callback(invoke_without_command=True, epilog="Example: golive --fault webhook_500 --port 8600")
def golive(
    context: typer.Context,
    port: Port = None,
    data_dir: DataDir = None,
    host: Host = None,
    no_browser: NoBrowser = False,
    fault: Faults = None,
    seed: Seed = 0,
    sign_in: SignIn = False,
    _version: Version = False,
) -> None:
    """Start the rehearsal: five services and a Stripe in small, the collectors and the board.

    golive is the control room for a go-live: one board says GO, NO-GO or HOLD, and why.
    """
    if context.invoked_subcommand is None:
        rehearse(
            port=port,
            data_dir=data_dir,
            host=host,
            no_browser=no_browser,
            fault=fault,
            seed=seed,
            sign_in=sign_in,
        )


@app.command(epilog="Example: golive rehearse --speed 6 --data-dir .golive-hour")
def rehearse(
    port: Port = None,
    data_dir: DataDir = None,
    host: Host = None,
    no_browser: NoBrowser = False,
    fault: Faults = None,
    seed: Seed = 0,
    speed: Annotated[
        int, typer.Option("--speed", min=1, max=FASTEST, help="Seconds of the T-clock in one second.")
    ] = 1,
    sign_in: SignIn = False,
) -> None:
    """Rehearse the hour, quicker if wanted: the T-clock and the world's own delays are sped up together.

    With --speed 6 the hour passes in ten minutes, with --speed 60 in one. How often golive asks, and how
    fresh an answer must be, stays in real seconds. A run keeps the speed at which its clock was started;
    another --data-dir begins another hour.
    """
    from dashboard.commands.serve import rehearse as start
    from dashboard.wiring.plans import settings_from

    with explained():
        settings, _ = settings_from(os.environ, data_dir=data_dir, plan=DEFAULT_PLAN, host=host, port=port)
    start(settings, seed=seed, faults=fault or [], browser=not no_browser, speed=speed, sign_in=sign_in)


@app.command(epilog="Example: golive serve --plan our-launch.toml --port 8600")
def serve(
    plan: Annotated[Path | None, typer.Option("--plan", help="The plan (GOLIVE_PLAN).")] = None,
    port: Port = None,
    data_dir: DataDir = None,
    host: Host = None,
    no_browser: NoBrowser = False,
    only: Annotated[Part | None, typer.Option("--only", help="Run one half alone.")] = None,
    with_stdin: Annotated[bool, typer.Option("--with-stdin", hidden=True)] = False,
) -> None:
    """Run against the services that a plan names; addresses and keys come from the environment."""
    from dashboard.commands import serve as serving
    from dashboard.wiring.plans import settings_from

    with explained():
        settings, _ = settings_from(os.environ, data_dir=data_dir, plan=plan, host=host, port=port)
    if only is Part.COLLECTOR:
        serving.serve_collector(settings, with_stdin=with_stdin)
    elif only is Part.DASHBOARD:
        serving.serve_dashboard(settings, with_stdin=with_stdin)
    else:
        serving.serve_both(settings, browser=not no_browser)


@app.command(epilog="Example: golive status --json || echo 'not GO'")
def status(
    data_dir: DataDir = None,
    environment: Annotated[Environment | None, typer.Option("--environment", help="Which store.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Of the golive there, with the token in GOLIVE_API_TOKEN.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the verdict. Exit code: 0 GO, 1 NO-GO, 2 HOLD, 3 could not be answered."""
    from dashboard.commands.status import status as print_status
    from dashboard.commands.status_remote import remote_status

    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
        if url is not None:
            raise typer.Exit(remote_status(url, settings.api_token, as_json=as_json))
    raise typer.Exit(print_status(settings, environment=environment, as_json=as_json))


@app.command(epilog='Example: golive act skip rotate_secret --as comms_lead --reason "rotated yesterday"')
def act(
    what: Annotated[str, typer.Argument(help=f"One of {', '.join(each.command for each in Act)}.")],
    subject: Annotated[str, typer.Argument(help="A task, a gate, or GO, NO_GO, HOLD, ABSTAIN.")] = "",
    role: Annotated[str, typer.Option("--as", help="The role of the plan that acts.")] = "viewer",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    evaluation: Annotated[
        int | None, typer.Option("--evaluation", help="The board that was read; the newest if not named.")
    ] = None,
    mark: Annotated[int | None, typer.Option("--mark", help="Recycle: back to this minute of T.")] = None,
    minutes_ago: Annotated[int, typer.Option("--minutes-ago", min=0, help="Back-date a task.")] = 0,
    about: Annotated[int | None, typer.Option("--about", help="The event that is answered.")] = None,
    minutes: Annotated[int | None, typer.Option("--minutes", help="Waiver: how long it lasts.")] = None,
    risk: Annotated[str, typer.Option("--risk", help="Waiver: what may go wrong.")] = "",
    control: Annotated[str, typer.Option("--control", help="Waiver: what compensates for it.")] = "",
    data_dir: DataDir = None,
    environment: Annotated[Environment | None, typer.Option("--environment", help="Which store.")] = None,
    as_json: AsJson = False,
) -> None:
    """Act in the run as one role, as its page would. Exit code: 0 recorded, 1 refused, 3 no answer."""
    from dashboard.commands.act import Asked
    from dashboard.commands.act import act as run_act

    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
    asked = Asked(
        act=what,
        role=role,
        subject=subject,
        reason=reason,
        evaluation=evaluation,
        mark_min=mark,
        minutes_ago=minutes_ago,
        about=about,
        minutes=minutes,
        risk=risk,
        control=control,
    )
    raise typer.Exit(run_act(settings, asked, environment=environment, as_json=as_json))


@app.command("sign-out", epilog="Example: golive sign-out 248289761001 --environment live")
def sign_out(
    who: Annotated[str, typer.Argument(help='The provider\'s own id ("sub") of the person.')],
    is_pseudonym: Annotated[
        bool, typer.Option("--pseudonym", help="It is what the log shows beside their role instead.")
    ] = False,
    data_dir: DataDir = None,
    environment: Annotated[Environment | None, typer.Option("--environment", help="Which store.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign somebody out, at every dashboard and within a second or two. Exit code: 0 done, 3 not done.

    Whoever was signed in acts in the roles that they had when they signed in. Take the role away at the
    provider first, then sign them out: they can sign in again, with the roles that they have then.
    """
    from dashboard.commands.sign_out import sign_out as end

    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
    raise typer.Exit(end(settings, who, is_pseudonym=is_pseudonym, environment=environment, as_json=as_json))


@app.command(epilog="Example: golive replay 3 --json")
def replay(
    run: Annotated[
        int | None, typer.Argument(help="The run's number; the newest when none is named.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="A bundle of evidence, instead of the store.")
    ] = None,
    data_dir: DataDir = None,
    environment: Annotated[Environment | None, typer.Option("--environment", help="Which store.")] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a run again from its stored inputs. Exit code: 0 reproduced, 1 something differs, 3 no answer.

    With --bundle from the inputs and the plans that were sealed, and no store is read: from an hour before
    T-0 to the end of the run, where the store has what came before and after it as well. That verifies
    nothing: golive verify tells whether a bundle is what was sealed.
    """
    from dashboard.commands.replay import replay_run, replay_sealed_bundle

    if bundle is not None:
        if run is not None:
            raise typer.BadParameter("got a run and a bundle, expected one of them", param_hint="--bundle")
        raise typer.Exit(replay_sealed_bundle(bundle, as_json=as_json))
    with explained():
        settings = read_settings(os.environ, data_dir=data_dir, plan_names=None)
    raise typer.Exit(replay_run(settings, environment=environment, run_id=run, as_json=as_json))


@app.command(epilog="Example: golive reconcile --stripe payments.csv --ledger ledger.csv --out unmatched")
def reconcile(
    stripe: Annotated[list[Path], typer.Option("--stripe", help="A file of Stripe (repeatable).")],
    ledger: Annotated[list[Path], typer.Option("--ledger", help="A file of the ledger (repeatable).")],
    engine: Annotated[
        str, typer.Option("--engine", help="What computes: an address that ibis knows.")
    ] = "duckdb://",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the lists of what is not matched here.")
    ] = None,
    grace: Annotated[
        int, typer.Option("--grace", min=0, help="Seconds in which the other side may come.")
    ] = 600,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When the files were exported, ISO 8601; now if not said.")
    ] = None,
    as_of_ledger: Annotated[
        str | None, typer.Option("--as-of-ledger", help="When the ledger's were, if not with Stripe's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reconcile files of Stripe with files of the ledger. Exit code: 0 all settled, 1 not all, 3 no answer.

    CSV and Parquet: Stripe's Payments export, its itemised balance change from activity, a ledger's export,
    or golive's own columns. Rows are joined by payment intent, session and correlation id.

    Own columns of Stripe's side: charge, created (seconds since 1970), captured_cents, due_cents,
    refunded_cents, currency, livemode, status, captured, and where known payment_intent, session and
    correlation_id; of the ledger's: entry, created, cents, credits, currency, and the same three.
    """
    from dashboard.commands.reconcile import Asked, reconcile_files
    from dashboard.steady import Host

    now = Host().wall_ns() // 1_000_000_000
    told = _instant(as_of, "--as-of", now)
    asked = Asked(
        stripe=stripe,
        ledger=ledger,
        engine=engine,
        out=out,
        grace_s=grace,
        as_of_stripe=told,
        as_of_ledger=_instant(as_of_ledger, "--as-of-ledger", told),
    )
    raise typer.Exit(reconcile_files(asked, as_json=as_json))


def _instant(text: str | None, option: str, otherwise: int) -> int:
    from dashboard.reconciliation.cells import instant

    try:
        return otherwise if text is None else instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"got {text}, expected {error}", param_hint=option) from None


@app.command(
    epilog="Example: golive verify evidence.zip --vkey log.vkey --tsa-root root.pem --receipt receipt.txt"
)
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle: a ZIP, or the folder it was unpacked to.")],
    vkey: Annotated[
        str | None, typer.Option("--vkey", help="The log's key that you pin: its line, or a file with it.")
    ] = None,
    tsa_root: Annotated[
        list[Path] | None,
        typer.Option("--tsa-root", help="A root of a time-stamping authority, PEM (repeatable)."),
    ] = None,
    receipt: Annotated[
        list[Path] | None, typer.Option("--receipt", help="A receipt that you kept (repeatable).")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Nothing may be of before this time, ISO 8601.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Nothing may be of after this time, ISO 8601.")
    ] = None,
    is_open: Annotated[bool, typer.Option("--open", help="The log need not be closed yet.")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify a bundle of evidence offline, by what you bring. Exit code: 0 VERIFIED, 1 FAILED, 2 usage,
    3 CONSISTENT-ONLY (you brought no key, no root or no receipt), 4 VERIFIED-WITH-GAPS.

    Nothing that lies in the bundle is trusted. No network is asked.
    """
    from dashboard.commands.verify import Asked, moment, verify_bundle

    asked = Asked(
        bundle=bundle,
        vkey=vkey,
        roots=tsa_root or [],
        receipts=receipt or [],
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        is_open=is_open,
    )
    raise typer.Exit(verify_bundle(asked, as_json=as_json))


@app.command(epilog="Example: golive drill webhook_500 ledger_read_500")
def drill(
    names: Annotated[
        list[str] | None, typer.Argument(help="Faults to drill; all when none is named.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=8, help="Worlds at the same time.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Put each fault into a fresh world and see its gate flip. Exit code 1 if anything went unnoticed."""
    from dashboard.commands.drill import drill as run_drill

    raise typer.Exit(run_drill(names or [], jobs=jobs, as_json=as_json))


@app.command(epilog="Example: golive doctor --plan our-launch.toml")
def doctor(
    data_dir: DataDir = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="The plan (GOLIVE_PLAN).")] = None,
    launch: Annotated[
        bool, typer.Option("--launch", help="Fail for what a launch lacks, too, not for a rehearsal alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print versions, masked settings, the state of store and keys, and what is missing. Exit code: 0
    nothing, 1 something.

    What only golive serve needs is listed apart. It counts with --launch, with a plan of your own, and where
    a live store is.
    """
    from dashboard.commands.doctor import doctor as examine

    raise typer.Exit(examine(data_dir=data_dir, plan=plan, launch=launch, as_json=as_json))


@plan_app.command("check", epilog="Example: golive plan check our-launch.toml")
def plan_check(file: Annotated[Path, typer.Argument(help="The plan file.")], as_json: AsJson = False) -> None:
    """Check a plan; every mistake of its shape, or else of what it says, is named with line, key and mend."""
    from dashboard.commands.plan import check

    raise typer.Exit(check(file, as_json=as_json))


def main() -> None:
    """The entry point of the `golive` command."""
    app()
