"""What people may ask of the control room, what is refused, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from collectors.observation import Environment
from dashboard import access
from dashboard.access import AccessDeniedError, Action
from dashboard.control import Control
from dashboard.finance.values import Wanted
from dashboard.launch.board import Board, Verdict
from dashboard.launch.event import What
from dashboard.launch.plan import Plan, RoleKind
from dashboard.launch.scene import Act, Wish
from dashboard.launch.showing import show, show_hour
from dashboard.launch.view import Journey, View
from dashboard.room import Fault, RefusedError, UnknownError
from dashboard.store.errors import StoreUnansweredError
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.telling import press_told
from tests.cast import T0, answer, default_plan, failure, person
from tests.dashboard.store.scene import Writing, board, drafted, flip, opened, writing

PLAN = default_plan()
WORKING = {RoleKind.CEO, RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD, RoleKind.FINANCE}
MAY: dict[str, set[RoleKind]] = {
    "buy": WORKING,
    "refund": WORKING,
    "use the sample": WORKING,
    "put a fault in": {RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD},
    "take a fault out": {RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD},
    "take all out": {RoleKind.CHAIR, RoleKind.COORDINATOR, RoleKind.LEAD},
    "start a probe": {RoleKind.COORDINATOR, RoleKind.LEAD},
    "see services": set(RoleKind),
    "see the rehearsal": set(RoleKind),
    "see finance": set(RoleKind),
    "see the runs": set(RoleKind),
    "see the flips": set(RoleKind),
}
ASK: dict[str, Callable[[Control, RoleKind], object]] = {
    "buy": lambda room, kind: room.start_purchase(person(kind.value, kind)),
    "refund": lambda room, kind: room.refund_purchase(person(kind.value, kind)),
    "use the sample": lambda room, kind: room.use_sample(person(kind.value, kind)),
    "put a fault in": lambda room, kind: room.put_fault_in(person(kind.value, kind), "ledger_down"),
    "take a fault out": lambda room, kind: room.take_fault_out(person(kind.value, kind), "ledger_down"),
    "take all out": lambda room, kind: room.take_all_faults_out(person(kind.value, kind)),
    "start a probe": lambda room, kind: room.start_probe(person(kind.value, kind), "ledger.write_probe"),
    "see services": lambda room, kind: room.service(person(kind.value, kind), "stripe"),
    "see the rehearsal": lambda room, kind: room.rehearsal(person(kind.value, kind)),
    "see finance": lambda room, kind: room.finance(person(kind.value, kind), Wanted()),
    "see the runs": lambda room, kind: room.runs(person(kind.value, kind)),
    "see the flips": lambda room, kind: room.flips(person(kind.value, kind), None, limit=1),
}


@dataclass(slots=True)
class SmallWorld:
    """A world of one fault, and what was done to it."""

    active: bool = False
    to: Verdict = Verdict.NO_GO
    done: list[str] = field(default_factory=list)

    def faults(self) -> tuple[Fault, ...]:
        fault = Fault(
            id="ledger_down",
            title="The ledger is down",
            where="scholarship_api",
            gate="ledger",
            to=self.to,
            provoke="none",
            active=self.active,
            also={},
        )
        return (fault,)

    def put_in(self, fault: str) -> None:
        self.done.append(f"in {fault}")

    def take_out(self, fault: str) -> None:
        self.done.append(f"out {fault}")

    def take_all_out(self) -> None:
        self.done.append("all out")

    def journeys(self) -> tuple[Journey, ...]:
        return ()

    def buy(self) -> str:
        self.done.append("buy")
        return "pur_1"

    def refund(self) -> None:
        self.done.append("refund")

    def use(self) -> None:
        self.done.append("use")


class SilentWorld(SmallWorld):
    """A world that does not answer."""

    def faults(self) -> tuple[Fault, ...]:
        raise RefusedError("The rehearsal world does not answer (ConnectError).")


@dataclass(slots=True)
class Shown:
    """What is published, and the run it is of."""

    shown: View
    run: Run | None
    woken: int = 0

    def view(self) -> View:
        return self.shown

    def run_of_plan(self) -> Run | None:
        return self.run

    def plan(self) -> Plan:
        return PLAN

    def wake(self) -> None:
        self.woken += 1


@dataclass(slots=True)
class House:
    """A control room with everything that it was handed."""

    room: Control
    world: SmallWorld
    writer: Writing
    published: Shown

    @property
    def store(self) -> Store:
        return self.writer.store

    def done(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (one.actor, one.role, one.identity, one.what, one.detail)
            for one in self.store.actions(self.writer.run.id)
        ]

    def show(self, ledger: Verdict, *, trouble: str | None = None) -> None:
        judged = board(self.writer.run)
        judged = replace(judged, gates=(replace(judged.gates[0], verdict=ledger),))
        self.published.shown = _view(judged, trouble=trouble)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield _house(writing(store), SmallWorld())


@pytest.mark.parametrize("kind", RoleKind)
@pytest.mark.parametrize("asked", ASK)
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    house: House, asked: str, kind: RoleKind
) -> None:
    if kind in MAY[asked]:
        ASK[asked](house.room, kind)
        return

    with pytest.raises(AccessDeniedError, match="may not"):
        ASK[asked](house.room, kind)
    assert ([], []) == (house.world.done, house.done())
    assert [] == house.store.take_requests(house.writer.run.id, now=T0, lease=house.writer.lease)


def test_what_a_person_did_is_kept_with_who_and_how_sure(house: House) -> None:
    robin = person()

    house.room.put_fault_in(robin, "ledger_down")
    house.room.take_fault_out(robin, "ledger_down")
    house.room.take_all_faults_out(robin)
    bought = house.room.start_purchase(robin)
    house.room.refund_purchase(robin)
    house.room.use_sample(robin)

    assert ["in ledger_down", "out ledger_down", "all out", "buy", "refund", "use"] == house.world.done
    who = ("Robin", "coordinator", "asserted")
    assert [
        (*who, "fault put in", "ledger_down"),
        (*who, "fault taken out", "ledger_down"),
        (*who, "all faults taken out", ""),
        (*who, "purchase started", bought),
        (*who, "purchase refunded", ""),
        (*who, "sample used", ""),
    ] == house.done()


def test_a_started_probe_reaches_the_collectors_once(house: House) -> None:
    house.room.start_probe(person(), "ledger.write_probe")

    run, lease = house.writer.run.id, house.writer.lease
    taken = house.store.take_requests(run, now=T0, lease=lease)
    assert ["ledger.write_probe"] == [one.probe for one in taken]
    assert [] == house.store.take_requests(run, now=T0, lease=lease)


def test_a_probe_that_golive_asks_by_itself_is_not_started_by_a_person(house: House) -> None:
    with pytest.raises(RefusedError, match=r"stripe\.balance is not a probe that a person starts"):
        house.room.start_probe(person(), "stripe.balance")


def test_a_probe_cannot_be_started_before_anything_collects(house: House) -> None:
    house.published.run = None

    with pytest.raises(RefusedError, match="Nothing collects yet; start the collectors first"):
        house.room.start_probe(person(), "ledger.write_probe")


def test_an_unknown_source_is_refused_with_the_known_ones(house: House) -> None:
    with pytest.raises(RefusedError, match=r'There is no source "stripo"; choose one of .*stripe'):
        house.room.service(person(), "stripo")


def test_a_source_shows_its_attempts_newest_first_with_the_gates_that_use_them(house: House) -> None:
    probe = "scholarship_api.ready"
    house.writer.samples(answer(probe, ready=True), failure(probe))

    shown = house.room.service(person(), "scholarship_api")

    ready = next(found for found in shown.probes if found.probe == probe)
    assert (failure(probe), answer(probe, ready=True)) == ready.samples
    assert "All five services are ready" in ready.gates
    assert ("API lead", ("ledger.write_probe",)) == (shown.owner_title, shown.startable)


def test_every_source_of_the_plan_can_be_looked_at(house: House) -> None:
    for source in house.room.sources():
        assert source == house.room.service(person(), source).id


def test_live_has_nothing_to_put_faults_into(house: House) -> None:
    live = replace(house.room, world=None)

    assert not live.is_rehearsal
    with pytest.raises(RefusedError, match="This is no rehearsal"):
        live.put_fault_in(person(), "ledger_down")
    with pytest.raises(RefusedError, match="This is no rehearsal"):
        live.start_purchase(person())
    assert live.rehearsal(person()).unreachable
    assert [] == house.done()


def test_a_world_that_does_not_answer_is_said_on_the_page(house: House) -> None:
    silent = replace(house.room, world=SilentWorld())

    shown = silent.rehearsal(person())

    assert ((), "The rehearsal world does not answer (ConnectError).") == (shown.faults, shown.unreachable)


@pytest.mark.parametrize(
    ("active", "to", "ledger", "noticed"),
    [
        (True, Verdict.NO_GO, Verdict.NO_GO, True),
        (True, Verdict.NO_GO, Verdict.UNKNOWN, False),
        (True, Verdict.NO_GO, Verdict.GO, False),
        (True, Verdict.UNKNOWN, Verdict.UNKNOWN, True),
        (False, Verdict.NO_GO, Verdict.NO_GO, False),
    ],
)
def test_a_fault_is_noticed_when_it_is_in_and_its_gate_says_what_it_must(
    house: House, *, active: bool, to: Verdict, ledger: Verdict, noticed: bool
) -> None:
    house.world.active, house.world.to = active, to
    house.show(ledger)

    row = house.room.rehearsal(person()).faults[0]

    assert (ledger, noticed) == (row.seen, row.noticed)
    assert "The ledger is green, read and write" == row.gate_title


def test_a_lost_board_notices_nothing(house: House) -> None:
    house.world.active = True
    house.show(Verdict.NO_GO, trouble="the store cannot be read")

    row = house.room.rehearsal(person()).faults[0]

    assert (None, False) == (row.seen, row.noticed)


def test_of_a_store_that_fails_a_person_is_told_without_where_it_is(house: House, tmp_path: Path) -> None:
    house.store.close()
    for file in tmp_path.iterdir():
        file.unlink()
    (tmp_path / "golive.sqlite3").mkdir()

    with pytest.raises(RefusedError) as written:
        house.room.start_probe(person(), "ledger.write_probe")
    with pytest.raises(RefusedError) as read:
        house.room.service(person(), "stripe")
    with pytest.raises(RefusedError) as pressed:
        house.room.act(person(), Wish(act=Act.START, reason="everybody is here"))

    silent = "it does not answer, and is asked again all the time."
    assert f"The store cannot be written: {silent}" == str(written.value)
    assert f"The store cannot be read: {silent}" == str(read.value)
    assert f"Nothing was recorded. The store cannot be written: {silent}" == str(pressed.value)


def test_of_a_press_that_is_not_answered_it_is_not_said_that_nothing_was_recorded() -> None:
    with pytest.raises(RefusedError) as unanswered, press_told():
        raise StoreUnansweredError("Got 'no answer for 2 s'.")

    assert "The store cannot be written: it did not answer, so whether it was kept is not known" in str(
        unanswered.value
    )
    assert "Nothing was recorded" not in str(unanswered.value)


def test_what_is_recorded_later_than_it_happened_is_told_with_both_times(house: House) -> None:
    now = [T0]
    room = replace(house.room, clock=lambda: now[0])
    lead = person("frontend_lead", RoleKind.LEAD)
    started = room.act(person(), Wish(act=Act.START, reason="everybody is here"))
    now[0] += timedelta(minutes=9)

    said = room.act(lead, Wish(act=Act.BEGIN, subject="checkout_ready", ago_s=420))

    assert "Recorded: clock started at T+00:00." == started
    assert (
        "Recorded: task begun (Checkout and credit display are ready) at T+09:00. "
        "It happened at 09:02:00, recorded at 09:09:00." == said
    )


def test_what_somebody_does_is_published_at_once_and_a_refusal_publishes_nothing(house: House) -> None:
    start = Wish(act=Act.START, reason="everybody is here")

    house.room.act(person(), start)
    with pytest.raises(RefusedError):
        house.room.act(person(), start)

    assert 1 == house.published.woken


def test_what_another_plan_changes_is_read_once_however_often_it_is_drawn(house: House) -> None:
    assert "" == house.room.offered_plan(person())
    run, text = house.writer.run, house.store.plan_text(house.writer.run)
    house.writer.store.append_event(run.id, drafted(), expected=0, now=T0)
    house.store.open_run(plan_id="p", plan_sha256="b" * 64, plan_toml=f"{text}more = true\n", now=T0)
    other = "b" * 64
    offer = replace(drafted(), what=What.PLAN_OFFERED, before=run.plan_sha256, after=other, subject=other)
    house.store.append_event(run.id, offer, expected=1, now=T0)
    hour = show_hour(PLAN, house.store.events(run.id), T0)
    house.published.shown = replace(house.published.shown, hour=hour)

    first = house.room.offered_plan(person())
    house.store.close()

    assert "+more = true" in first.splitlines()
    assert first == house.room.offered_plan(person())


def test_looking_at_the_board_is_one_reference(house: House) -> None:
    assert house.room.view() is house.published.shown


def test_finance_has_a_reason_while_nothing_is_read_and_no_file(house: House) -> None:
    assert "nothing was read of the payments yet" in house.room.finance(person(), Wanted()).why
    with pytest.raises(RefusedError, match=r"nothing to take away: .* nothing was read of the payments yet"):
        house.room.finance_file(person(), Wanted(), "csv")


def test_finance_is_refused_before_anything_collects_and_without_money_in_the_plan(house: House) -> None:
    planned = replace(house.published, run=None)
    with pytest.raises(RefusedError, match="Nothing collects yet"):
        replace(house.room, published=planned).finance(person(), Wanted())

    unplanned = Unplanned(shown=house.published.shown, run=house.published.run)
    with pytest.raises(RefusedError, match=r"The plan has no \[money\]"):
        replace(house.room, published=unplanned).finance(person(), Wanted())


def test_everybody_looks_at_the_same_books(house: House) -> None:
    assert house.room._kept_books() is house.room._kept_books()


class Unplanned(Shown):
    """What is published of a plan that reads no money."""

    def plan(self) -> Plan:
        return msgspec.structs.replace(PLAN, money=None)


def _house(writer: Writing, world: SmallWorld) -> House:
    published = Shown(shown=_view(board(writer.run)), run=writer.run)
    room = Control(store=writer.store, published=published, world=world, clock=lambda: T0)
    return House(room=room, world=world, writer=writer, published=published)


def _view(judged: Board | None, *, trouble: str | None = None) -> View:
    return show(
        version=1,
        plan=PLAN,
        environment=Environment.REHEARSAL,
        board=judged,
        heartbeat_at=T0,
        trouble=trouble,
        tiles=(),
        flips=(),
        now=T0,
    )


def test_flips_are_those_of_the_run_that_is_followed_or_of_the_one_that_is_named(house: House) -> None:
    followed = house.writer.run
    house.writer.judged(board(followed, 1), flips=[flip(1, ())])
    later = house.store.open_run(plan_id="later", plan_sha256="0" * 64, plan_toml="id = 1", now=T0)

    told = [house.room.flips(person(), named, limit=5) for named in (None, followed.id, later.id)]

    assert [followed.id, followed.id, later.id] == [each.run.id for each in told]
    assert [[1], [1], []] == [[flip.evaluation for flip in each.flips] for each in told]


def test_flips_of_a_run_that_there_is_not_are_not_none(house: House) -> None:
    with pytest.raises(UnknownError, match=r"^There is no run 4711\.$"):
        house.room.flips(person(), 4711, limit=5)


def test_before_anything_collects_no_run_is_followed(house: House) -> None:
    house.published.run = None

    with pytest.raises(RefusedError, match="Nothing collects yet; start the collectors first") as raised:
        house.room.flips(person(), None, limit=5)
    assert not isinstance(raised.value, UnknownError)


@pytest.mark.parametrize("kind", RoleKind)
def test_runs_and_flips_are_shown_to_whom_the_table_names(
    house: House, kind: RoleKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "ALLOWED", {Action.SEE_REPLAY: frozenset({RoleKind.AUDITOR})})

    for asked in ("see the runs", "see the flips"):
        if kind is RoleKind.AUDITOR:
            ASK[asked](house.room, kind)
            continue
        with pytest.raises(AccessDeniedError, match="may not see the replay; a auditor may"):
            ASK[asked](house.room, kind)
