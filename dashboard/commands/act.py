"""`golive act`: what a page's buttons do, from a shell: one act of one role, recorded or refused."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from collectors.observation import Environment
from dashboard.access import AccessDeniedError, asserted
from dashboard.commands.status import look
from dashboard.commands.terminal import ERR, OUT, Exit, explained
from dashboard.conduct import Conductor
from dashboard.launch import wording
from dashboard.launch.clock import t_text
from dashboard.launch.event import Event
from dashboard.launch.naming import named, unknown
from dashboard.launch.plan import Plan
from dashboard.launch.plan_file import load_plan
from dashboard.launch.scene import Act, RefusedActError, Wish
from dashboard.launch.view import View
from dashboard.sealing.completeness import missing_for_go
from dashboard.settings import Settings
from dashboard.steady import Host, SteadyClock
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Run
from dashboard.wiring.plans import pace_of
from dashboard.wiring.stores import open_existing_store
from evidence.redaction import find_secret

ACTS = {each.command: each for each in Act}
"""The acts by the names they have in a shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed. `evaluation` is the board that was read, the newest where it is None."""

    act: str
    role: str
    subject: str = ""
    reason: str = ""
    evaluation: int | None = None
    mark_min: int | None = None
    minutes_ago: int = 0
    about: int | None = None
    minutes: int | None = None
    risk: str = ""
    control: str = ""


def act(settings: Settings, asked: Asked, *, environment: Environment | None, as_json: bool) -> Exit:
    """Act once. 0: recorded; 1: refused, and nothing has changed; 3: it could not be asked."""
    with explained(), open_existing_store(settings, environment) as store:
        clock = SteadyClock(Host())
        clock.follow(store.time_base(COLLECTORS))
        run, view = store.newest_run(), look(store, clock)
        if run is None or view is None:
            ERR.print("nothing has been collected yet; start golive and act then", markup=False)
            return Exit.UNANSWERED
        plan = load_plan(store.plan_text(run), scan=find_secret).plan
        try:
            event, t_s = _act(_conductor(store, run, plan, clock), view, asked)
        except (AccessDeniedError, RefusedActError) as refused:
            ERR.print(str(refused), markup=False)
            return Exit.NO_GO
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
    else:
        about = named(plan, event)
        OUT.print(wording.recorded(event.what.value, about, t_text(t_s)), markup=False)
    return Exit.GO


def _conductor(store: Store, run: Run, plan: Plan, clock: SteadyClock) -> Conductor:
    # Whoever collects knows how fast this golive is; a shell beside it was not told.
    pace = store.pace(COLLECTORS) or pace_of(os.environ, store.environment)
    return Conductor(
        plan=plan,
        store=store,
        run=run,
        clock=clock.now,
        pace=pace,
        missing_for_go=missing_for_go(store, run),
    )


def _act(conductor: Conductor, view: View, asked: Asked) -> tuple[Event, float | None]:
    plan, now, board = conductor.plan, conductor.clock(), None if view.lost else view.board
    if asked.act not in ACTS:
        raise RefusedActError(unknown("act", asked.act, ACTS, shown=len(ACTS)))
    if asked.role not in plan.roles:
        raise RefusedActError(unknown("role", asked.role, plan.roles))
    person = asserted(asked.role, plan.roles[asked.role])
    evaluation = asked.evaluation or (None if board is None else board.evaluation)
    read = None if evaluation is None else conductor.store.board(conductor.run.id, evaluation)
    wish = Wish(
        act=ACTS[asked.act],
        subject=asked.subject,
        reason=asked.reason,
        board_hash=None if read is None else read.board.hash,
        mark_s=None if asked.mark_min is None else asked.mark_min * 60,
        event_at=now - timedelta(minutes=asked.minutes_ago) if asked.minutes_ago else None,
        about=asked.about,
        until=None if asked.minutes is None else now + timedelta(minutes=asked.minutes),
        risk=asked.risk,
        control=asked.control,
    )
    return conductor.act(person, wish, board=board, evaluation=evaluation), conductor.t_s()
