"""The hour, the clock and the figures beside a watched board."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.launch.announcing import Notice
from dashboard.launch.board import BoardVerdict
from dashboard.launch.delivery import Attempt, Outcome
from dashboard.launch.event import What
from dashboard.launch.kpi import Kpi, KpiState
from dashboard.launch.plan_file import load_plan
from dashboard.launch.view import View
from dashboard.steady import SteadyClock
from dashboard.ui.banner import banner
from dashboard.watch import Watch
from evidence.redaction import find_secret
from tests.cast import T0, answer
from tests.dashboard.hosts import SetHost
from tests.dashboard.store.scene import board
from tests.dashboard.tower import LOADED, Tower, start, told


def test_the_log_of_the_run_is_shown_as_it_grows(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    before = watch.look()
    start(tower)
    after = watch.look()

    assert before is not None
    assert after is not None
    assert ("T-clock not started", "T+00:00") == (before.clock, after.clock)
    assert after.hour is not None
    assert ["everybody is here"] == [event.reason for event in after.hour.events]


@pytest.mark.parametrize(
    ("done", "clock"),
    [
        ((), "T-clock not started"),
        ((What.STARTED,), "HOLD"),
        ((What.STARTED, What.HELD), "HOLD"),
        ((What.STARTED, What.CLOSED), "closed at T+00:00"),
    ],
)
def test_without_collectors_the_clock_is_on_hold_only_where_it_was_started(
    tower: Tower, done: tuple[What, ...], clock: str
) -> None:
    tower.judged(1)
    for number, what in enumerate(done):
        tower.store.append_event(
            tower.writer.run.id, replace(told(tower), what=what), expected=number, now=tower.now
        )
    tower.wait(6)
    lost = tower.watch().look()

    assert lost is not None
    assert lost.lost is not None
    assert clock == lost.clock
    assert f'<span class="gl-word">{clock}</span>' in banner(lost)


def test_the_flips_of_the_launch_are_read_from_t_0_on_and_each_once(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    watch._view = watch.look() or watch.view()
    tower.wait(60)
    start(tower)
    seen: list[list[int]] = []
    for number in (2, 3):
        tower.wait(3)
        tower.judged(number)
        watch._view = watch.look() or watch.view()
        hour = watch.view().hour
        assert hour is not None
        seen.append([each.evaluation for each in hour.flips])
    again = tower.watch().look()

    assert [[2], [2, 3]] == seen
    assert again is not None
    assert again.hour is not None
    assert [2, 3] == [each.evaluation for each in again.hour.flips]


@pytest.mark.parametrize(
    ("what", "verdict"), [(What.LATCHED, BoardVerdict.NO_GO), (What.ACKNOWLEDGED, BoardVerdict.GO)]
)
def test_a_green_board_is_no_go_until_the_red_before_it_is_acknowledged(
    tower: Tower, what: What, verdict: BoardVerdict
) -> None:
    tower.judged(1)
    draft = replace(
        told(tower), what=what, subject="ledger", after="NO_GO", reason="NO-GO — the ledger failed."
    )
    tower.store.append_event(tower.writer.run.id, draft, expected=0, now=tower.now)
    view = tower.watch().look()

    assert view is not None
    assert verdict is view.verdict
    assert ("not acknowledged yet" in view.sentence) is (what is What.LATCHED)


def test_nothing_of_an_old_attempt_is_shown_as_the_new_ones(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    first = watch.look()
    over = replace(told(tower), what=What.NEXT_ATTEMPT)
    tower.store.append_event(tower.writer.run.id, over, expected=0, now=tower.now)
    run = tower.writer.run
    tower.store.open_run(
        plan_id=run.plan_id,
        plan_sha256=run.plan_sha256,
        plan_toml=tower.store.plan_text(run),
        now=tower.now,
    )
    tower.now += timedelta(seconds=3)
    second = watch.look()

    assert first is not None
    assert BoardVerdict.GO is first.verdict
    assert second is not None
    assert (BoardVerdict.HOLD, None, ()) == (second.verdict, second.board, second.flips)


@pytest.mark.parametrize("by", [600, -600])
def test_a_host_clock_that_is_set_is_said_at_once_and_changes_no_verdict(tower: Tower, by: int) -> None:
    host = SetHost()
    clock = SteadyClock(host.host())
    watch = steadily(tower, clock)
    tower.judged(1)
    first = watch.look()

    host.set_by(by)
    second = watch.look()

    assert first is not None
    assert second is not None
    assert ((), None) == (first.notices, first.lost)
    assert (f"the host's clock was moved by {by:+d} s; golive goes on by its own",) == second.notices
    assert (first.verdict, None, T0) == (second.verdict, second.lost, second.drawn_at)


@pytest.mark.parametrize("by", [600, -600])
def test_a_dashboard_started_after_the_clock_was_set_goes_by_the_collectors(tower: Tower, by: int) -> None:
    host = SetHost()
    collectors = SteadyClock(host.host())
    host.set_by(by)
    late = SteadyClock(host.host())
    watch = steadily(tower, late)
    tower.judged(1)
    assert watch.look() is not None
    lost = watch.view()

    tower.store.tell_time_base(
        tower.writer.lease, collectors.anchor, now=T0, ttl_s=3_600, run_id=tower.writer.run.id
    )
    unheard = watch.look()
    tower.wait(1)
    tower.judged(2)
    alive = watch.look()

    assert lost.board is None
    assert unheard is not None
    assert "the collectors have not been heard" in (unheard.lost or "")
    assert alive is not None
    assert (BoardVerdict.GO, None) == (alive.verdict, alive.lost)


def test_the_pace_is_beside_the_clock_before_and_after_t_0(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    watch.pace = 60
    before = watch.look()
    event = replace(told(tower), pace=60)
    tower.store.append_event(tower.writer.run.id, event, expected=0, now=tower.now)
    tower.wait(3)
    after = watch.look()

    assert before is not None
    assert after is not None
    assert ("T-clock not started · 60 × speed", "T+03:00 · 60 × speed") == (before.clock, after.clock)
    assert () == after.notices


def test_a_run_that_was_started_at_another_pace_keeps_it_and_says_so(tower: Tower) -> None:
    tower.store.append_event(tower.writer.run.id, told(tower), expected=0, now=tower.now)
    tower.judged(1)
    watch = tower.watch()
    watch.pace = 60
    view = watch.look()

    assert view is not None
    assert "T+00:00" == view.clock
    assert view.notices[0].startswith(
        "golive runs at 60 × speed, but the clock of this run was started at 1 ×"
    )


def test_a_run_that_was_scrubbed_before_t_0_has_no_pace_to_keep(tower: Tower) -> None:
    scrubbed = replace(told(tower), what=What.SCRUBBED)
    tower.store.append_event(tower.writer.run.id, scrubbed, expected=0, now=tower.now)
    tower.judged(1)
    watch = tower.watch()
    watch.pace = 60

    view = watch.look()

    assert view is not None
    assert () == view.notices


def steadily(tower: Tower, clock: SteadyClock) -> Watch:
    """A watch that goes by a steady clock."""
    watch = tower.watch()
    watch.clock, watch.host = clock.now, clock
    return watch


def test_a_launch_under_way_is_shown_by_its_own_plan(tower: Tower) -> None:
    title = LOADED.plan.title
    other = load_plan(LOADED.text.replace(f'title = "{title}"', 'title = "Another"', 1), scan=find_secret)
    start(tower)
    tower.judged(1)
    watch = tower.watch(other)

    view = watch.look()

    assert view is not None
    assert (title, title) == (view.plan_title, watch.plan().title)
    assert BoardVerdict.GO is view.verdict


def test_the_run_of_another_plan_is_not_ours(tower: Tower) -> None:
    other = load_plan(LOADED.text + "\n# another plan\n", scan=find_secret)
    tower.judged(1)

    view = tower.watch(other).look() or tower.watch(other).view()

    assert view.board is None
    assert BoardVerdict.HOLD is view.verdict


def _hop_1(view: View) -> Kpi:
    return next(kpi for kpi in view.kpis if kpi.id == "webhook_hop_1")


def _endpoint_is_live(tower: Tower) -> None:
    """One more evaluation in which every gate that the deliveries need is GO."""
    judged = board(tower.writer.run, 1)
    needed = (replace(judged.gates[0], id=gate) for gate in ("stripe_live", "webhook_endpoint"))
    tower.writer.judged(replace(judged, evaluated_at=tower.now, gates=tuple(needed)))


def test_kpis_are_unknown_before_the_first_evaluation_and_measured_after_it(tower: Tower) -> None:
    watch = tower.watch()
    before = watch.view()
    tower.writer.samples(answer("stripe.deliveries", at=tower.now, judged=4, undelivered=0))
    _endpoint_is_live(tower)

    after = watch.look()

    assert {KpiState.NOT_KNOWN} == {kpi.state for kpi in before.kpis}
    assert after is not None
    assert ("100 %", 4, 4) == (_hop_1(after).value, _hop_1(after).k, _hop_1(after).n)
    assert frozenset() == after.proven


def test_gates_that_no_drill_has_proven_are_missed_once_the_run_was_closed(tower: Tower) -> None:
    watch = tower.watch()
    start(tower)
    tower.judged(1)
    before = watch.look()
    tower.store.append_event(
        tower.writer.run.id, replace(told(tower), what=What.CLOSED), expected=1, now=tower.now
    )
    after = watch.look()

    assert before is not None
    assert after is not None
    assert [KpiState.NOT_YET, KpiState.MISSED] == [
        kpi.state for view in (before, after) for kpi in view.kpis if kpi.id == "gates_proven"
    ]


def test_a_lost_board_takes_every_figure_with_it(tower: Tower) -> None:
    watch = tower.watch()
    tower.writer.samples(answer("stripe.deliveries", at=tower.now, judged=4, undelivered=0))
    _endpoint_is_live(tower)
    watch._view = watch.look() or watch.view()
    tower.wait(6)

    lost = watch.look()

    assert lost is not None
    assert {(KpiState.NOT_KNOWN, None)} == {(kpi.state, kpi.value) for kpi in lost.kpis}
    assert "no heartbeat from the collectors since 09:00:00 UTC" == _hop_1(lost).why


def test_a_notice_that_failed_is_shown_and_what_arrived_is_not(tower: Tower) -> None:
    watch = tower.watch()
    run, lease = tower.writer.run.id, tower.writer.lease
    notice = Notice(key="event/1", at=tower.now, text="held")
    failed = Attempt(
        key="event/1", channel="slack 1", at=tower.now, outcome=Outcome.FAILED, error="timed out after 20 s"
    )
    tower.judged(1)
    tower.store.put_notices(run, [notice], channels=["slack 1"], now=tower.now, lease=lease)
    waiting = watch.look()
    tower.store.record_attempts(run, [failed], lease=lease)
    shown = watch.look()
    tower.store.record_attempts(run, [replace(failed, outcome=Outcome.SENT, error="")], lease=lease)
    arrived = watch.look()

    said = (
        "1 notification was not delivered by slack 1: timed out after 20 s; tried once, next at 09:00:05 UTC"
    )
    assert [(), (said,), ()] == [view and view.undelivered for view in (waiting, shown, arrived)]


def test_the_outbox_is_read_only_when_it_has_changed(tower: Tower) -> None:
    watch = tower.watch()
    tower.judged(1)
    notice = Notice(key="event/1", at=tower.now, text="held")
    run, lease = tower.writer.run.id, tower.writer.lease
    for _ in range(3):
        watch.look()
    unread = tower.store.reads["waiting_notices"]
    tower.store.put_notices(run, [notice], channels=["slack 1"], now=tower.now, lease=lease)
    for _ in range(3):
        watch.look()

    assert (0, 1) == (unread, tower.store.reads["waiting_notices"])


def test_at_the_end_of_a_waiver_the_truth_is_published_at_once(tower: Tower) -> None:
    tower.judged(1)
    run = tower.writer.run
    asked = replace(
        told(tower), what=What.WAIVER_ASKED, subject="cors", until=tower.now + timedelta(seconds=1)
    )
    tower.store.append_event(run.id, asked, expected=0, now=tower.now)
    granted = replace(asked, what=What.WAIVED, about=1)
    tower.store.append_event(run.id, granted, expected=1, now=tower.now)
    watch = tower.watch()
    watch._view = watch.look() or watch.view()
    watch._view = watch.look() or watch.view()
    tower.wait(0.9)
    before = watch.look()
    tower.wait(0.1)

    after = watch.look()

    assert before is None
    assert after is not None
    assert after.hour is not None
    assert () == after.hour.waivers
