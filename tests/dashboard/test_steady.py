"""The clock of golive's processes goes on evenly, and tells how far the host's was moved away from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.launch.timebase import Anchor
from dashboard.settings import TIME_BASE
from dashboard.steady import Host, SteadyClock
from tests.cast import T0
from tests.dashboard.hosts import SetHost


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize("by", [600, -600])
def test_setting_the_hosts_clock_moves_no_clock_of_golive(by: int) -> None:
    told = SetHost()
    clock = SteadyClock(told.host())
    told.wait(30)

    told.set_by(by)
    told.wait(1)

    assert T0 + at(31) == clock.now()
    assert at(by) == clock.moved_by()


@pytest.mark.parametrize(("by", "told_by"), [(2, 0), (-2, 0), (2.001, 2.001), (-2.001, -2.001)])
def test_a_small_correction_is_not_told(by: float, told_by: float) -> None:
    told = SetHost()
    clock = SteadyClock(told.host())

    told.set_by(by)

    assert at(told_by) == clock.moved_by()


def test_a_process_started_again_goes_by_what_its_parent_handed_over() -> None:
    here = Host()
    given = Anchor(boot=here.boot, boot_ns=here.boot_ns(), wall_ns=here.wall_ns() - 600 * 1_000_000_000)

    clock = SteadyClock.handed({TIME_BASE: given.text()})

    assert given == clock.anchor
    assert 599 < clock.moved_by().total_seconds() < 601


def test_a_time_base_of_another_boot_is_not_gone_by() -> None:
    given = Anchor(boot="another", boot_ns=1, wall_ns=1)

    assert abs(SteadyClock.handed({TIME_BASE: given.text()}).now() - datetime.now(UTC)) < at(2)


@pytest.mark.parametrize("text", ["", "boot", "boot:1", "boot:1:x", "boot:1:2:3", "boot:-1:2"])
def test_a_text_that_is_no_time_base_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected BOOT:NANOSECONDS:NANOSECONDS; unset it"):
        SteadyClock.handed({TIME_BASE: text})


def test_a_time_base_is_read_as_it_was_written() -> None:
    anchor = Host().anchor()

    assert anchor == Anchor.read(anchor.text())


def test_whoever_follows_another_process_calls_the_moment_as_that_one_does() -> None:
    told = SetHost()
    first = SteadyClock(told.host())
    told.set_by(600)
    second = SteadyClock(told.host())

    assert first.now() == second.now_by(first.anchor)
    second.follow(first.anchor)

    assert (first.now(), at(600)) == (second.now(), second.moved_by())


def test_a_process_of_another_boot_is_not_followed() -> None:
    told = SetHost()
    first = SteadyClock(told.host())
    told.reboot()
    second = SteadyClock(told.host())
    told.wait(5)

    second.follow(first.anchor)

    assert T0 + at(5) == second.now() == second.now_by(first.anchor)


def test_where_no_boot_can_be_named_none_is_like_another() -> None:
    told = SetHost(boot="")
    first = SteadyClock(told.host())
    told.set_by(600)

    assert SteadyClock(told.host()).moved_since(first.anchor, T0) is None


@pytest.mark.parametrize("by", [600, -600])
def test_how_far_the_clock_was_moved_is_told_across_a_restart(by: int) -> None:
    told = SetHost()
    before = SteadyClock(told.host()).anchor
    told.wait(60)
    told.set_by(by)
    told.wait(60)

    assert at(by) == SteadyClock(told.host()).moved_since(before, None)


def test_time_that_just_passed_is_no_move() -> None:
    told = SetHost()
    before = SteadyClock(told.host()).anchor
    told.wait(86_400)

    assert SteadyClock(told.host()).moved_since(before, T0) is None


@pytest.mark.parametrize(("by", "moved"), [(-600, -600), (-2.5, -2.5), (-1, None), (600, None)])
def test_of_another_boot_only_a_clock_set_back_can_be_told(by: float, moved: float | None) -> None:
    told = SetHost()
    before, newest = SteadyClock(told.host()).anchor, T0
    told.reboot()
    told.set_by(by)

    since = SteadyClock(told.host()).moved_since(before, newest)

    assert (None if moved is None else at(moved)) == since


def test_the_real_clock_agrees_with_the_host_and_goes_on() -> None:
    clock = SteadyClock(Host())
    first = clock.now()

    assert abs(clock.now() - datetime.now(UTC)) < at(1)
    assert first <= clock.now()
