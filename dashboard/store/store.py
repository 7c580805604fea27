"""What golive remembers, as one object: each method is one transaction, acknowledged only when it is on disk.

The collector process writes under a lease, any process reads. Nothing here judges, and nothing reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from collectors.observation import Environment, Sample
from dashboard.launch.announcing import Notice
from dashboard.launch.board import Board, Flip
from dashboard.launch.delivery import Attempt, Pending
from dashboard.launch.event import Draft, Event
from dashboard.launch.inputs import Input
from dashboard.launch.timebase import Anchor
from dashboard.store import evaluations, events, leases, outbox, people, runs, samples, thinning
from dashboard.store.answering import unhurried
from dashboard.store.database import Database, connect
from dashboard.store.errors import StoreError
from dashboard.store.evidence import EvidenceStore
from dashboard.store.money import MoneyStore
from dashboard.store.schema import STARTERS, prepare
from dashboard.store.state import describe
from dashboard.store.tables import ActionRow, RequestRow
from dashboard.store.values import (
    Head,
    Held,
    Lease,
    LeaseSeen,
    ProbeRequest,
    RecordedAction,
    Run,
    StoredBoard,
    StoredEvaluation,
    StoredInput,
    StoreState,
    Thinned,
    ThinnedTo,
    Thinning,
)


def open_store(
    url: str,
    *,
    environment: Environment,
    app_version: str,
    create: bool = True,
    timeout_ms: int = 5_000,
) -> Store:
    """The store at this URL, at the schema of this golive; `StoreError` says why not.

    `timeout_ms` is how long a writer waits for its turn before it is told that the store is locked.
    """
    database = connect(url, create=create, timeout_ms=timeout_ms, starter=STARTERS[environment])
    try:
        prepare(database, environment=environment, app_version=app_version, create=create)
    except StoreError:
        database.close()
        raise
    return Store(database, environment=environment)


class Store:
    """An open store. Safe to share between threads; close it once."""

    def __init__(self, database: Database, *, environment: Environment) -> None:
        self._database = database
        self.environment = environment
        self.money = MoneyStore(database)
        self.evidence = EvidenceStore(database)

    def __repr__(self) -> str:
        return f"Store({self._database.place!r}, {self.environment.value})"

    @property
    def called(self) -> str:
        """What messages call it: its environment, and where it is, without a password."""
        return f"the {self.environment.value} store at {self._database.file or self._database.place}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def describe(self) -> StoreState:
        """What `golive doctor` prints; reads the whole store, so it is for people only."""
        with self._database.reading() as session, unhurried(session):
            return describe(session, self._database, environment=self.environment)

    # ------------------------------------------------------------ runs

    def open_run(self, *, plan_id: str, plan_sha256: str, plan_toml: str, now: datetime) -> Run:
        """Go on with the open run of this plan, or open a new one, which closes the run before it."""
        with self._database.writing() as session:
            return runs.open_run(
                session,
                environment=self.environment,
                plan_id=plan_id,
                plan_sha256=plan_sha256,
                plan_toml=plan_toml,
                now=now,
            )

    def newest_run(self) -> Run | None:
        """The run that was opened last."""
        with self._database.reading() as session:
            return runs.newest_run(session)

    def runs(self, *, before: int | None = None, limit: int | None = None) -> list[Run]:
        """The runs of this store, the newest first: every one, or so many of those before this number."""
        with self._database.reading() as session:
            return runs.runs(session, before=before, limit=limit)

    def plan_text(self, run: Run) -> str:
        """The plan that the run is judged by."""
        with self._database.reading() as session:
            return runs.plan_text(session, run)

    def plans_of(self, run_id: int) -> list[tuple[str, str]]:
        """Hash and text of every plan that the run was judged by, the first one first."""
        with self._database.reading() as session:
            return runs.plans_of(session, run_id)

    def plan_of_hash(self, sha256: str) -> str | None:
        """The text of a plan that was ever handed over, or None."""
        with self._database.reading() as session:
            return runs.plan_of_hash(session, sha256)

    # ------------------------------------------------------------ the lease

    def lease(self, name: str) -> LeaseSeen | None:
        """The lease as it stands; None where nobody has ever had it."""
        with self._database.reading() as session:
            return leases.look(session, name)

    def take_lease(
        self,
        name: str,
        holder: str,
        *,
        now: datetime,
        ttl_s: int,
        pace: int = 1,
        seen: LeaseSeen | None = None,
    ) -> Lease | Held:
        """The lease if it is free or has run out, else who holds it. `holder` names one process, `pace` how
        fast a T-clock is that is started meanwhile; with `seen` it has run out if it still stands as seen.
        """
        with self._database.writing() as session:
            return leases.take(session, name, holder, now=now, ttl_s=ttl_s, pace=pace, seen=seen)

    def renew(self, lease: Lease, *, now: datetime, ttl_s: int) -> Lease:
        """The same lease for longer, and a heartbeat; `LeaseLostError` when somebody took it."""
        with self._database.writing() as session:
            return leases.renew(session, lease, now=now, ttl_s=ttl_s)

    def pace(self, name: str) -> int | None:
        """How fast a T-clock runs for whoever held the lease last; None where nobody has told."""
        with self._database.reading() as session:
            return leases.pace(session, name)

    def time_base(self, name: str) -> Anchor | None:
        """What whoever held the lease last goes by; None where nobody has told."""
        with self._database.reading() as session:
            return leases.time_base(session, name)

    def tell_time_base(
        self,
        lease: Lease,
        anchor: Anchor,
        *,
        now: datetime,
        ttl_s: int,
        run_id: int,
        moved: Draft | None = None,
        expected: int = 0,
    ) -> bool:
        """Go by another time base from now on, and record the event that says how far it is from the last.

        Both or nothing: False where the log's head is no longer `expected`.
        """
        with self._database.writing() as session:
            leases.require(session, lease)
            if moved is not None and not events.append(session, run_id, moved, expected=expected, now=now):
                return False
            leases.tell_time_base(session, lease, anchor, now=now, ttl_s=ttl_s)
            return True

    def release(self, lease: Lease) -> None:
        """Give the lease back."""
        with self._database.writing() as session:
            leases.release(session, lease)

    # ------------------------------------------------------------ writing, under the lease

    def append_samples(self, run_id: int, new: Sequence[Sample], *, lease: Lease) -> tuple[int, ...]:
        """Record samples; their ids in the same order. All or none, and none after the lease was lost."""
        with self._database.writing() as session:
            leases.require(session, lease)
            return samples.append(session, run_id, new, environment=self.environment)

    def append_evaluation(
        self,
        run_id: int,
        board: Board,
        *,
        memory: bytes,
        flips: Sequence[Flip],
        inputs: Sequence[int],
        lease: Lease,
    ) -> None:
        """Record one evaluation: the board, what judging remembers, the flips, and what was looked at."""
        with self._database.writing() as session:
            leases.require(session, lease)
            evaluations.append(
                session,
                run_id,
                board,
                memory=memory,
                flips=flips,
                inputs=inputs,
                environment=self.environment,
            )

    def thin(self, run_id: int, *, now: datetime, policy: Thinning) -> Thinned:
        """Take away what is old, a bounded piece a call; call again while it is not `done`.

        The rule. All samples of the last `keep_samples_s` seconds and all evaluations of the last
        `keep_boards_s` seconds stay. Of what is older, one sample per probe and minute stays, the first
        failure if there was one, else the first answer; and one evaluation per minute, the first. For ever
        stay: every flip; every evaluation with a flip and the one before it, whose memory made the flip;
        every sample named as an input of a flip or of an evaluation with a flip; the newest sample of each
        probe; the newest evaluation; and everything from an hour before T-0 to the end of the launch.
        """
        boards_before = now - timedelta(seconds=policy.keep_boards_s)
        samples_before = now - timedelta(seconds=policy.keep_samples_s)
        minutes = policy.minutes_per_call
        # Two transactions: whoever waits to write gets a turn between them.
        with self._database.writing() as session:
            boards, boards_done = thinning.thin_evaluations(
                session, run_id, before=boards_before, minutes=minutes
            )
        with self._database.writing() as session:
            old, samples_done = thinning.thin_samples(session, run_id, before=samples_before, minutes=minutes)
        return Thinned(samples=old, evaluations=boards, done=boards_done and samples_done)

    def thinned_to(self, run_id: int) -> ThinnedTo:
        """Up to when the run has been thinned."""
        with self._database.reading() as session:
            return thinning.thinned_to(session, run_id)

    # ------------------------------------------------------------ reading

    def run(self, run_id: int) -> Run | None:
        """The run with this number."""
        with self._database.reading() as session:
            return runs.run(session, run_id)

    def head(self, run_id: int) -> Head | None:
        """How far the run has come, in one cheap query: what to ask when nothing may have changed."""
        with self._database.reading() as session:
            return evaluations.head(session, run_id)

    def board(self, run_id: int, evaluation: int | None = None) -> StoredBoard | None:
        """One evaluation, or the newest; None where there is none, or where it was thinned away."""
        with self._database.reading() as session:
            return evaluations.board(session, run_id, evaluation)

    def evaluations_after(self, run_id: int, evaluation: int, *, limit: int) -> list[StoredEvaluation]:
        """The evaluations after this one (0 for all) that were not thinned away, oldest first."""
        with self._database.reading() as session:
            return evaluations.after(session, run_id, evaluation, limit=limit)

    def evaluation_at(self, run_id: int, moment: datetime) -> StoredEvaluation | None:
        """The newest evaluation at or before this moment that was not thinned away."""
        with self._database.reading() as session:
            return evaluations.at(session, run_id, moment)

    def flips_between(self, run_id: int, after: int, upto: int) -> dict[int, tuple[Flip, ...]]:
        """The flips of the evaluations after `after` up to `upto`, by evaluation."""
        with self._database.reading() as session:
            return evaluations.flips_between(session, run_id, after, upto)

    def flips(self, run_id: int, limit: int, *, upto: int | None = None) -> list[Flip]:
        """The newest flips, newest first; those up to this evaluation, if one is named."""
        with self._database.reading() as session:
            return evaluations.flips(session, run_id, limit=limit, upto=upto)

    def newest_samples(self, run_id: int) -> dict[str, Input]:
        """The newest sample of each probe that was ever asked in the run, by probe."""
        with self._database.reading() as session:
            return samples.newest(session, run_id)

    def newest_of(self, run_id: int, probe: str, *, limit: int) -> list[Input]:
        """The newest samples of one probe, newest first."""
        with self._database.reading() as session:
            return samples.newest_of(session, run_id, probe, limit=limit)

    def samples_since(self, run_id: int, probe: str, *, since: datetime, limit: int) -> list[Input]:
        """The samples of one probe observed at or after `since`, oldest first."""
        with self._database.reading() as session:
            return samples.since(session, run_id, probe, at=since, limit=limit)

    def samples_after(self, run_id: int, sample_id: int, *, limit: int) -> list[Input]:
        """What was recorded after the sample with this id (0 for all), in the order of recording."""
        with self._database.reading() as session:
            return samples.after(session, run_id, sample_id, limit=limit)

    def sample_at(self, run_id: int, moment: datetime) -> int:
        """The id of the newest sample that was observed before this moment, 0 before the first."""
        with self._database.reading() as session:
            return samples.newest_before(session, run_id, moment)

    def verified_after(self, run_id: int, sample_id: int, *, limit: int) -> list[StoredInput]:
        """The same as `samples_after`, each checked against its hash."""
        with self._database.reading() as session:
            return samples.verified_after(session, run_id, sample_id, limit=limit)

    def verified(self, run_id: int, ids: Sequence[int]) -> list[StoredInput]:
        """The samples with these ids that were not thinned away, each checked against its hash."""
        with self._database.reading() as session:
            return samples.verified(session, run_id, ids)

    def verified_upto(
        self, run_id: int, probe: str, *, since: datetime, upto: int, limit: int
    ) -> list[StoredInput]:
        """The newest samples of one probe up to this id, observed at or after `since`; by id, verified."""
        with self._database.reading() as session:
            return samples.verified_upto(session, run_id, probe, since=since, upto=upto, limit=limit)

    def failures(self, run_id: int, source: str, *, limit: int) -> list[Input]:
        """The newest failures of one source, newest first."""
        with self._database.reading() as session:
            return samples.failures(session, run_id, source, limit=limit)

    # ------------------------------------------------------------ people

    def request_probe(
        self, run_id: int, probe: str, *, actor: str, role: str, identity: str, now: datetime
    ) -> int:
        """Ask the collectors to run a probe that only a person may start; the id of the request."""
        row = RequestRow(
            run_id=run_id, probe=probe, actor=actor, role=role, identity=identity, requested_at=now
        )
        with self._database.writing() as session:
            return people.request_probe(session, row)

    def take_requests(self, run_id: int, *, now: datetime, lease: Lease) -> list[ProbeRequest]:
        """The requests that nobody has taken yet, oldest first; each is given once."""
        with self._database.writing() as session:
            leases.require(session, lease)
            return people.take_requests(session, run_id, now=now)

    def append_event(self, run_id: int, draft: Draft, *, expected: int, now: datetime) -> Event | None:
        """Record what somebody did, or None where the log's head is not `expected`: somebody acted first."""
        with self._database.writing() as session:
            return events.append(session, run_id, draft, expected=expected, now=now)

    def events(self, run_id: int, after: int = 0) -> list[Event]:
        """The log of a run after this event, oldest first."""
        with self._database.reading() as session:
            return events.after(session, run_id, after)

    def sign_out(self, pseudonym: str, at_s: int) -> None:
        """Every session of this person that began until then has ended, at every dashboard."""
        with self._database.writing() as session:
            people.sign_out(session, pseudonym, at_s)

    def sign_outs(self, *, since_s: int) -> Mapping[str, int]:
        """The newest sign-out of each person since then."""
        with self._database.reading() as session:
            return people.sign_outs(session, since_s=since_s)

    def append_action(
        self, run_id: int, *, actor: str, role: str, identity: str, what: str, detail: str, now: datetime
    ) -> int:
        """Record something that a person did; the id of the record."""
        row = ActionRow(
            run_id=run_id, actor=actor, role=role, identity=identity, what=what, detail=detail, at=now
        )
        with self._database.writing() as session:
            return people.append_action(session, row)

    def actions(self, run_id: int) -> list[RecordedAction]:
        """Everything that people did in the run, oldest first."""
        with self._database.reading() as session:
            return people.actions(session, run_id)

    # ------------------------------------------------------------ the outbox

    def put_notices(
        self, run_id: int, notices: Sequence[Notice], *, channels: Sequence[str], now: datetime, lease: Lease
    ) -> list[Pending]:
        """Put in the notices that are new, for every channel; the deliveries that this makes."""
        with self._database.writing() as session:
            leases.require(session, lease)
            return outbox.put(session, run_id, notices, channels=channels, now=now)

    def record_attempts(self, run_id: int, attempts: Sequence[Attempt], *, lease: Lease) -> None:
        """Record what became of deliveries."""
        with self._database.writing() as session:
            leases.require(session, lease)
            outbox.record(session, run_id, attempts)

    def waiting_notices(self, run_id: int) -> tuple[Pending, ...]:
        """Every delivery that is not over, oldest notice first."""
        with self._database.reading() as session:
            return outbox.waiting(session, run_id)

    def given_up_notices(self, run_id: int, *, since: datetime) -> list[Attempt]:
        """What was given up from then on, oldest first."""
        with self._database.reading() as session:
            return outbox.given_up(session, run_id, since=since)

    def newest_notice_at(self, run_id: int) -> datetime | None:
        """Of when the newest notice of the run is, or None before the first."""
        with self._database.reading() as session:
            return outbox.newest_notice_at(session, run_id)
