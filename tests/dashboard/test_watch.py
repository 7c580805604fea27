"""What every viewer is shown is read once for all of them, and dies when nobody feeds it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.observation import Environment
from dashboard.launch.announcing import Notice
from dashboard.launch.board import Board, BoardVerdict, Flip
from dashboard.launch.delivery import Attempt, Outcome, Pending
from dashboard.launch.event import Draft, What
from dashboard.launch.inputs import Input
from dashboard.launch.kpi import Kpi, KpiState
from dashboard.launch.measuring import looked_back
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.launch.run import Stage
from dashboard.launch.view import View
from dashboard.steady import SteadyClock
from dashboard.store.database import connect
from dashboard.store.store import Store
from dashboard.store.values import Head, Run, StoredBoard
from dashboard.watch import Watch
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0, answer
from tests.dashboard.hosts import SetHost
from tests.dashboard.store.scene import Writing, board, drafted, flip, opened, writing

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)


class Counting(Store):
    """The real store, counting what the watch reads."""

    def __init__(self, url: str) -> None:
        super().__init__(connect(url, create=False, timeout_ms=5_000), environment=Environment.REHEARSAL)
        self.reads: Counter[str] = Counter()
        self.answers = threading.Event()
        self.answers.set()

    def newest_run(self) -> Run | None:
        self.reads["newest_run"] += 1
        return super().newest_run()

    def head(self, run_id: int) -> Head | None:
        self.reads["head"] += 1
        self.answers.wait()
        return super().head(run_id)

    def board(self, run_id: int, evaluation: int | None = None) -> StoredBoard | None:
        self.reads["board"] += 1
        return super().board(run_id, evaluation)

    def flips(self, run_id: int, limit: int, *, upto: int | None = None) -> list[Flip]:
        self.reads["flips"] += 1
        return super().flips(run_id, limit, upto=upto)

    def waiting_notices(self, run_id: int) -> tuple[Pending, ...]:
        self.reads["waiting_notices"] += 1
        return super().waiting_notices(run_id)

    def newest_of(self, run_id: int, probe: str, *, limit: int) -> list[Input]:
        self.reads["newest_of"] += 1
        return super().newest_of(run_id, probe, limit=limit)


@dataclass(slots=True)
class Tower:
    """A store being written to, a watch over it, and the clock of both in the test's hand."""

    writer: Writing
    store: Counting
    file: Path
    now: datetime = T0

    def watch(self, loaded: LoadedPlan = LOADED) -> Watch:
        return Watch(
            store=self.store,
            loaded=loaded,
            environment=Environment.REHEARSAL,
            clock=lambda: self.now,
            silence_s=0.2,
        )

    def judged(self, number: int, verdict: BoardVerdict = BoardVerdict.GO) -> Board:
        """One more evaluation is stored, judged now."""
        said = f"{verdict.value}: evaluated"
        judged = replace(
            board(self.writer.run, number), evaluated_at=self.now, verdict=verdict, sentence=said
        )
        self.writer.judged(judged, flips=[replace(flip(number, ()), at=self.now)])
        return judged

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    file = tmp_path / "golive.sqlite3"
    url = f"sqlite:///{file}"
    with opened(url) as first:
        writer = writing(first)
        run = first.open_run(plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=T0)
        with Counting(url) as store:
            yield Tower(writer=replace(writer, run=run), store=store, file=file)


def test_before_anything_was_judged_the_view_holds(tower: Tower) -> None:
    view = tower.watch().view()

    assert BoardVerdict.HOLD is view.verdict
    assert "HOLD — nothing has been judged yet." == view.sentence


def test_a_new_verdict_is_published_at_the_next_look(tower: Tower) -> None:
    watch = tower.watch()
    tower.judged(1)
    first = watch.look()
    tower.judged(2, BoardVerdict.NO_GO)

    second = watch.look()

    assert first is not None
    assert second is not None
    assert (BoardVerdict.GO, BoardVerdict.NO_GO) == (first.verdict, second.verdict)


