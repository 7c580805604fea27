"""Takes the time over from whoever collected before, and records what the host's clock did meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard.launch.event import Event
from dashboard.launch.moving import clock_moved
from dashboard.launch.plan import Plan
from dashboard.launch.run import fold
from dashboard.launch.scene import Scene
from dashboard.launch.timebase import Anchor
from dashboard.steady import SteadyClock
from dashboard.store.store import Store
from dashboard.store.values import Lease, Run, StoredBoard


def take_over_time(
    store: Store,
    clock: SteadyClock,
    before: Anchor | None,
    *,
    plan: Plan,
    run: Run,
    lease: Lease,
    ttl_s: int,
    ahead: timedelta | None = None,
) -> timedelta | None:
    """Make our time base the store's, together with the event that says how far it is from `before`; `ahead`
    is how far our clock was seen to be ahead of that of another host.

    Returns by how much the clock moved, None where it did not. A correction within the tolerance is none:
    then the time base that was before goes on.
    """
    while True:
        if clock.anchor != before and store.time_base(lease.name) == clock.anchor:
            return None  # it was told, and the answer to that was lost
        events, stored = store.events(run.id), store.board(run.id)
        by = clock.moved_since(before, _newest(events, stored), ahead=ahead)
        if by is None:
            clock.follow(before)
        now = clock.now()
        scene = Scene(
            plan=plan,
            plan_sha256=run.plan_sha256,
            attempt=run.attempt,
            state=fold(events),
            board=None if stored is None else stored.board,
            now=now,
        )
        moved = None if by is None else clock_moved(scene, by)
        told = store.tell_time_base(
            lease, clock.anchor, now=now, ttl_s=ttl_s, run_id=run.id, moved=moved, expected=len(events)
        )
        if told:
            return by


def _newest(events: Sequence[Event], stored: StoredBoard | None) -> datetime | None:
    """The latest moment that was recorded by the time base before."""
    judged = () if stored is None else (stored.board.evaluated_at,)
    return max((*judged, *(event.recorded_at for event in events[-1:])), default=None)
