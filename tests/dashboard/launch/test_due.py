"""Who has to be asked: what is late or nearly, the latest first, and nobody before or outside of the hour."""

from __future__ import annotations

import pytest

from dashboard.launch.due import due
from dashboard.launch.scene import Act
from dashboard.launch.showing import show_hour
from dashboard.launch.timeline import rows
from tests.dashboard.launch.hour import COORDINATOR, FRONTEND, Hour


def asked(hour: Hour) -> list[tuple[str, float]]:
    state = hour.state()
    found = due(rows(hour.plan, state, hour.now), state.clock.at(hour.now))
    return [(each.title, each.left_s) for each in found]


@pytest.mark.parametrize(("minutes", "count"), [(7.9, 0), (8, 3), (10, 3), (13, 4)])
def test_a_task_is_due_from_two_minutes_before_its_end_on(minutes: float, count: int) -> None:
    hour = Hour()
    hour.start()
    hour.wait(minutes)

    assert count == len(asked(hour))


def test_the_latest_is_first_and_what_ended_is_not_asked_for() -> None:
    hour = Hour()
    hour.start()
    hour.wait(14)
    hour.do(Act.TICK, FRONTEND, "checkout_ready")

    assert [
        ("Rotate the notification secret", -240),
        ("Align issuer, JWKS and base addresses", -240),
        ("Put Stripe into live mode", 60),
    ] == asked(hour)


def test_it_says_whose_it_is_and_what_it_waits_for() -> None:
    hour = Hour()
    hour.start()
    hour.wait(24)
    state = hour.state()

    found = {each.title: each for each in due(rows(hour.plan, state, hour.now), 24 * 60)}

    assert "Payments lead" == found["Put Stripe into live mode"].owner_title
    smoke = found["Smoke test and health of all services"]
    assert ("Rotate the notification secret",) == smoke.waiting_for


@pytest.mark.parametrize("last", [None, Act.CLOSE, Act.SCRUB])
def test_nobody_is_asked_before_the_hour_or_after_it(last: Act | None) -> None:
    hour = Hour()
    if last is not None:
        hour.start()
        hour.wait(30)
        hour.do(last, COORDINATOR, reason="over")

    shown = show_hour(hour.plan, hour.events, hour.now)

    assert shown is not None
    assert () == shown.due