async def test_a_view_that_says_nothing_new_is_published_every_two_seconds(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(1.9)
    tower.judged(2)
    assert watch.look() is None

    tower.wait(0.1)

    steady = watch.look()
    assert steady is not None
    assert steady.board is not None
    assert 2 == steady.board.evaluation


async def test_whoever_waits_is_woken_by_a_new_version(tower: Tower) -> None:
    watch = tower.watch()
    waiting = asyncio.create_task(watch.wait(0))
    tower.judged(1)

    await _run_until(watch, waiting)

    assert waiting.result() == watch.version() == 1
    assert BoardVerdict.GO is watch.view().verdict


async def test_what_was_recorded_here_is_published_without_waiting_for_the_next_look(tower: Tower) -> None:
    watch = replace(tower.watch(), tick_s=3_600)
    tower.judged(1)
    running = asyncio.create_task(watch.run())
    seen = await watch.wait(0)

    _start(tower)
    await asyncio.to_thread(watch.wake)
    await asyncio.wait_for(watch.wait(seen), timeout=30)
    running.cancel()

    hour = watch.view().hour
    assert hour is not None
    assert Stage.COUNTING is hour.stage


async def test_who_acts_while_a_look_is_under_way_gets_a_look_after_it(tower: Tower) -> None:
    watch = replace(tower.watch(), tick_s=3_600, silence_s=3_600)
    running = asyncio.create_task(watch.run())
    await _looked(tower, 1)
    tower.store.answers.clear()
    watch.wake()
    await _looked(tower, 2)

    watch.wake()
    await asyncio.sleep(0)
    tower.store.answers.set()
    await _looked(tower, 3)
    running.cancel()

    assert 3 == tower.store.reads["head"]


async def test_waking_a_watch_that_does_not_look_yet_is_no_error(tower: Tower) -> None:
    watch = tower.watch()

    watch.wake()
    tower.judged(1)
    await _run_until(watch, asyncio.create_task(watch.wait(0)))
    watch.wake()

    assert 1 == watch.version()


@pytest.mark.parametrize("viewers", [1, 20])
async def test_viewers_cost_the_store_nothing(tower: Tower, viewers: int) -> None:
    watch = tower.watch()

    async def look() -> int:
        version = await watch.wait(0)
        assert BoardVerdict.GO is watch.view().verdict
        return version

    tower.judged(1)
    waiting = asyncio.gather(*(look() for _ in range(viewers)))
    await _run_until(watch, waiting)

    assert [1] * viewers == waiting.result()
    read = {name: tower.store.reads[name] for name in ("board", "flips", "newest_of")}
    asked = len(LOADED.plan.services) + len(looked_back(LOADED.plan))
    assert {"board": 1, "flips": 1, "newest_of": asked} == read


def test_looking_when_nothing_was_judged_asks_two_cheap_questions(tower: Tower) -> None:
    watch = tower.watch()
    tower.judged(1)
    watch._view = watch.look() or watch.view()
    tower.store.reads.clear()

    assert watch.look() is None

    assert {"newest_run": 1, "head": 1} == dict(tower.store.reads)


async def test_a_board_that_is_judged_no_more_is_lost_and_never_green(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(5)
    assert BoardVerdict.GO is (watch.look() or watch.view()).verdict

    tower.wait(0.1)

    lost = watch.look()
    assert lost is not None
    assert BoardVerdict.HOLD is lost.verdict
    assert lost.lost == "no heartbeat from the collectors since 09:00:00 UTC"
    assert lost.lost in lost.sentence


async def test_samples_and_a_held_lease_keep_no_board_alive(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(6)
    tower.writer.store.renew(tower.writer.lease, now=tower.now, ttl_s=60)
    tower.writer.samples(answer("ledger.balance", at=tower.now, ok=True))

    lost = watch.look()

    assert lost is not None
    assert BoardVerdict.HOLD is lost.verdict


async def test_a_lost_board_lives_again_with_the_next_evaluation(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.wait(6)
    watch._view = watch.look() or watch.view()
    assert watch.view().lost
    tower.judged(2)

    back = watch.look()

    assert back is not None
    assert (None, BoardVerdict.GO) == (back.lost, back.verdict)


async def test_a_store_that_cannot_be_read_is_said_and_holds(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    tower.store.close()
    tower.file.unlink()
    tower.file.mkdir()

    lost = watch.look()

    assert lost is not None
    assert BoardVerdict.HOLD is lost.verdict
    assert (lost.lost or "").startswith("the store cannot be read: ")


async def test_a_bug_while_looking_is_shown_as_lost(tower: Tower) -> None:
    watch = await _published(tower, tower.watch())
    clock, failing = watch.clock, iter([True])

    def breaks_once() -> datetime:
        if next(failing, False):
            raise ArithmeticError("a canary that no viewer may see")
        return clock()

    watch.clock = breaks_once
    lost = watch._look_or_lose()

    assert lost is not None
    assert (BoardVerdict.HOLD, "the dashboard could not read the board (ArithmeticError)") == (
        lost.verdict,
        lost.lost,
    )


def told(tower: Tower) -> Draft:
    """The start of the clock, of this tower's run."""
    return drafted(at=tower.now, plan_sha256=tower.writer.run.plan_sha256)


def test_the_log_of_the_run_is_shown_as_it_grows(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    before = watch.look()
    _start(tower)
    after = watch.look()

    assert before is not None
    assert after is not None
    assert ("T-clock not started", "T+00:00") == (before.clock, after.clock)
    assert after.hour is not None
    assert ["everybody is here"] == [event.reason for event in after.hour.events]


def test_the_flips_of_the_launch_are_read_from_t_0_on_and_each_once(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    watch._view = watch.look() or watch.view()
    tower.wait(60)
    _start(tower)
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
    alive = watch.look()

    assert lost.board is None
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


def steadily(tower: Tower, clock: SteadyClock) -> Watch:
    """A watch that goes by a steady clock."""
    watch = tower.watch()
    watch.clock, watch.host = clock.now, clock
    return watch


def test_a_launch_under_way_is_shown_by_its_own_plan(tower: Tower) -> None:
    title = LOADED.plan.title
    other = load_plan(LOADED.text.replace(f'title = "{title}"', 'title = "Another"', 1), scan=find_secret)
    _start(tower)
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


def _start(tower: Tower) -> None:
    """T-0 is now."""
    tower.store.append_event(tower.writer.run.id, told(tower), expected=0, now=tower.now)


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


async def _looked(tower: Tower, times: int) -> None:
    async with asyncio.timeout(30):
        while tower.store.reads["head"] < times:  # noqa: ASYNC110 - the look runs on a thread of its own
            await asyncio.sleep(0.01)


async def _published(tower: Tower, watch: Watch) -> Watch:
    """The watch after it has published a GO of this moment."""
    tower.judged(1)
    await _run_until(watch, asyncio.create_task(watch.wait(0)))
    assert BoardVerdict.GO is watch.view().verdict
    return watch


async def _run_until(watch: Watch, done: asyncio.Future[Any]) -> None:
    running = asyncio.create_task(watch.run())
    try:
        await asyncio.wait_for(asyncio.shield(done), timeout=30)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_store_that_never_answers_is_shown_as_lost_and_lives_again(tower: Tower) -> None:
    watch = tower.watch()
    tower.judged(1)
    running = asyncio.create_task(watch.run())
    seen = await watch.wait(0)

    tower.store.answers.clear()
    seen = await watch.wait(seen)
    lost = watch.view()
    tower.store.answers.set()
    await watch.wait(seen)
    running.cancel()

    assert lost.lost is not None
    assert "the store has not answered for" in lost.lost
    assert BoardVerdict.HOLD is lost.verdict
    assert BoardVerdict.GO is watch.view().verdict
