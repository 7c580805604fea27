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
from dashboard.launch.board import Board, BoardVerdict, Flip
from dashboard.launch.event import Draft, What
from dashboard.launch.inputs import Input
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.store.database import connect
from dashboard.store.store import Store
from dashboard.store.values import Head, Run, StoredBoard
from dashboard.watch import Watch
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0, answer
from tests.dashboard.store.scene import Writing, board, flip, opened, writing

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
        self.writer.judged(judged, flips=[flip(number, ())])
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
    assert {"board": 1, "flips": 1, "newest_of": len(LOADED.plan.services)} == read


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


def test_the_log_of_the_run_is_shown_as_it_grows(tower: Tower) -> None:
    tower.judged(1)
    watch = tower.watch()
    before = watch.look()
    start = Draft(
        what=What.STARTED,
        event_at=tower.now,
        actor="Robin",
        role="coordinator",
        identity="asserted",
        subject="",
        before="planned",
        after="counting",
        reason="everybody is here",
        attempt=1,
        plan_sha256=tower.writer.run.plan_sha256,
    )
    tower.store.append_event(tower.writer.run.id, start, expected=0, now=tower.now)
    after = watch.look()

    assert before is not None
    assert after is not None
    assert ("T-clock not started", "T+00:00") == (before.clock, after.clock)
    assert after.hour is not None
    assert ["everybody is here"] == [event.reason for event in after.hour.events]


@pytest.mark.parametrize(
    ("what", "verdict"), [(What.LATCHED, BoardVerdict.NO_GO), (What.ACKNOWLEDGED, BoardVerdict.GO)]
)
def test_a_green_board_is_no_go_until_the_red_before_it_is_acknowledged(
    tower: Tower, what: What, verdict: BoardVerdict
) -> None:
    tower.judged(1)
    draft = Draft(
        what=what,
        event_at=tower.now,
        actor="golive",
        role="golive",
        identity="machine",
        subject="ledger",
        before="",
        after="NO_GO",
        reason="NO-GO — the ledger failed.",
        attempt=1,
        plan_sha256=tower.writer.run.plan_sha256,
    )
    tower.store.append_event(tower.writer.run.id, draft, expected=0, now=tower.now)
    view = tower.watch().look()

    assert view is not None
    assert verdict is view.verdict
    assert ("not acknowledged yet" in view.sentence) is (what is What.LATCHED)


def test_the_run_of_another_plan_is_not_ours(tower: Tower) -> None:
    other = load_plan(LOADED.text + "\n# another plan\n", scan=find_secret)
    tower.judged(1)

    view = tower.watch(other).look() or tower.watch(other).view()

    assert view.board is None
    assert BoardVerdict.HOLD is view.verdict


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
