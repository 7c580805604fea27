"""A run is sealed as it goes, in order and once, by whoever goes on with it; and only by who may."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.launch.board import Verdict
from dashboard.launch.event import What
from dashboard.launch.plan_file import load_plan
from dashboard.launch.scene import Act, RefusedActError
from dashboard.room import RefusedError
from dashboard.sealing.handover import handover
from dashboard.sealing.heads import signed_head
from dashboard.sealing.report import HANDOVER
from dashboard.sealing.sealer import HEAD_EVERY, Sealer
from dashboard.store.errors import StoreFullError
from dashboard.wiring.sealing import sealer_of
from evidence.canonical import read as read_json
from evidence.contents import Decision, Genesis, content
from evidence.heads import HeadError, HeadSigner
from evidence.keys import LOG_FILE, RECORDER_FILE, KeyFileError, make_keys
from evidence.log import Appending, LogError, LogStore
from evidence.record import Kind, Record
from evidence.redaction import find_secret
from evidence.verification.report import Severity
from tests.dashboard.launch.money.bought import after
from tests.dashboard.money_read import OURS
from tests.dashboard.sealing.scene import (
    CEO,
    CHAIR,
    COORDINATOR,
    T_0,
    Launch,
    launching,
    whole,
)
from tests.dashboard.store.scene import opened
from tests.dashboard.tower import LOADED


def short(launch: Launch, *, ending: str = "GO") -> Iterator[None]:
    """A launch with a bit of everything, which stops wherever whoever seals it may look."""
    launch.read_endpoint()
    launch.judge()
    yield
    launch.now = T_0
    launch.sample()
    launch.judge(ledger=Verdict.NO_GO)
    launch.start()
    yield
    launch.wait(5)
    launch.judge()
    launch.act(CEO, Act.DECIDE, "HOLD", reason="one more look")
    launch.wait(5)
    launch.sample()
    launch.judge(latency=Verdict.UNKNOWN, cors=Verdict.NO_GO)
    yield
    launch.wait(90)
    launch.judge()
    if ending == "GO":
        launch.go()
    yield
    launch.now = after(25)
    launch.purchase()
    yield
    launch.wait(60)
    launch.judge()
    launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    yield


def told(record: Record) -> Decision:
    return content(record.predicate.data, Decision)


def fails(launch: Launch, *, is_open: bool = False) -> list[str]:
    return [str(each) for each in launch.verified(is_open=is_open).findings if each.severity is Severity.FAIL]


# ---------------------------------------------------------------- what is sealed, and in which order


def test_a_log_begins_with_the_genesis_and_its_head_is_signed_at_once(launch: Launch) -> None:
    launch.sealer()

    (genesis,) = launch.records()
    said = content(genesis.predicate.data, Genesis)
    assert (0, Kind.GENESIS, launch.writer.run.id) == (
        genesis.predicate.log.index,
        genesis.predicate.kind,
        said.run,
    )
    assert [1] == list(launch.store.evidence.heads(launch.writer.run.id))
    assert said.plan_sha256 == genesis.subject[0].digest.sha256
    plan = launch.room().blob(COORDINATOR, genesis.subject[1].digest.sha256)
    assert launch.loaded.text.encode() == plan


def test_events_flips_and_decisions_are_sealed_in_the_order_in_which_they_were_recorded(
    launch: Launch,
) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()

    keys = [each for each in launch.names() if not each.startswith(("inputs/", "item/"))]
    voters = [f"event/{number}" for number in range(3, 10)]
    assert [
        "genesis",
        "flip/2/ledger",
        "event/1",
        "flip/3/ledger",
        "event/2",
        "decision/2",
        "flip/4/cors",
        "flip/4/latency",
        "flip/5/cors",
        "flip/5/latency",
        *voters,
        "event/10",
        "decision/10",
        "event/11",
        "close/11",
    ] == keys


def test_a_decision_has_the_inputs_up_to_it_over_a_head_of_its_own_and_a_head_behind_it(
    launch: Launch,
) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()

    keys, records = launch.names(), launch.records()
    heads = launch.store.evidence.heads(launch.writer.run.id)
    for key in ("decision/2", "decision/10", "close/11"):
        index = keys.index(key)
        assert keys[index - 2].startswith("inputs/")
        assert told(records[index]).tree.size == index - 1
        assert {index - 1, index + 1} <= set(heads)
    assert [] == fails(launch)


def test_a_go_cites_what_proves_it_and_the_close_everything(launch: Launch) -> None:
    whole(launch)

    keys, records = launch.names(), launch.records()
    go, close = (told(each) for each in records if each.predicate.kind in {Kind.DECISION, Kind.CLOSE})
    assert (("GO", ()), ("CLOSED", ())) == ((go.verdict, go.unmet), (close.verdict, close.unmet))
    assert ["item/stripe_endpoint/1"] == [keys[each.index] for each in go.evidence]
    assert 6 == len(close.evidence)


def test_a_close_that_lacks_something_says_what(launch: Launch) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()

    assert ("stripe_page", "credits_page") == told(launch.records()[-1]).unmet


def test_the_close_ends_the_log_with_the_figures(launch: Launch) -> None:
    sealer = launch.sealer()
    for _ in short(launch):
        sealer.step()
    size = len(launch.names())
    launch.wait(60)
    launch.judge(ledger=Verdict.NO_GO)
    launch.act(COORDINATOR, Act.NEXT_ATTEMPT, reason="again")
    sealer.step()
    launch.sealer().step()

    close = launch.records()[-1]
    named = {each.name: each.digest.sha256 for each in close.subject}
    figures = read_json(launch.room().blob(COORDINATOR, named[HANDOVER]) or b"")
    assert size == len(launch.names())
    assert {"cut_off", "board", "kpis", "money"} == set(figures)
    assert ("GO", close.predicate.captured_at) == (figures["board"]["verdict"], figures["cut_off"])


def test_a_run_that_is_scrubbed_before_t_0_is_closed_too(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(COORDINATOR, Act.SCRUB, reason="no quorum")
    sealer.step()

    assert (["event/1", "close/1"], "SCRUBBED") == (launch.names()[-2:], told(launch.records()[-1]).verdict)
    assert [] == fails(launch)


def test_nobody_s_name_is_in_what_was_sealed(launch: Launch) -> None:
    whole(launch)

    assert b"Robin" not in launch.bundle().read_bytes()


def test_a_head_is_signed_after_so_many_records_without_a_decision(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.start()
    for _ in range(HEAD_EVERY):
        launch.judge(ledger=Verdict.NO_GO)
        launch.judge()
    sealer.step()

    assert len(launch.names()) in launch.store.evidence.heads(launch.writer.run.id)


# ---------------------------------------------------------------- both or nothing, and going on


class PulledError(Exception):
    """The plug was pulled."""


@dataclass
class Plug:
    """Lets so many things be written; then nothing more is."""

    left: int = 1_000_000

    def pull(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise PulledError


@dataclass
class Pulled:
    """A log that stops at a record, as a kill would: what was put in the same go is not kept."""

    store: LogStore
    plug: Plug
    _appending: Appending | None = field(init=False, default=None)

    @contextmanager
    def appending(self) -> Iterator[Any]:
        with self.store.appending() as self._appending:
            yield self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._appending, name)

    def put(self, **values: Any) -> None:
        self.plug.pull()
        assert self._appending is not None
        self._appending.put(**values)


def plugged(launch: Launch, plug: Plug) -> Sealer:
    """A sealer that is stopped when the plug is pulled: at a record, or where a head is kept."""
    seal = launch.seal()
    sealer = sealer_of(seal, launch.store, launch.writer.run, OURS, launch.clock)
    sealer.log = replace(sealer.log, store=Pulled(sealer.log.store, plug))

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Heads(type(seal.heads(sealer.log.origin))):  # type: ignore[misc]  # whatever signs heads
        def sign(self, leaves: Any) -> bytes:
            plug.pull()
            note: bytes = super(Heads, self).sign(leaves)
            plug.pull()
            return note

    # The real figures are looked at elsewhere, and cost half a second each.
    sealer.handover = lambda at: handover(at=at, board=None, kpis=(), money="None here.")
    heads = sealer.heads
    sealer.heads = Heads(origin=heads.origin, key=heads.key, folder=heads.folder)
    sealer.resume()
    return sealer


def pulled_once(launch: Launch, at: int) -> bool:
    """Seal the short launch; the plug is pulled at that point, and whoever comes next goes on. False where
    nothing was left to pull at.
    """
    plug, sealer = Plug(left=at), None
    for _ in short(launch, ending="HOLD"):
        for _ in range(2):
            try:
                sealer = sealer or plugged(launch, plug)
                sealer.step()
                break
            except PulledError:
                plug.left, sealer = 1_000_000, None
    return plug.left > 900_000


def expected_keys(launch: Launch) -> list[str]:
    """What the short launch becomes when nobody pulls the plug."""
    sealer = launch.sealer()
    for _ in short(launch, ending="HOLD"):
        sealer.step()
    return launch.names()


def test_wherever_it_is_stopped_whoever_goes_on_seals_everything_once_and_in_order(
    ready: Path, tmp_path: Path
) -> None:
    with _fresh(ready, tmp_path / "whole") as launch:
        expected = expected_keys(launch)

    point = 0
    while True:
        with _fresh(ready, tmp_path / f"{point}") as launch:
            is_pulled = pulled_once(launch, point)
            assert expected == launch.names(), f"stopped at {point}"
            assert point % 7 or [] == fails(launch)
            heads = launch.store.evidence.heads(launch.writer.run.id)
            assert {1, len(expected)} <= set(heads)
        if not is_pulled:
            break
        point += 1
    assert point > len(expected)


@contextmanager
def _fresh(ready: Path, folder: Path) -> Iterator[Launch]:
    shutil.copytree(ready, folder)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}") as launch:
        yield launch


def test_an_event_and_its_decision_are_both_there_or_neither_is(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(CEO, Act.DECIDE, "HOLD", reason="one more look")
    plug = Plug(left=1)
    sealer.log = replace(sealer.log, store=Pulled(sealer.log.store, plug))

    with pytest.raises(PulledError):
        sealer.step()

    assert ["genesis"] == launch.names()
    launch.sealer().step()
    assert ["genesis", "event/1", "decision/1"] == launch.names()


def test_a_store_that_is_full_once_costs_nothing_but_time(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(CEO, Act.DECIDE, "HOLD", reason="one more look")
    good, full = sealer.log, Plug(left=1)

    def pull() -> None:
        full.left -= 1
        if full.left < 0:
            raise StoreFullError("Got 'full'.")

    full.pull = pull  # type: ignore[method-assign]  # this plug says something else
    sealer.log = replace(good, store=Pulled(good.store, full))
    with pytest.raises(StoreFullError):
        sealer.step()
    sealer.log = good
    sealer.step()

    assert ["genesis", "event/1", "decision/1"] == launch.names()


def test_what_was_sealed_is_not_sealed_again_by_a_second_sealer_beside_it(launch: Launch) -> None:
    first, second = launch.sealer(), launch.sealer()
    for _ in short(launch):
        first.step()
        second.step()

    keys = launch.names()
    assert len(set(keys)) == len(keys)
    assert [] == fails(launch)


def test_events_of_a_clock_that_was_set_back_keep_their_order(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.start()
    launch.judge(ledger=Verdict.NO_GO)
    launch.wait(-30)
    launch.judge()
    launch.act(COORDINATOR, Act.HOLD)
    plug = Plug(left=3)
    sealer.log = replace(sealer.log, store=Pulled(sealer.log.store, plug))
    with pytest.raises(PulledError):
        sealer.step()
    launch.sealer().step()

    keys = [each for each in launch.names() if not each.startswith("inputs/")]
    assert {"genesis", "event/1", "event/2", "flip/2/ledger", "flip/3/ledger"} == set(keys)
    assert keys.index("event/1") < keys.index("event/2")
    assert keys.index("flip/2/ledger") < keys.index("flip/3/ledger")


# ---------------------------------------------------------------- who may go on


def test_a_database_that_was_turned_back_is_refused(launch: Launch, folder: Path) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.start()
    sealer.step()
    with sqlite3.connect(folder / "golive.sqlite3") as now, sqlite3.connect(folder / "old.sqlite3") as old:
        now.backup(old)
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    sealer.step()

    with opened(f"sqlite:///{folder / 'old.sqlite3'}") as store:
        back = replace(launch, writer=replace(launch.writer, store=store))
        back.act(CEO, Act.DECIDE, "HOLD", reason="it never was")
        with pytest.raises(HeadError, match=r"turned back|rewritten"):
            back.sealer().step()
        with pytest.raises(RefusedError, match=r"turned back|rewritten"):
            back.bundle()


@pytest.mark.parametrize(("file", "error"), [(RECORDER_FILE, LogError), (LOG_FILE, KeyFileError)])
def test_a_key_that_the_log_did_not_begin_with_is_refused(
    launch: Launch, folder: Path, file: str, error: type[Exception]
) -> None:
    launch.sealer()
    launch.judge()
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    make_keys(folder / "other")
    shutil.copy(folder / "other" / file, folder / "keys" / file)

    with pytest.raises(error, match="got another"):
        launch.sealer().step()
    assert ["genesis"] == launch.names()


def test_no_head_is_signed_by_a_key_that_the_log_did_not_begin_with(launch: Launch, folder: Path) -> None:
    launch.sealer()
    other = make_keys(folder / "other")
    log = launch.room()._desk().log
    heads = HeadSigner(origin=log.origin, key=other.log, folder=folder / "other")

    with pytest.raises(HeadError, match="got another key than the one that the log"):
        signed_head(launch.store, launch.writer.run.id, heads)
    assert [1] == list(launch.store.evidence.heads(launch.writer.run.id))


# ---------------------------------------------------------------- what golive captures by itself


def test_what_golive_reads_is_captured_when_the_trace_gets_there(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.start()
    launch.now = after(25)
    sealer.step()
    assert [] == _items(launch)

    launch.purchase()
    sealer.step()
    sealer.step()

    assert ["stripe_charge/1", "stripe_endpoint/1", "ledger_balance/1", "ledger_transactions/1"] == _items(
        launch
    )
    charge = next(each for each in launch.records() if each.predicate.key == "item/stripe_charge/1")
    (blob,) = read_json(launch.room().blob(COORDINATOR, charge.subject[0].digest.sha256) or b"")
    assert ("ch_1", 999, True) == (blob["id"], blob["amount"], blob["livemode"])
    assert ("2026-11-24T12:00:20Z", "2026-11-24T12:00:25Z") == (
        charge.predicate.captured_at,
        charge.predicate.recorded_at,
    )


def test_outside_its_window_nothing_is_captured(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = after(25 - 29 * 60)
    launch.start()
    launch.now = after(25)
    launch.purchase()
    sealer.step()
    assert ["stripe_endpoint/1"] == _items(launch)

    launch.wait(minutes=1)
    sealer.step()

    assert 4 == len(_items(launch))


def test_what_expired_is_captured_again_once_it_was_read_again(folder: Path) -> None:
    text = LOADED.text.replace("valid_for_s = 86400", "valid_for_s = 600")
    quick = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", quick) as launch:
        sealer = launch.sealer()
        launch.read_endpoint()
        sealer.step()
        launch.wait(601)
        for _ in range(3):
            sealer.step()
        assert ["stripe_endpoint/1"] == _items(launch)

        launch.read_endpoint()
        for _ in range(3):
            sealer.step()

        assert ["stripe_endpoint/1", "stripe_endpoint/2"] == _items(launch)


def test_what_was_undone_by_a_recycle_is_captured_again(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.start()
    launch.now = after(25)
    launch.purchase()
    sealer.step()
    launch.act(COORDINATOR, Act.RECYCLE, mark_s=20 * 60)
    sealer.step()
    assert 4 == len(_items(launch))

    launch.wait(minutes=11)
    launch.purchase()
    sealer.step()

    assert ["ledger_balance/2", "ledger_transactions/2", "stripe_charge/2"] == sorted(_items(launch)[4:])


def test_what_holds_a_secret_is_not_captured_and_nothing_else_stops(
    launch: Launch, caplog: pytest.LogCaptureFixture
) -> None:
    sealer = launch.sealer()
    launch.read_endpoint(id="sk_live_51N0aBcDeFgHiJkLmNoPq")
    launch.judge(ledger=Verdict.NO_GO)
    for _ in range(3):
        sealer.step()

    assert ["genesis", "flip/1/ledger"] == launch.names()
    assert ["stripe_endpoint"] == [each.getMessage().split()[0] for each in caplog.records]
    assert "sk_live" not in caplog.text


def _items(launch: Launch) -> list[str]:
    return [each.removeprefix("item/") for each in launch.names() if each.startswith("item/")]


# ---------------------------------------------------------------- plans and attempts


def test_a_plan_that_is_changed_under_way_leaves_the_log_its_first_plan(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.now = T_0
    launch.read_endpoint()
    sealer.step()
    launch.judge()
    launch.start()
    other = load_plan(
        LOADED.text.replace('title = "First live dollar"', 'title = "Second"'), scan=find_secret
    )
    launch.conductor().offer(other.sha256)
    launch.store.open_run(
        plan_id=other.plan.id, plan_sha256=other.sha256, plan_toml=other.text, now=launch.now
    )
    launch.act(COORDINATOR, Act.ASK_PLAN)
    launch.act(CHAIR, Act.ADOPT_PLAN)
    sealer.step()
    run = launch.store.run(launch.writer.run.id)
    assert run is not None
    launch.writer = replace(launch.writer, run=run)
    again = launch.sealer()
    launch.loaded = other
    launch.judge()
    launch.act(CEO, Act.DECIDE, "NO_GO", reason="it is red")
    again.step()

    whats = [each.predicate.data["what"] for each in launch.records() if each.predicate.kind is Kind.EVENT]
    assert What.PLAN_CHANGED.value in whats
    genesis = content(launch.records()[0].predicate.data, Genesis)
    assert genesis.plan_sha256 == told(launch.records()[-1]).plan_sha256
    assert [] == fails(launch, is_open=True)


def test_the_next_attempt_begins_a_log_that_cites_the_head_before(launch: Launch) -> None:
    sealer = launch.sealer()
    launch.judge()
    launch.act(COORDINATOR, Act.SCRUB, reason="no quorum")
    sealer.step()
    launch.act(COORDINATOR, Act.NEXT_ATTEMPT, reason="again")
    heads = launch.store.evidence.heads(launch.writer.run.id)
    origin = launch.store.evidence.origin(launch.writer.run.id)
    launch.wait()
    run = launch.store.open_run(
        plan_id=LOADED.plan.id, plan_sha256=LOADED.sha256, plan_toml=LOADED.text, now=launch.now
    )
    launch.writer = replace(launch.writer, run=run)
    launch.sealer()

    before = content(launch.records()[0].predicate.data, Genesis).before
    assert before is not None
    assert (2, origin, max(heads)) == (run.attempt, before.origin, before.size)
    assert origin != launch.store.evidence.origin(run.id)


def test_a_plan_that_wants_nothing_proven_is_sealed_all_the_same(folder: Path) -> None:
    text = LOADED.text[: LOADED.text.index("[evidence]")]
    bare = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", bare) as launch:
        sealer = launch.sealer()
        for _ in short(launch):
            sealer.step()

        assert () == told(launch.records()[-1]).unmet
        assert [] == fails(launch)


def test_two_people_cannot_override_what_is_not_proven(launch: Launch) -> None:
    launch.sealer().step()
    launch.judge(cors=Verdict.UNKNOWN)
    launch.act(CHAIR, Act.ASK_OVERRIDE)

    with pytest.raises(RefusedActError, match="not proven yet is “Stripe: the webhook endpoint”"):
        launch.act(CEO, Act.OVERRIDE)

    launch.read_endpoint()
    launch.sealer().step()
    assert "GO by override" == launch.act(CEO, Act.OVERRIDE).after


def test_no_go_is_taken_while_the_endpoint_is_not_proven(launch: Launch) -> None:
    launch.sealer()
    launch.now = T_0
    with pytest.raises(RefusedActError, match="Stripe: the webhook endpoint"):
        launch.go()


def test_no_go_is_taken_without_a_stamp_where_the_plan_wants_one(folder: Path) -> None:
    text = LOADED.text.replace("valid_for_s = 86400", "require_anchor_before_go = true")
    strict = load_plan(text, scan=find_secret)
    with launching(folder, f"sqlite:///{folder / 'golive.sqlite3'}", strict) as launch:
        launch.sealer()
        launch.read_endpoint()
        launch.sealer().step()
        with pytest.raises(RefusedActError, match="stamp"):
            launch.go()
