"""The reading loop keeps what it reads and why it could not; one list that fails silences no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.asking import Asker
from collectors.ledger_history import LedgerHistory
from collectors.money import Charge, Refund
from collectors.money_window import MoneyList, Window
from collectors.observation import Environment, Observation
from collectors.receipts import ReceiptHistory
from collectors.stripe_history import LISTINGS, StripeHistory
from dashboard.store.errors import LeaseLostError, StoreLockedError
from dashboard.store.money import MoneyStore
from dashboard.store.values import COLLECTORS, Lease
from dashboard.wiring.money_reading import OFTEN, SELDOM, SELDOM_EVERY, MoneyReading
from tests.cast import answer
from tests.collectors import stripe_objects as made
from tests.collectors.issuing import Issuing
from tests.collectors.loopback import Loopback, Reply, as_html, as_json
from tests.collectors.stripe_history_source import PATHS, StripeSource, Told, denied
from tests.collectors.striping import NOW, NOW_S, TYPES, error, listed, reader_of
from tests.collectors.test_ledger_denials import PATH as DENIALS
from tests.collectors.test_ledger_denials import denial, denials
from tests.collectors.test_ledger_history import history as ledger_history
from tests.collectors.test_ledger_history import receipts as receipt_history
from tests.collectors.test_ledger_history import row
from tests.collectors.test_notification_log import PATH as NOTIFICATIONS
from tests.collectors.test_notification_log import delivery, notifications
from tests.dashboard.store.scene import Writing, opened, writing

SELDOM_PATHS = [DENIALS if name is MoneyList.DENIALS else f"/v1/{name.value}" for name in SELDOM]


@dataclass
class Scene:
    source: Loopback
    writer: Writing
    reading: MoneyReading

    def reasons(self) -> dict[MoneyList, str | None]:
        return {name: read.reason for name, read in self.writer.store.money.reads().items()}

    def tells(self, *told: Told) -> None:
        StripeSource(self.source, told, lambda: NOW_S)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite'}") as store:
        yield writing(store)


@pytest.fixture
async def asker() -> AsyncIterator[Asker]:
    async with Asker(environment=Environment.REHEARSAL, timeout_ms=2_000, clock=lambda: NOW) as one:
        yield one


@pytest.fixture
def scene(source: Loopback, writer: Writing, asker: Asker) -> Scene:
    issuing = Issuing(source)
    source.on("/api/v1/transactions", as_json({"items": [row(1)], "next_cursor": None}))
    source.on(DENIALS, as_json({"items": [denial(1)], "next_cursor": None}))
    source.on("/receipts", as_json({"items": []}))
    source.on(NOTIFICATIONS, as_json({"items": [delivery(1)]}))
    ledger: LedgerHistory = ledger_history(issuing)
    receipts: ReceiptHistory = receipt_history(issuing)
    reading = MoneyReading(
        store=writer.store.money,
        lease=writer.lease,
        asker=asker,
        stripe=StripeHistory(
            reader=reader_of(source), events=TYPES, since=NOW_S - 3_600, rng=random.Random(1)
        ),
        ledger=ledger,
        receipts=receipts,
        denials=denials(issuing),
        notifications=notifications(issuing),
        interval_s=0.01,
        clock=lambda: NOW,
    )
    scene = Scene(source, writer, reading)
    scene.tells(Told(plain=made.charge(1, NOW_S - 10)), Told(plain=made.refund(1, NOW_S - 5)))
    return scene


async def test_a_round_reads_every_list_and_says_so(scene: Scene) -> None:
    await scene.reading.round()

    assert set(MoneyList) == set(scene.reasons())
    assert {None} == set(scene.reasons().values())
    assert 1 == len(list(scene.writer.store.money.each(Charge)))
    now = datetime.now(UTC)
    assert 1 == len(list(scene.writer.store.money.entries(since=now - timedelta(1), until=now)))


async def test_what_moves_no_money_is_asked_seldom(scene: Scene) -> None:
    each_round: list[int] = []
    for _ in range(SELDOM_EVERY + 1):
        before = scene.source.counts()
        await scene.reading.round()
        after = scene.source.counts()
        each_round.append(sum(after[path] - before[path] for path in SELDOM_PATHS))

    assert SELDOM_EVERY + 1 == after["/v1/charges"]
    assert [2, 2, 2, 2, 2] == [after[path] for path in SELDOM_PATHS]
    assert (len(SELDOM), 1) == (each_round[0], max(each_round[1:]))


async def test_an_event_that_is_new_brings_one_round_before_its_time(scene: Scene) -> None:
    """Rounds are an hour apart, so that whatever is asked again is asked for the news."""
    scene.reading.interval_s = 3_600.0
    ended = asyncio.Event()
    running = asyncio.create_task(scene.reading.run_until(ended))
    await _until(lambda: scene.reasons().keys() == set(MoneyList))

    scene.reading.take(_deliveries(events=1))
    await _until(lambda: scene.source.counts()["/v1/charges"] == 2)
    scene.reading.take(_deliveries(events=1))
    scene.reading.take(_deliveries(events=2))
    await _quiet(scene)
    ended.set()
    await running

    asked = scene.source.counts()
    assert 2 == asked["/v1/charges"]
    assert 2 == asked["/api/v1/transactions"]
    assert [1] * len(SELDOM) == [asked[path] for path in SELDOM_PATHS]


async def test_an_answer_without_a_new_event_brings_no_round(scene: Scene) -> None:
    scene.reading.interval_s = 3_600.0
    ended = asyncio.Event()
    running = asyncio.create_task(scene.reading.run_until(ended))
    await _until(lambda: scene.reasons().keys() == set(MoneyList))

    scene.reading.take(_deliveries(events=0))
    scene.reading.take(replace(_deliveries(events=7), probe="ledger.transactions"))
    await _quiet(scene)
    ended.set()
    await running

    assert 1 == scene.source.counts()["/v1/charges"]


def _deliveries(*, events: int) -> Observation:
    return answer("stripe.deliveries", judged=events, undelivered=0, pending=0)


async def _until(told: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not told():  # noqa: ASYNC110 - the server counts in another thread
            await asyncio.sleep(0.01)


async def _quiet(scene: Scene) -> None:
    """Until nothing was asked for a while: the loop had every chance to ask again, and did not."""
    asked = -1
    while asked != len(scene.source.requests):
        asked = len(scene.source.requests)
        await asyncio.sleep(0.3)


async def test_every_request_to_stripe_is_counted_once(scene: Scene) -> None:
    for _ in range(3):
        await scene.reading.round()

    sent = sum(count for path, count in scene.source.counts().items() if path.startswith("/v1/"))
    assert sent == scene.writer.store.money.month_requests(f"{NOW:%Y-%m}")


async def test_a_denied_list_is_unknown_and_the_others_go_on(scene: Scene) -> None:
    scene.source.on("/v1/refunds", denied("rak_refund_read"))

    await scene.reading.round()

    reasons = scene.reasons()
    assert "scope" == reasons.pop(MoneyList.REFUNDS)
    assert {None} == set(reasons.values())
    assert scene.writer.store.money.reads()[MoneyList.REFUNDS].as_of is None


async def test_a_key_that_may_not_see_the_balance_reads_every_list(scene: Scene) -> None:
    scene.source.on("/v1/balance", denied("rak_balance_read"))

    await scene.reading.round()

    assert {None} == set(scene.reasons().values())
    assert 1 == len(list(scene.writer.store.money.each(Charge)))


@pytest.mark.parametrize("name", sorted(LISTINGS))
async def test_each_scope_that_is_denied_blinds_its_list_alone(name: MoneyList, scene: Scene) -> None:
    scene.source.on(LISTINGS[name].path, denied("rak_some_read"))

    await scene.reading.round()

    reasons = scene.reasons()
    assert "scope" == reasons.pop(name)
    assert {None} == set(reasons.values())


async def test_a_key_that_is_refused_in_the_middle_stops_stripe_and_not_the_ledger(scene: Scene) -> None:
    await scene.reading.round()
    for path in PATHS.values():
        scene.source.on(path, error(401))
    before = scene.writer.store.money.reads()
    asked = len(scene.source.requests)

    for _ in range(5):
        await scene.reading.round()

    after = scene.writer.store.money.reads()
    assert "auth" == after[MoneyList.EVENTS].reason
    assert before[MoneyList.EVENTS].as_of == after[MoneyList.EVENTS].as_of
    stripe = [request for request in scene.source.requests[asked:] if request.path.startswith("/v1/")]
    assert 1 == len(stripe)
    assert after[MoneyList.LEDGER].ok


@pytest.mark.parametrize(
    ("path", "name", "reply", "reason"),
    [
        ("/v1/charges", MoneyList.CHARGES, Reply(body=b'{"object": "list", "data": [{"id'), "malformed"),
        ("/v1/charges", MoneyList.CHARGES, as_html("canary"), "malformed"),
        ("/v1/charges", MoneyList.CHARGES, listed(has_more=True), "malformed"),
        ("/v1/charges", MoneyList.CHARGES, error(503), "server"),
        ("/v1/charges", MoneyList.CHARGES, Reply(reset=True), "unreachable"),
        (
            "/api/v1/transactions",
            MoneyList.LEDGER,
            as_json({"items": [row(2, credits=9990.0)], "next_cursor": None}),
            "malformed",
        ),
    ],
    ids=["cut", "html", "an endless nothing", "503", "reset", "a float"],
)
async def test_a_bad_answer_leaves_its_list_unknown_and_nothing_is_lost(
    path: str, name: MoneyList, reply: Reply, reason: str, scene: Scene
) -> None:
    await scene.reading.round()
    cursor = scene.writer.store.money.cursors()[name]
    scene.source.on(path, reply)

    await scene.reading.round()

    reasons = scene.reasons()
    assert reason == reasons.pop(name)
    assert {None} == set(reasons.values())
    assert cursor == scene.writer.store.money.cursors()[name]
    assert 1 == len(list(scene.writer.store.money.each(Charge)))
    now = datetime.now(UTC)
    assert 1 == len(list(scene.writer.store.money.entries(since=now - timedelta(1), until=now)))


async def test_a_rate_limit_for_ever_leaves_all_as_old_as_it_was(scene: Scene) -> None:
    await scene.reading.round()
    for path in PATHS.values():
        scene.source.on(path, error(429, Stripe_Rate_Limited_Reason="global-rate"))
    asked = len(scene.source.requests)

    for _ in range(5):
        await scene.reading.round()

    reads = scene.writer.store.money.reads()
    assert "rate_limited" == reads[MoneyList.CHARGES].reason
    assert NOW == reads[MoneyList.CHARGES].as_of
    assert 1 == sum(request.path.startswith("/v1/") for request in scene.source.requests[asked:])
    assert 1 == len(list(scene.writer.store.money.each(Charge)))


async def test_denials_are_kept_and_a_plan_without_them_asks_none(scene: Scene) -> None:
    await scene.reading.round()
    asked = len(scene.source.asked(DENIALS))
    scene.reading.denials = None
    for _ in range(SELDOM_EVERY):
        await scene.reading.round()

    found = scene.writer.store.money.denied_users(since=NOW - timedelta(days=9_999), purchase_kind="purchase")
    assert [("u-1", 1, True)] == [(each.user, each.denials, each.is_paying) for each in found]
    assert (1, 1) == (asked, len(scene.source.asked(DENIALS)))
    assert {None} == set(scene.reasons().values())


async def test_the_delivery_log_is_asked_as_often_as_the_receipt_log_and_only_where_there_is_one(
    scene: Scene,
) -> None:
    for early in (False, False, True):
        await scene.reading.round(early=early)
    with_log = scene.source.counts()
    scene.reading.notifications = None
    await scene.reading.round()
    without = scene.source.counts()

    assert (3, 3) == (with_log[NOTIFICATIONS], with_log["/receipts"])
    assert (3, 4) == (without[NOTIFICATIONS], without["/receipts"])
    kept = scene.writer.store.money.notifications(since=NOW - timedelta(days=9_999))
    assert ["pi_1"] == [each.payment_intent for each in kept]


async def test_a_delivery_is_written_when_it_is_new_and_not_again_while_nothing_is(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.reading.round()
    recorded: list[Window] = []
    record = MoneyStore.record

    def noted(store: MoneyStore, *outcomes: Window, lease: Lease, requests: int = 0) -> None:
        recorded.extend(outcomes)
        record(store, *outcomes, lease=lease, requests=requests)

    monkeypatch.setattr(MoneyStore, "record", noted)
    await scene.reading.round()
    scene.source.on(NOTIFICATIONS, as_json({"items": [delivery(2), delivery(1)]}))
    await scene.reading.round()

    windows = [each for each in recorded if each.list is MoneyList.NOTIFICATIONS]
    kept = scene.writer.store.money.notifications(since=NOW - timedelta(days=9_999))
    assert [0, 2] == [len(each.notifications) for each in windows]
    assert ["ntf_1", "ntf_2"] == sorted(each.id for each in kept)


async def test_a_delivery_log_that_cannot_be_read_is_a_reason_and_silences_nothing(scene: Scene) -> None:
    scene.source.on(NOTIFICATIONS, as_json({}, status=503))

    await scene.reading.round()

    reasons = scene.reasons()
    assert "server" == reasons.pop(MoneyList.NOTIFICATIONS)
    assert {None} == set(reasons.values())


async def test_denials_that_are_told_again_are_not_written_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.reading.round()
    recorded: list[Window] = []
    record = MoneyStore.record

    def noted(store: MoneyStore, *outcomes: Window, lease: Lease, requests: int = 0) -> None:
        recorded.extend(outcomes)
        record(store, *outcomes, lease=lease, requests=requests)

    monkeypatch.setattr(MoneyStore, "record", noted)
    for _ in range(SELDOM_EVERY):
        await scene.reading.round()

    assert [()] == [each.denials for each in recorded if each.list is MoneyList.DENIALS]


async def test_denials_that_cannot_be_read_are_a_reason_and_silence_nothing(scene: Scene) -> None:
    scene.source.on(DENIALS, as_json({}, status=503))

    await scene.reading.round()

    reasons = scene.reasons()
    assert "server" == reasons.pop(MoneyList.DENIALS)
    assert {None} == set(reasons.values())


async def test_a_ledger_that_fails_is_recorded_with_its_reason(scene: Scene) -> None:
    scene.source.on("/api/v1/transactions", as_json({}, status=503))

    await scene.reading.round()

    assert "server" == scene.reasons()[MoneyList.LEDGER]
    assert MoneyList.LEDGER not in scene.writer.store.money.cursors()


async def test_what_was_not_foreseen_is_a_failure_of_its_list_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise LookupError(made.EMAIL)

    monkeypatch.setattr(StripeHistory, "step", broken)
    await scene.reading.round()

    read = scene.writer.store.money.reads()[MoneyList.CHARGES]
    assert ("internal", "got LookupError, expected a window: a bug of golive") == (read.reason, read.detail)
    assert scene.writer.store.money.reads()[MoneyList.LEDGER].ok


async def test_what_the_store_did_not_take_is_not_taken_for_recorded(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise StoreLockedError("somebody else is writing")

    with monkeypatch.context() as patched:
        patched.setattr(MoneyStore, "record", locked)
        with pytest.raises(StoreLockedError):
            await scene.reading.round()
    await scene.reading.round()

    assert 1 == len(list(scene.writer.store.money.each(Charge)))


async def test_a_list_that_tells_nothing_new_is_as_fresh_as_one_that_does(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.reading.round()
    recorded: list[Window] = []
    record = MoneyStore.record

    def noted(store: MoneyStore, *outcomes: Window, lease: Lease, requests: int = 0) -> None:
        recorded.extend(outcomes)
        record(store, *outcomes, lease=lease, requests=requests)

    monkeypatch.setattr(MoneyStore, "record", noted)
    scene.tells(Told(plain=made.charge(1, NOW_S - 10)), Told(plain=made.charge(2, NOW_S - 10)))
    await scene.reading.round()
    await scene.reading.round()

    assert [2] == [len(each.objects) for each in recorded if each.objects]
    assert 2 * (len(OFTEN) + 3) + 2 == len(recorded)  # the ledger, two logs, and a seldom one a round
    assert all(read.as_of is not None for read in scene.writer.store.money.reads().values())


async def test_a_restart_goes_on_from_the_cursors(scene: Scene, asker: Asker) -> None:
    await scene.reading.round()
    again = MoneyReading(
        store=scene.reading.store,
        lease=scene.reading.lease,
        asker=asker,
        stripe=StripeHistory(reader=reader_of(scene.source), events=TYPES, since=NOW_S - 3_600),
        ledger=None,
        receipts=None,
        interval_s=1,
        clock=lambda: NOW,
    )
    asked = len(scene.source.asked("/v1/charges"))

    await again.round()

    (gte,) = scene.source.asked("/v1/charges")[asked].query["created[gte]"]
    assert NOW_S - 10 - 300 == int(gte)
    assert 1 == len(list(scene.writer.store.money.each(Refund)))


async def test_it_ends_when_told_even_while_a_source_hangs(scene: Scene) -> None:
    ended = asyncio.Event()
    running = asyncio.create_task(scene.reading.run_until(ended))
    await scene.source.arrived.wait()
    ended.set()

    async with asyncio.timeout(5):
        await running


async def test_it_ends_with_the_lease(scene: Scene) -> None:
    later = scene.writer.store.take_lease(COLLECTORS, "host:2", now=NOW + timedelta(days=9), ttl_s=10)
    assert isinstance(later, Lease)

    with pytest.raises(LeaseLostError):
        await scene.reading.run_until(asyncio.Event())

    assert {} == scene.writer.store.money.reads()
