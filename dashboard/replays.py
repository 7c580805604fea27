"""The runs of a store, to look at again: each moment judged anew from what was stored, never from a picture.

Reads only, and only when a person asks; nothing of it is part of the living board.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

import msgspec

from dashboard.frozen import frozen_plan, frozen_policies
from dashboard.launch import replay_wording
from dashboard.launch.board import Board, Flip
from dashboard.launch.event import Event, What
from dashboard.launch.judge import Policy
from dashboard.launch.plan import Plan
from dashboard.launch.plan_file import PlanError
from dashboard.launch.replay import judge_again
from dashboard.launch.replay_view import (
    Marks,
    Moment,
    RecordedFlips,
    RecordedRun,
    Recording,
    Reenacted,
    steps,
)
from dashboard.launch.showing import TILE_ATTEMPTS, show, show_hour, tile
from dashboard.launch.view import ServiceTile
from dashboard.moment import Lone, evaluation_at
from dashboard.store.errors import StoreError, StoreMissingError
from dashboard.store.store import Store
from dashboard.store.values import Run

BEFORE_T_0 = timedelta(minutes=5)
FLIPS = 20
_ENDS = (What.CLOSED, What.SCRUBBED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReplays:
    """Every method raises `StoreError` or `PlanError` with one sentence where it cannot be answered."""

    store: Store

    def runs(self, *, before: int | None = None, limit: int | None = None) -> tuple[RecordedRun, ...]:
        """The runs, the newest first: every one, or so many of those before this number."""
        titles: dict[str, str] = {}  # many runs are of one plan, and to read one takes longer than all else
        return tuple(self._told(run, titles) for run in self.store.runs(before=before, limit=limit))

    def flips(self, run: Run, *, before: int | None, limit: int) -> RecordedFlips:
        """The newest flips of the run before an evaluation: `limit` of them, more only where one evaluation
        alone has more.
        """
        upto = None if before is None else before - 1
        found = self.store.flips(run.id, limit + 1, upto=upto)
        has_older = len(found) > limit
        if has_older:
            torn = found[limit].evaluation
            found = [flip for flip in found if flip.evaluation > torn]
            if not found:
                found = [*reversed(self.store.flips_between(run.id, torn - 1, torn)[torn])]
                has_older = bool(self.store.flips(run.id, 1, upto=torn - 1))
        return RecordedFlips(run=self._told(run, {}), flips=tuple(found), has_older=has_older)

    def recording(self, run_id: int) -> Recording:
        """The moments of a run from five minutes before T-0, or else its first evaluation, to its end."""
        run = self._run(run_id)
        plan, events = frozen_plan(self.store, run).plan, self.store.events(run.id)
        first = self.store.evaluations_after(run.id, 0, limit=1)
        head = self.store.head(run.id)
        started = next((event.event_at for event in events if event.what is What.STARTED), None)
        ended = next((event.recorded_at for event in events if event.what in _ENDS), None)
        start = first[0].evaluated_at if first else run.started_at
        if started is not None:
            start = max(start, started - BEFORE_T_0)
        newest = [each for each in (head and head.evaluated_at, events and events[-1].recorded_at) if each]
        end = max([start, *newest]) if ended is None else max(start, ended)
        marks = Marks.of(events)
        upto = (head and head.evaluation) or 0
        happened = self._happened(run, plan, events, upto)
        plain = dict.fromkeys(steps(start, end, started or start), "")
        found = sorted((at, what) for at, what in (plain | happened).items() if start <= at <= end)
        moments = tuple(Moment(at=at, t_s=marks.t_s(at), what=what) for at, what in found)
        return Recording(run=self._told(run, {}), moments=moments)

    def at(self, run_id: int, at: datetime) -> Reenacted:
        """The run as it stood at a moment, recomputed and compared with what was recorded."""
        run = self._run(run_id)
        policies = frozen_policies(self.store, run)
        events = self.store.events(run.id)
        told = tuple(takewhile(lambda event: event.recorded_at <= at, events))
        lone = evaluation_at(self.store, policies, at)
        policy = policies[0] if lone is None else lone.policy
        board, difference, unprovable = None, None, None
        if lone is not None:
            board, difference = _judged(policy, lone)
            unprovable = None if lone.is_provable else replay_wording.thinned_away(lone.recorded.evaluation)
        tiles, altered = self._tiles(run, policy.plan, lone, at)
        difference = difference or altered
        view = show(
            version=0 if lone is None else lone.recorded.evaluation,
            plan=policy.plan,
            environment=run.environment,
            board=board,
            heartbeat_at=None if lone is None else lone.recorded.evaluated_at,
            trouble=difference or unprovable,
            tiles=tiles,
            flips=()
            if lone is None
            else tuple(self.store.flips(run.id, FLIPS, upto=lone.recorded.evaluation)),
            now=at,
            hour=show_hour(policy.plan, told, at, board, flips=self._flips(run, told, lone)),
        )
        return Reenacted(
            run=self._told(run, {}),
            moment=Moment(at=at, t_s=Marks.of(told).t_s(at)),
            view=replace(view, change="") if difference or unprovable else view,
            evaluation=None if lone is None else lone.recorded.evaluation,
            inputs=0 if lone is None else lone.inputs,
            difference=difference,
            unprovable=unprovable,
        )

    def _run(self, run_id: int) -> Run:
        run = self.store.run(run_id)
        if run is None:
            raise StoreMissingError(
                f"got no run {run_id} in {self.store.called}, expected one; pick another run"
            )
        return run

    def _told(self, run: Run, titles: dict[str, str]) -> RecordedRun:
        """The run, its title out of those that were read already where it is there."""
        if run.plan_sha256 not in titles:
            titles[run.plan_sha256] = self._title(run)
        return RecordedRun(
            id=run.id,
            title=titles[run.plan_sha256],
            attempt=run.attempt,
            environment=run.environment,
            started_at=run.started_at,
        )

    def _title(self, run: Run) -> str:
        try:
            return frozen_plan(self.store, run).plan.title
        except (PlanError, StoreError):
            return run.plan_id  # the run is named all the same; asking for it says what is wrong

    def _happened(self, run: Run, plan: Plan, events: Sequence[Event], upto: int) -> dict[datetime, str]:
        """What happened at which moment: every flip, and everything that somebody did."""
        titles = {gate.id: gate.title for gate in plan.gates}
        told: dict[datetime, list[str]] = {}
        for flips in self.store.flips_between(run.id, 0, upto).values():
            one = flips[0]
            said = replay_wording.fell_or_rose(
                titles.get(one.gate, one.gate), one.before, one.after, others=len(flips) - 1
            )
            told.setdefault(one.at, []).append(said)
        for event in events:
            told.setdefault(event.recorded_at, []).append(
                replay_wording.done(event.what.value, event.subject, event.actor)
            )
        return {at: "; ".join(said) for at, said in told.items()}

    def _flips(self, run: Run, told: Sequence[Event], lone: Lone | None) -> tuple[Flip, ...]:
        """The flips from T-0 to that moment, oldest first."""
        started = next((event.event_at for event in told if event.what is What.STARTED), None)
        if started is None or lone is None:
            return ()
        found = self.store.flips_between(run.id, 0, lone.recorded.evaluation)
        return tuple(flip for flips in found.values() for flip in flips if flip.at >= started)

    def _tiles(
        self, run: Run, plan: Plan, lone: Lone | None, at: datetime
    ) -> tuple[tuple[ServiceTile, ...], str | None]:
        """The services at that moment, and which of the answers drawn was altered, if one was."""
        if lone is None:
            return (), None
        read = {
            service: self.store.verified_upto(
                run.id, f"{service}.ready", since=run.started_at, upto=lone.newest, limit=TILE_ATTEMPTS
            )
            for service in plan.services
        }
        altered = next((found.input.id for part in read.values() for found in part if found.altered), None)
        tiles = tuple(
            tile(plan, service, [found.input for found in reversed(part)], at)
            for service, part in read.items()
        )
        return tiles, None if altered is None else replay_wording.altered_sample(altered)


def _judged(policy: Policy, lone: Lone) -> tuple[Board | None, str | None]:
    """The recomputed board, and in what the record differs from it. Where it differs, or where there is
    nothing to recompute it from, the recorded board, which is then shown as proving nothing.
    """
    recorded = lone.recorded
    again, difference = None, recorded.damage
    if difference is None and recorded.inputs is not None and lone.before is not None:
        again, difference = judge_again(policy, recorded, recorded.inputs, lone.before)
    if again is not None and difference is None:
        return again.board, None
    try:
        return Board.decode(recorded.content), difference
    except msgspec.MsgspecError:
        return None if again is None else again.board, difference or replay_wording.unreadable("the board")
