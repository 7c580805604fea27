"""Holds, flips and decisions stand where T was when they happened, whatever the clock did since."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.launch.board import Flip, Verdict
from dashboard.launch.marks import DRAWN_FLIPS, Lane, Mark, marks
from dashboard.launch.moving import clock_moved
from dashboard.launch.scene import Act
from tests.cast import T0
from tests.dashboard.launch.hour import CEO, COORDINATOR, Hour


def flip(at: datetime, gate: str = "ledger", after: Verdict = Verdict.NO_GO) -> Flip:
    return Flip(evaluation=1, at=at, gate=gate, before=Verdict.GO, after=after, reason="it fell", inputs=())


def drawn(hour: Hour, lane: Lane, *flips: Flip) -> list[Mark]:
    found = marks(hour.plan, hour.state(), hour.events, flips, hour.now)
    return [mark for mark in found if mark.lane is lane]


def test_before_t_0_there_is_nothing_to_place() -> None:
    assert () == marks(Hour().plan, Hour().state(), (), [flip(T0)], T0)


def test_a_hold_is_one_place_on_t_and_says_how_long_it_lasted() -> None:
    hour = Hour()
    hour.start()
    hour.wait(10)
    hour.do(Act.HOLD, COORDINATOR, reason="a question")
    hour.wait(5)
    hour.do(Act.RESUME, COORDINATOR, reason="answered")
    hour.wait(10)
    hour.do(Act.HOLD, COORDINATOR, reason="another")
    hour.wait(0.5)

    first, second = drawn(hour, Lane.HOLDS)

    assert (600, "held for 5 min 00 s: a question") == (first.t_s, first.title)
    assert (1200, "held for 30 s and still holding: another") == (second.t_s, second.title)


def test_a_flip_stands_at_the_t_of_its_moment_and_in_a_hold_at_the_hold() -> None:
    hour = Hour()
    hour.start()
    hour.wait(10)
    hour.do(Act.HOLD, COORDINATOR, reason="a question")
    hour.wait(5)

    found = drawn(
        hour,
        Lane.FLIPS,
        flip(T0 + timedelta(minutes=12), after=Verdict.UNKNOWN),
        flip(T0 + timedelta(minutes=4)),
        flip(T0 - timedelta(minutes=1)),
    )

    assert [(240, "NO_GO"), (600, "UNKNOWN")] == [(mark.t_s, mark.after) for mark in found]
    title = next(gate.title for gate in hour.plan.gates if gate.id == "ledger")
    assert f"“{title}” flipped from GO to NO-GO: it fell" == found[0].title


def test_an_advisory_gate_is_not_drawn() -> None:
    hour = Hour()
    hour.start()
    advisory = next(gate.id for gate in hour.plan.gates if not gate.mandatory)

    assert [] == drawn(hour, Lane.FLIPS, flip(T0, advisory))


def test_of_very_many_flips_the_newest_are_drawn_and_the_rest_is_counted() -> None:
    hour = Hour()
    hour.start()
    hour.wait(30)
    many = [flip(T0 + timedelta(seconds=second)) for second in range(DRAWN_FLIPS + 3)]

    found = drawn(hour, Lane.FLIPS, *many)

    assert (3, "3 flips before this one are not drawn") == (found[0].t_s, found[0].title)
    assert DRAWN_FLIPS + 1 == len(found)


def test_a_recycle_stands_at_the_mark_and_what_was_after_it_is_undone() -> None:
    hour = Hour()
    hour.start()
    hour.wait(4)
    hour.do(Act.DECIDE, CEO, "HOLD", "wait a moment")
    hour.wait(16)
    hour.do(Act.DECIDE, CEO, "NO_GO", "not like this")
    hour.wait(0.5)
    hour.do(Act.RECYCLE, COORDINATOR, "", "again", mark_s=300)
    hour.wait(1)

    found = drawn(hour, Lane.EVENTS)

    assert [
        (0, "clock started by Robin: everybody is here", False),
        (240, "decided HOLD by Ada: wait a moment", False),
        (1200, "decided NO-GO by Ada: not like this", True),
        (300, "clock recycled by Robin: again", False),
    ] == [(mark.t_s, mark.title, mark.is_undone) for mark in found]


def test_a_latch_and_its_acknowledgement_name_the_gate() -> None:
    hour = Hour()
    hour.start()
    hour.wait(2)
    hour.see(ledger=Verdict.NO_GO)
    hour.latch()
    hour.do(Act.ACKNOWLEDGE, COORDINATOR, "", "seen")
    title = next(gate.title for gate in hour.plan.gates if gate.id == "ledger")

    said = [mark.title for mark in drawn(hour, Lane.EVENTS)]

    assert f"NO-GO latched {title} by golive: NO_GO: as told." in said
    assert f"NO-GO acknowledged {title} by Robin: seen" in said


@pytest.mark.parametrize("by", [600, -600])
def test_a_moved_host_clock_moves_no_mark_on_the_axis(by: int) -> None:
    hour = Hour()
    hour.start()
    hour.wait(5)
    hour.do(Act.DECIDE, CEO, "HOLD", "a question")
    fell = flip(hour.now)
    hour.wait(1)
    hour.see()
    hour.now += timedelta(seconds=by)
    moved = clock_moved(hour.scene(), timedelta(seconds=by))
    assert moved is not None
    hour.record(moved)
    hour.wait(1)

    assert [0, 300, 360] == [mark.t_s for mark in drawn(hour, Lane.EVENTS)]
    assert [300] == [mark.t_s for mark in drawn(hour, Lane.FLIPS, fell)]
    assert 420 == hour.state().clock.at(hour.now)


def test_a_rollback_holds_the_clock_until_it_is_resumed() -> None:
    hour = Hour()
    hour.start()
    hour.wait(5)
    hour.do(Act.ROLL_BACK, COORDINATOR, reason="double credits")
    hour.wait(2)
    hour.do(Act.RESUME, COORDINATOR, reason="mended")
    hour.wait(1)

    (held,) = drawn(hour, Lane.HOLDS)

    assert (300, "held for 2 min 00 s: double credits") == (held.t_s, held.title)
