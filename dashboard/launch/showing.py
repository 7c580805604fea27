"""Builds what every viewer is shown, and lets a board die when nobody is feeding it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from dashboard.launch import wording
from dashboard.launch.board import Board, BoardVerdict, Flip, Verdict
from dashboard.launch.clock import t_text
from dashboard.launch.due import due
from dashboard.launch.event import Event
from dashboard.launch.inputs import Input, is_stale
from dashboard.launch.kpi import Kpi
from dashboard.launch.marks import marks
from dashboard.launch.overriding import open_override
from dashboard.launch.plan import Plan
from dashboard.launch.polling import tally, undeclared
from dashboard.launch.proportion import nearest_rank
from dashboard.launch.run import UNDER_WAY, fold
from dashboard.launch.signals import catalogue
from dashboard.launch.standing import standing
from dashboard.launch.timeline import length_s, rows
from dashboard.launch.view import HourView, ServiceTile, View

HEARTBEAT_LIMIT_S = 5
"""The collectors beat every second; silence for longer than this is a monitor that died."""

TILE_ATTEMPTS = 60
"""How many of the newest attempts a tile draws."""


def lost_because(heartbeat_at: datetime | None, trouble: str | None, now: datetime) -> str | None:
    """Why a board must not be believed any more, or None. A board that never lived is not lost."""
    if trouble is not None:
        return trouble
    if heartbeat_at is not None and is_stale(heartbeat_at, now, HEARTBEAT_LIMIT_S):
        return wording.no_heartbeat(heartbeat_at)
    return None


def show(
    *,
    version: int,
    plan: Plan,
    environment: Environment,
    board: Board | None,
    heartbeat_at: datetime | None,
    trouble: str | None,
    tiles: tuple[ServiceTile, ...],
    flips: tuple[Flip, ...],
    now: datetime,
    hour: HourView | None = None,
    notices: tuple[str, ...] = (),
    kpis: tuple[Kpi, ...] = (),
    proven: frozenset[str] | None = None,
    undelivered: tuple[str, ...] = (),
    money: Sample | None = None,
    sealed: bool = False,
    mend: str = wording.STORE_BACK,
) -> View:
    """The view of one version; `mend` is what would end the trouble. Lost or not judged yet, the verdict
    shown is HOLD, whatever the board said, and no KPI has a figure; what people did (a waiver, a latch that
    nobody acknowledged, a rollback) is counted in otherwise.
    """
    lost = lost_because(heartbeat_at, trouble, now)
    if board is None:
        verdict, sentence = BoardVerdict.HOLD, wording.NOTHING_JUDGED
        change = wording.fresh_answer("every source")
    elif lost is not None:
        verdict, sentence = BoardVerdict.HOLD, wording.lost(lost, board.evaluated_at)
        change = wording.COLLECTORS_BACK if trouble is None else mend
    elif hour is not None:
        stands = standing(plan, board, hour.state, now)
        verdict, sentence, change = stands.verdict, stands.sentence, stands.change
    else:
        verdict, sentence, change = board.verdict, board.sentence, board.change
    return View(
        version=version,
        drawn_at=now,
        environment=environment,
        plan_title=plan.title,
        verdict=verdict,
        sentence=sentence,
        change=change,
        clock=_clock(hour, is_lost=lost is not None),
        lost=lost,
        board=board,
        judged_at=None if board is None else board.evaluated_at,
        heartbeat_at=heartbeat_at,
        heartbeat_limit_s=HEARTBEAT_LIMIT_S,
        tiles=tiles,
        flips=flips,
        hour=hour,
        notices=notices,
        kpis=kpis if lost is None else tuple(kpi.withheld(lost) for kpi in kpis),
        proven=proven,
        undelivered=undelivered,
        money=money,
        sealed=sealed,
    )


def _clock(hour: HourView | None, *, is_lost: bool) -> str:
    """While nobody judges, a clock that was started is on HOLD; one that was not, or has ended, is what it
    was.
    """
    if hour is None:
        return wording.CLOCK_NOT_STARTED
    return wording.CLOCK_HOLDS if is_lost and hour.stage in UNDER_WAY else hour.clock


def show_hour(
    plan: Plan,
    events: Sequence[Event],
    now: datetime,
    board: Board | None = None,
    *,
    pace: int = 1,
    flips: Sequence[Flip] = (),
) -> HourView | None:
    """The run of show after these events, and the flips since T-0; None where the plan has no hour. `pace` is
    before T-0, `board` the newest that is believed.
    """
    if plan.hour is None:
        return None
    state = fold(events)
    t_s = state.clock.at(now)
    poll = tally(plan, state, board, now)
    pace = pace if t_s is None else state.clock.pace
    found = rows(plan, state, now)
    return HourView(
        stage=state.stage,
        clock=wording.clock(state.stage.value, t_text(t_s), pace),
        t_s=t_s,
        length_s=length_s(plan.hour),
        phases=plan.hour.phases,
        rows=found,
        flips=tuple(flips),
        marks=marks(plan, state, events, flips, now),
        due=due(found, t_s) if state.stage in UNDER_WAY else (),
        events=tuple(reversed(events)),
        decision=state.decisions[-1] if state.decisions else None,
        latch=state.latch,
        state=state,
        tally=poll,
        undeclared=undeclared(plan, poll),
        override=open_override(state.override, now),
        waivers=tuple(each for each in state.waivers.values() if each.holds(now) or each.is_open(now)),
        clock_moved=state.clock_moved,
        pace=pace,
    )


def tile(plan: Plan, service_id: str, newest_first: Sequence[Input], now: datetime) -> ServiceTile:
    """One service from the newest attempts of its ready probe."""
    service = plan.services[service_id]
    newest = newest_first[0].sample if newest_first else None
    state, word = _state(plan, service_id, newest, now)
    measured = [
        found.sample.elapsed_ms
        for found in reversed(newest_first)
        if isinstance(found.sample, Observation) or found.sample.reason is FailureReason.TIMEOUT
    ]
    answered = next((found.sample for found in newest_first if isinstance(found.sample, Observation)), None)
    return ServiceTile(
        id=service_id,
        title=service.title,
        owner_title=plan.roles[service.owner].title,
        state=state,
        word=word,
        build=None if answered is None else answered.build,
        latency_ms=measured[-1] if measured else None,
        p95_ms=nearest_rank(measured, 95) if measured else None,
        latencies_ms=tuple(measured),
        failed=sum(isinstance(found.sample, CollectorFailure) for found in newest_first),
        n=len(newest_first),
        observed_at=None if newest is None else newest.observed_at,
    )


def _state(
    plan: Plan, service_id: str, newest: Observation | CollectorFailure | None, now: datetime
) -> tuple[Verdict, str]:
    if newest is None:
        return Verdict.UNKNOWN, "not asked yet"
    ttl_s = plan.judging.ttl_intervals * catalogue(plan)[f"{service_id}.ready"].interval_s
    if is_stale(newest.observed_at, now, ttl_s):
        return Verdict.UNKNOWN, f"silent since {wording.at(newest.observed_at)}"
    if isinstance(newest, CollectorFailure):
        return Verdict.UNKNOWN, f"no answer: {newest.reason.value.replace('_', ' ')}"
    if newest.facts.get("ready") is True:
        return Verdict.GO, "ready"
    return Verdict.NO_GO, "not ready"
