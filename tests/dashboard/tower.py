"""A store that is written to, and a watch over it: what the tests of watching stand on."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from collectors.observation import Environment
from dashboard.heartbeats import Heartbeats
from dashboard.launch.board import Board, BoardVerdict, Flip
from dashboard.launch.delivery import Pending
from dashboard.launch.event import Draft
from dashboard.launch.inputs import Input
from dashboard.launch.plan_file import LoadedPlan, load_plan
from dashboard.launch.showing import HEARTBEAT_LIMIT_S
from dashboard.store.database import connect
from dashboard.store.store import Store
from dashboard.store.values import Head, Run, StoredBoard
from dashboard.watch import Watch
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0
from tests.dashboard.store.scene import Writing, board, drafted, flip

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)


class Counting(Store):
    """The real store, counting what the watch reads."""

    def __init__(self, url: str) -> None:
        super().__init__(
            connect(url, create=False, timeout_ms=5_000, starter="golive"), environment=Environment.REHEARSAL
        )
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

    def watch(self, loaded: LoadedPlan = LOADED, *, silence_s: float = HEARTBEAT_LIMIT_S) -> Watch:
        """A watch that has listened for a while, so that it hears the first judgement."""
        return replace(self.new_watch(loaded), silence_s=silence_s, _heartbeats=Heartbeats(is_listening=True))

    def new_watch(self, loaded: LoadedPlan = LOADED) -> Watch:
        """A watch of a dashboard that has just been started."""
        return Watch(
            store=self.store, loaded=loaded, environment=Environment.REHEARSAL, clock=lambda: self.now
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


def told(tower: Tower) -> Draft:
    """The start of the clock, of this tower's run."""
    return drafted(at=tower.now, plan_sha256=tower.writer.run.plan_sha256)


def start(tower: Tower) -> None:
    """T-0 is now."""
    """T-0 is now."""
    tower.store.append_event(tower.writer.run.id, told(tower), expected=0, now=tower.now)
