"""What the collectors go by is told with their lease, and a moved clock is recorded with it or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.launch.event import Draft, What
from dashboard.launch.timebase import Anchor
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS
from tests.dashboard.store.scene import Writing, at, drafted

BASE = Anchor(boot="b007", boot_ns=12_345_678_901, wall_ns=1_795_338_005_123_456_789)


def tell(writer: Writing, anchor: Anchor = BASE, *, moved: Draft | None = None, expected: int = 0) -> bool:
    return writer.store.tell_time_base(
        writer.lease, anchor, now=at(5), ttl_s=10, run_id=writer.run.id, moved=moved, expected=expected
    )


def test_before_anybody_collected_there_is_none(store: Store, writer: Writing) -> None:
    head = store.head(writer.run.id)

    assert head is not None
    assert store.time_base("another lease") is store.time_base(COLLECTORS) is head.time_base is None


def test_it_comes_back_to_the_nanosecond_and_the_lease_is_told_by_it(writer: Writing) -> None:
    assert tell(writer)

    head = writer.store.head(writer.run.id)
    assert head is not None
    assert BASE == writer.store.time_base(COLLECTORS) == head.time_base
    assert at(5) == head.heartbeat_at


def test_it_outlives_the_lease(writer: Writing) -> None:
    tell(writer)
    writer.store.release(writer.lease)

    assert BASE == writer.store.time_base(COLLECTORS)


def test_where_somebody_acted_first_neither_the_event_nor_the_base_is_kept(writer: Writing) -> None:
    tell(writer)
    other = replace(BASE, wall_ns=1)

    assert not tell(writer, other, moved=drafted(What.CLOCK_MOVED, at(5), shift_ms=600_000), expected=1)

    assert BASE == writer.store.time_base(COLLECTORS)
    assert [] == writer.store.events(writer.run.id)


@pytest.mark.parametrize(
    ("shift_ms", "whole_from", "whole_to"),
    [(600_000, 7_200, 9_000), (-600_000, 6_600, 9_600), (None, 7_200, 9_000)],
)
def test_of_a_launch_in_which_the_clock_was_set_back_everything_stays(
    writer: Writing, shift_ms: int | None, whole_from: float, whole_to: float
) -> None:
    steps = (
        drafted(What.STARTED, at(7_200)),
        drafted(What.HELD, at(7_500))
        if shift_ms is None
        else drafted(What.CLOCK_MOVED, at(7_500), shift_ms=shift_ms),
        drafted(What.CLOSED, at(9_000)),
    )
    for seq, step in enumerate(steps):
        writer.store.append_event(writer.run.id, step, expected=seq, now=step.event_at)

    thinned = writer.store.thinned_to(writer.run.id)

    assert (at(whole_from - 3_600), at(whole_to)) == (thinned.whole_from, thinned.whole_to)
