"""A launch that was recorded: judged before T-0, red after it, silent for a while, and closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from collectors.observation import Environment, Observation
from dashboard.launch.event import Draft, What
from dashboard.launch.judge import Policy
from dashboard.launch.plan_file import load_plan
from dashboard.store.store import Store
from dashboard.store.values import COLLECTORS, Lease
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, T0, answer
from tests.dashboard.desk import Desk

LOADED = load_plan(DEFAULT_PLAN.read_text(encoding="utf-8"), scan=find_secret)
SILENCE_S = 30


@dataclass(slots=True)
class Launched(Desk):
    """A desk that judges by the default plan; T-0 was at `tests.cast.T0` and ten seconds."""

    def policy(self) -> Policy:
        return Policy.of(
            LOADED.plan,
            plan_sha256=LOADED.sha256,
            run=self.run.id,
            attempt=self.run.attempt,
            environment=Environment.REHEARSAL,
        )

    def happen(self, what: What, subject: str = "", *, ago_s: int = 0, after: str = "") -> None:
        """Somebody did this just now; or earlier, and it is only written now."""
        draft = Draft(
            what=what,
            event_at=self.now - timedelta(seconds=ago_s),
            actor="Robin",
            role="coordinator",
            identity="asserted",
            subject=subject,
            before="",
            after=after,
            reason="as told",
            attempt=self.run.attempt,
            plan_sha256=self.run.plan_sha256,
        )
        seq = len(self.store.events(self.run.id))
        assert self.store.append_event(self.run.id, draft, expected=seq, now=self.now) is not None


def launched(store: Store) -> Launched:
    """Evaluations 1 to 10 before T-0, a flip to red at 09:00:15, a task ticked late, silence, the end."""
    lease = store.take_lease(COLLECTORS, "host, process 1", now=T0, ttl_s=10)
    assert isinstance(lease, Lease)
    run = store.open_run(plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=T0)
    desk = Launched(store=store, run=run, lease=lease)
    recorder = desk.recorder()
    for second in range(20):
        if second == 10:
            desk.happen(What.STARTED, after="counting")
        desk.see(recorder, live(second != 14))
    desk.happen(What.TICKED, "stripe_live", ago_s=8, after="done")
    desk.now += timedelta(seconds=SILENCE_S)
    for _ in range(5):
        desk.see(desk.recorder(), live())
    desk.happen(What.CLOSED, after="closed")
    return desk


def live(value: bool = True) -> Observation:
    return answer("stripe.balance", livemode=value)


def spoil(store: Store, statement: str, **values: str) -> None:
    """Change what is stored, past the guards, as somebody with the database file could."""
    with store._database.writing() as session:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement), values)
