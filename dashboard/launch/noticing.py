"""What is amiss with golive's own clock, as sentences for every viewer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dashboard.launch import wording
from dashboard.launch.view import HourView


def clock_notices(hour: HourView | None, *, moved_by: timedelta, pace: int) -> Iterator[str]:
    """`moved_by` is how far the host's clock is from ours by now, `pace` what golive was started with."""
    if moved_by:
        yield wording.host_moved(moved_by)
    if hour is None:
        return
    moved = hour.clock_moved
    if moved is not None:
        yield wording.found_moved(moved.reason, moved.event_at)
    if hour.state.offer is not None:
        yield wording.plan_frozen(hour.state.offer.before, hour.state.offer.after)
    if hour.state.started is not None and hour.pace != pace:
        yield wording.other_pace(pace, hour.pace)
