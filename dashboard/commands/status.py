"""`golive status`: the verdict and the sentence of the running golive, from what it has stored."""

from __future__ import annotations

import sys

from collectors.observation import Environment
from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.deliveries import Deliveries
from dashboard.document import board_document
from dashboard.figures import figures
from dashboard.launch.board import BoardVerdict
from dashboard.launch.noticing import clock_notices
from dashboard.launch.plan_file import load_plan
from dashboard.launch.run import ENDED
from dashboard.launch.showing import show, show_hour
from dashboard.launch.view import View
from dashboard.launch.wording import VERDICT_WORD
from dashboard.recent import recent_of
from dashboard.settings import Settings
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS
from dashboard.watch import last_sign_of_life
from dashboard.wiring.stores import open_existing_store
from evidence.redaction import find_secret

CODES = {BoardVerdict.GO: Exit.GO, BoardVerdict.NO_GO: Exit.NO_GO, BoardVerdict.HOLD: Exit.HOLD}
STYLES = {BoardVerdict.GO: "bold green", BoardVerdict.NO_GO: "bold red", BoardVerdict.HOLD: "bold yellow"}


def status(settings: Settings, *, environment: Environment | None, as_json: bool) -> Exit:
    """Print the board; the exit code is its verdict."""
    with explained(), open_existing_store(settings, environment) as store:
        clock = SteadyClock(Host())
        clock.follow(store.time_base(COLLECTORS))
        view = look(store, clock)
    if view is None:
        ERR.print("nothing has been collected yet; start golive and ask again")
        return Exit.UNANSWERED
    if as_json:
        sys.stdout.buffer.write(board_document(view) + b"\n")
    else:
        _print(view)
    return CODES[view.verdict]


def look(store: Store, clock: SteadyClock) -> View | None:
    """What a viewer would be shown now, or None before the first run."""
    run = store.newest_run()
    head = None if run is None else store.head(run.id)
    if run is None or head is None:
        return None
    stored, now = store.board(run.id), clock.now()
    board = None if stored is None else stored.board
    deliveries = Deliveries(store=store)
    deliveries.look(run, head, now)
    plan = load_plan(store.plan_text(run), scan=find_secret).plan
    hour = show_hour(plan, store.events(run.id), now, board)
    recent = recent_of(store, run.id, plan)
    recent.read(now)
    has_ended = hour is not None and hour.stage in ENDED
    known = figures(store, plan, board, recent.inputs(), now=now, has_ended=has_ended)
    moved_by = clock.moved_by()
    return show(
        version=0,
        plan=plan,
        environment=store.environment,
        board=board,
        heartbeat_at=last_sign_of_life(head),
        trouble=None,
        tiles=(),
        flips=(),
        now=now,
        hour=hour,
        notices=tuple(clock_notices(hour, moved_by=moved_by, pace=1 if hour is None else hour.pace)),
        kpis=known.kpis,
        proven=known.proven,
        undelivered=deliveries.undelivered(now),
    )


def _print(view: View) -> None:
    OUT.print(f"{view.environment.value.upper()}  {view.plan_title}", markup=False)
    OUT.print(VERDICT_WORD[view.verdict], style=STYLES[view.verdict], markup=False)
    OUT.print(view.sentence, markup=False)
    OUT.print(f"Would change it: {view.change}", markup=False)
    OUT.print(view.clock if view.clock.startswith("T-clock") else f"T-clock: {view.clock}", markup=False)
    for notice in view.notices:
        OUT.print(f"Warning: {notice}.", markup=False)
    decision = None if view.hour is None else view.hour.decision
    if decision is not None:
        said = VERDICT_WORD[BoardVerdict(decision.subject)]
        OUT.print(f"Decided: {said} by {decision.actor} ({decision.identity}).", markup=False)
    for line in view.undelivered:
        OUT.print(f"Notifications: {line}.", markup=False)
    if view.judged_at is not None:
        age = (view.drawn_at - view.judged_at).total_seconds()
        OUT.print(f"Judged at {view.judged_at:%Y-%m-%d %H:%M:%S} UTC, {age:.0f} s ago.", markup=False)
