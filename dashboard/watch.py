"""Publishes what every viewer is shown: one frozen view per change, read from the store once for all of them.

The store is asked a few times a second by this one task, however many look, and at once when somebody has
acted in this process. A view is published at once when a verdict, a reason, the log or the life of the board
changes, and otherwise every two seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collectors.observation import Environment
from dashboard.deliveries import Deliveries
from dashboard.figures import Figures, figures, no_figures
from dashboard.frozen import frozen_plan
from dashboard.heartbeats import Heartbeats
from dashboard.launch import wording
from dashboard.launch.board import Board, Flip
from dashboard.launch.event import Event, What
from dashboard.launch.inputs import Input, Inputs
from dashboard.launch.noticing import clock_notices
from dashboard.launch.plan import Plan
from dashboard.launch.plan_file import LoadedPlan
from dashboard.launch.proof import Completeness
from dashboard.launch.run import ENDED, RunState, fold
from dashboard.launch.showing import (
    HEARTBEAT_LIMIT_S,
    TILE_ATTEMPTS,
    lost_because,
    show,
    show_hour,
    tile,
)
from dashboard.launch.view import ServiceTile, View
from dashboard.recent import Recent, ready, recent_of
from dashboard.sealing.completeness import Complete
from dashboard.steady import SteadyClock
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.store.values import Head, Run

LOG = logging.getLogger(__name__)
TICK_S = 0.25
STEADY_S = 2.0
FLIPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    board: Board | None = None
    heartbeat_at: datetime | None = None
    flips: tuple[Flip, ...] = ()
    launch_flips: tuple[Flip, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(slots=True, kw_only=True)
class Watch:
    """Reads the store every `tick_s`, publishes views, wakes whoever waits. A look of over `silence_s` loses
    the board.

    `host` is the clock that follows the collectors' time base and knows whether the host's was moved; `pace`
    that of a T-clock that is not started yet.
    """

    store: Store
    loaded: LoadedPlan
    environment: Environment
    clock: Callable[[], datetime]
    host: SteadyClock | None = None
    pace: int = 1
    tick_s: float = TICK_S
    silence_s: float = HEARTBEAT_LIMIT_S
    complete: Complete | None = None
    _plan: LoadedPlan = field(init=False)
    _view: View = field(init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _shown: tuple[object, ...] = ()
    _run_id: int | None = None
    _deliveries: Deliveries = field(init=False)
    _recent: Recent | None = None
    _heartbeats: Heartbeats = field(default_factory=Heartbeats)

    def __post_init__(self) -> None:
        self._plan = self.loaded
        self._deliveries = Deliveries(store=self.store)
        self._view = self._draw(_Seen(), trouble=None, tiles=(), known=no_figures(self._plan.plan))

    def view(self) -> View:
        """The published view; a plain reference, so that looking costs nothing."""
        return self._view

    def version(self) -> int:
        """The version of the published view."""
        return self._view.version

    def now(self) -> datetime:
        """The moment, by the clock that everything shown is told by."""
        return self.clock()

    async def wait(self, after: int) -> int:
        """Return the version as soon as one greater than `after` is published."""
        while self._view.version <= after:
            await self._changed.wait()
        return self._view.version

    def wake(self) -> None:
        """Look at once, because something was recorded here. Pages call it, from threads of their own."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Look at the store until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._keep_looking()
        finally:
            self._loop = None

    async def _keep_looking(self) -> None:
        """A look that hangs is no sign of life, and is shown as that."""
        looking: asyncio.Task[View | None] | None = None
        while True:
            looking = looking or asyncio.create_task(asyncio.to_thread(self._look_or_lose))
            await asyncio.wait({looking}, timeout=self.silence_s)
            if not looking.done():
                self._lose(wording.store_silent(self.silence_s))
            elif (error := looking.exception()) is not None:  # no thread could be had, say
                LOG.error("the watch could not look: %s", type(error).__name__)
                self._lose(wording.watch_failed(type(error).__name__))
                looking = None
            else:
                self._publish(looking.result())
                looking = None
            await self._pause()

    async def _pause(self) -> None:
        """Who acts while a look is under way may have come too late for it: then this pause is none."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self.tick_s)
        self._woken.clear()

    def _lose(self, trouble: str) -> None:
        if self._view.lost is None:
            self._publish(self._lost(trouble))

    def _publish(self, drawn: View | None) -> None:
        if drawn is None:
            return
        self._view = replace(drawn, version=self._view.version + 1)
        # An event of its own for each version: nobody who waits for the next one is woken by this one.
        published, self._changed = self._changed, asyncio.Event()
        published.set()

    def _look_or_lose(self) -> View | None:
        """A watch that died would leave its last green standing: whatever goes wrong is shown as lost."""
        try:
            return self.look()
        except Exception as error:
            LOG.exception("the watch over the store failed")
            trouble = wording.watch_failed(type(error).__name__)
            return None if self._view.lost == trouble else self._lost(trouble)

    def _lost(self, trouble: str) -> View:
        self._shown = ()
        return self._draw(self._seen(), trouble=trouble, tiles=self._view.tiles, known=self._known())

    def _seen(self) -> _Seen:
        hour = self._view.hour
        return _Seen(
            board=self._view.board,
            heartbeat_at=self._view.heartbeat_at,
            flips=self._view.flips,
            launch_flips=() if hour is None else hour.flips,
            events=() if hour is None else tuple(reversed(hour.events)),
        )

    def look(self) -> View | None:
        """The next view if there is something new to show."""
        seen, trouble, mend = self._seen(), None, wording.STORE_BACK
        try:
            seen = self._read(seen)
            self._heartbeats.hear(seen.heartbeat_at, self.clock())
        except StoreError as error:
            trouble = self._of_store(error)
        found = self._heartbeats.trouble(self.clock())
        if trouble is None and found is not None and seen.board is not None:  # what never lived is not lost
            trouble, mend = found.why, found.mend
        if not self._is_due(seen, trouble):
            return None
        tiles, known = self._beside(seen)
        return self._draw(seen, trouble=trouble, tiles=tiles, known=known, mend=mend)

    def _read(self, last: _Seen) -> _Seen:
        run = self.run_of_plan()
        head = None if run is None else self.store.head(run.id)
        if run is None or head is None:
            return last
        if last.board is not None and last.board.run != run.id:
            last = replace(last, board=None, flips=())  # nothing of an old attempt is shown as the new one's
        if self.host is not None:
            before = self.host.anchor
            self.host.follow(head.time_base)
            if self.host.anchor != before:
                # What was heard is dated by the clock that was; what is there now was not heard by this one.
                self._heartbeats = Heartbeats()
        seen = replace(last, heartbeat_at=last_sign_of_life(head), events=self._events(run, head, last))
        self._deliveries.look(run, head, self.clock())
        stored = self.store.board(run.id) if _is_newer(head, run, last.board) else None
        if stored is not None:
            seen = replace(seen, board=stored.board, flips=tuple(self.store.flips(run.id, FLIPS)))
        return replace(seen, launch_flips=self._launch_flips(run, seen, last))

    def _launch_flips(self, run: Run, seen: _Seen, last: _Seen) -> tuple[Flip, ...]:
        """The flips since T-0, oldest first; only what is new of them is read."""
        t_0, board = _t_0(seen.events), seen.board
        if t_0 is None or board is None or self._plan.plan.hour is None:
            return ()
        known: tuple[Flip, ...] = ()
        after = 0
        if _t_0(last.events) == t_0 and last.board is not None and last.board.run == run.id:
            known, after = last.launch_flips, last.board.evaluation
        if after == board.evaluation:
            return known
        found = self.store.flips_between(run.id, after, board.evaluation)
        return (*known, *(flip for flips in found.values() for flip in flips if flip.at >= t_0))

    def _events(self, run: Run, head: Head, last: _Seen) -> tuple[Event, ...]:
        """The log of the run; only what is new of it is read. Another run's log is another log."""
        known = last.events if run.id == self._run_id else ()
        self._run_id = run.id
        if len(known) == head.event_seq:
            return known
        return (*known, *self.store.events(run.id, after=len(known)))

    def run_of_plan(self) -> Run | None:
        """The newest run, if it is one of this plan, or a launch under way, which goes on by its own plan.

        The run of another plan is none of ours otherwise.
        """
        run = self.store.newest_run()
        if run is None or (run.plan_sha256 != self.loaded.sha256 and not run.under_way):
            return None
        if run.plan_sha256 != self._plan.sha256:
            self._plan, self._recent = self._plan_of(run), None  # another plan may look back on more
        return run

    def plan(self) -> Plan:
        """The plan that is shown: of the run, or our own before there is one."""
        return self._plan.plan

    def _plan_of(self, run: Run) -> LoadedPlan:
        if run.plan_sha256 == self.loaded.sha256:
            return self.loaded
        return frozen_plan(self.store, run)

    def _is_due(self, seen: _Seen, trouble: str | None) -> bool:
        now, board = self.clock(), seen.board
        lost = lost_because(seen.heartbeat_at, trouble, now)
        gates = () if board is None else tuple((gate.verdict, gate.reason) for gate in board.gates)
        outcome = (
            lost,
            board and (board.verdict, board.sentence),
            gates,
            len(seen.events),
            self._moved_by(),
            self._deliveries.undelivered(now),
            self._waived(now),
        )
        if outcome != self._shown:
            self._shown = outcome
            return True
        return lost is None and abs((now - self._view.drawn_at).total_seconds()) >= STEADY_S

    def _waived(self, now: datetime) -> frozenset[int]:
        """The waivers that hold now: when one ends, the truth returns at once."""
        hour = self._view.hour
        waivers = {} if hour is None else hour.state.waivers
        return frozenset(number for number, waiver in waivers.items() if waiver.holds(now))

    def _moved_by(self) -> timedelta:
        return timedelta() if self.host is None else self.host.moved_by()

    def _draw(
        self,
        seen: _Seen,
        *,
        trouble: str | None,
        tiles: tuple[ServiceTile, ...],
        known: Figures,
        mend: str = wording.STORE_BACK,
    ) -> View:
        now = self.clock()
        hour = show_hour(
            self._plan.plan, seen.events, now, seen.board, pace=self.pace, flips=seen.launch_flips
        )
        return show(
            version=0,  # counted when it is published
            plan=self._plan.plan,
            environment=self.environment,
            board=seen.board,
            heartbeat_at=seen.heartbeat_at,
            trouble=trouble,
            mend=mend,
            tiles=tiles,
            flips=seen.flips,
            now=now,
            hour=hour,
            notices=tuple(clock_notices(hour, moved_by=self._moved_by(), pace=self.pace)),
            kpis=known.kpis,
            proven=known.proven,
            money=known.money,
            undelivered=self._deliveries.undelivered(now),
            sealed=self.complete is not None and self._plan.plan.evidence is not None,
        )

    def _beside(self, seen: _Seen) -> tuple[tuple[ServiceTile, ...], Figures]:
        """What is drawn beside this board. What cannot be read is drawn as it was, and without a figure."""
        plan, board, now = self._plan.plan, seen.board, self.clock()
        try:
            recent = None if board is None else self._followed(board.run)
            if recent is not None:
                recent.read(now)
            inputs = Inputs() if recent is None else recent.inputs()
            tiles = tuple(tile(plan, service, _newest(recent, service), now) for service in plan.services)
            state = fold(seen.events)
            known = figures(
                self.store,
                plan,
                board,
                inputs,
                now=now,
                evidence=self._proof(seen, state, now),
                has_ended=state.stage in ENDED,
            )
        except StoreError as error:
            why = self._of_store(error)
            withheld = replace(self._known(), kpis=tuple(kpi.withheld(why) for kpi in self._view.kpis))
            return self._view.tiles, withheld
        return tiles, known

    def _of_store(self, error: StoreError) -> str:
        """What viewers are told of it; its own words name hosts and users, and are for the log."""
        LOG.warning("the store cannot be read: %s", error)
        return wording.store_trouble(error.told)

    def _proof(self, seen: _Seen, state: RunState, now: datetime) -> Completeness | None:
        if seen.board is None or self.complete is None:
            return None
        return self.complete.of(seen.board.run, self._plan.plan, state.clocks, now)

    def _followed(self, run_id: int) -> Recent:
        if self._recent is None or self._recent.run_id != run_id:
            self._recent = recent_of(self.store, run_id, self._plan.plan)
        return self._recent

    def _known(self) -> Figures:
        view = self._view
        return Figures(kpis=view.kpis, proven=view.proven, money=view.money)


def last_sign_of_life(head: Head) -> datetime | None:
    """When somebody last judged; before the first judgement, when the collectors last held their lease.

    A collector that asks but no longer judges is dead to the board, so judging is the heartbeat.
    """
    return head.evaluated_at or head.heartbeat_at


def _newest(recent: Recent | None, service: str) -> list[Input]:
    return [] if recent is None else recent.newest(ready(service), TILE_ATTEMPTS)


def _t_0(events: tuple[Event, ...]) -> datetime | None:
    return next((event.event_at for event in events if event.what is What.STARTED), None)


def _is_newer(head: Head, run: Run, board: Board | None) -> bool:
    if head.evaluation is None:
        return False
    return board is None or (run.id, head.evaluation) != (board.run, board.evaluation)
