"""Money is kept once: rows and cursor together, and the same again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from collectors.money import (
    STRIPE_KINDS,
    Charge,
    Denial,
    LedgerEntry,
    NotificationDelivery,
    PaymentIntent,
    StripeObject,
    WebhookEndpoint,
    WebhookReceipt,
)
from collectors.money_window import Cursor, MoneyList, Undelivered, Window
from dashboard.launch.money.reversals import Balances, TakenBack
from dashboard.store import money_writing
from dashboard.store.errors import LeaseLostError
from dashboard.store.money_values import FailedRead
from dashboard.store.values import COLLECTORS, Lease
from tests.collectors import stripe_objects as made
from tests.dashboard.store.scene import T0, Writing, at

S0 = int(T0.timestamp())


def kept(plain: dict[str, Any]) -> StripeObject:
    return msgspec.convert(plain, STRIPE_KINDS[plain["object"]])


def window(
    *objects: dict[str, Any],
    list_: MoneyList = MoneyList.CHARGES,
    second: float = 0,
    high_water: int = S0,
    **more: Any,
) -> Window:
    return Window(
        list=list_,
        cursor=Cursor(list=list_, since=S0 - 900, complete_from=S0 - 900, high_water=high_water),
        as_of=at(second),
        observed_at=at(second),
        objects=tuple(map(kept, objects)),
        request_ids=("req_first", "req_last"),
        **more,
    )


def entry(number: int = 1, **changes: Any) -> LedgerEntry:
    plain: dict[str, Any] = {
        "id": f"tx_{number}",
        "kind": "purchase",
        "credits": 9990,
        "created": T0,
        "cents": 999,
        "currency": "usd",
        "payment_intent": f"pi_3{number:015d}",
        "correlation_id": "c-1",
        "user": "u-1",
    }
    return LedgerEntry(**plain | changes)


def test_rows_and_cursor_are_kept_together_and_read_back(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(made.charge(1, S0), made.charge(2, S0), high_water=S0), lease=writer.lease)

    assert [kept(made.charge(1, S0)), kept(made.charge(2, S0))] == list(money.each(Charge))
    assert S0 == money.cursors()[MoneyList.CHARGES].high_water
    read = money.reads()[MoneyList.CHARGES]
    assert (True, at(0), "req_last", None) == (read.ok, read.as_of, read.request_id, read.reason)


def test_the_same_window_again_changes_nothing_but_when_it_was_read(writer: Writing) -> None:
    money = writer.store.money
    for second in (0, 10):
        money.record(window(made.charge(1, S0), second=second), lease=writer.lease)

    assert [999] == [row.amount_captured for row in money.columns(Charge, ["amount_captured"])]
    assert {"ch_3000000000000001": at(0)} == money.purchase("pi_3000000000000001").first_seen
    assert at(10) == money.reads()[MoneyList.CHARGES].as_of


def test_a_later_reading_of_the_same_object_replaces_it(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(made.charge(1, S0, balance_transaction=None)), lease=writer.lease)
    money.record(window(made.charge(1, S0, amount_refunded=999), second=9), lease=writer.lease)

    (found,) = money.each(Charge)
    assert ("txn_3000000000000001", 999) == (found.balance_transaction, found.amount_refunded)
    (row,) = money.columns(Charge, ["amount_refunded", "is_open", "first_seen_at", "seen_at"])
    assert (999, False, at(0), at(9)) == tuple(row)


def test_a_window_that_cannot_be_kept_whole_leaves_neither_rows_nor_cursor(
    writer: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(money_writing, "_record_cursor", broken)
    with pytest.raises(RuntimeError, match="ends here"):
        writer.store.money.record(window(made.charge(1, S0)), lease=writer.lease)

    assert [] == list(writer.store.money.each(Charge))
    assert {} == writer.store.money.cursors()


def test_nothing_is_kept_after_the_lease_was_lost(writer: Writing) -> None:
    store = writer.store
    taken = store.take_lease(COLLECTORS, "host:2", now=T0 + timedelta(days=1), ttl_s=10)
    assert isinstance(taken, Lease)
    failed = FailedRead(list=MoneyList.CHARGES, at=T0, reason="auth", detail="got HTTP 401")

    with pytest.raises(LeaseLostError):
        store.money.record(window(made.charge(1, S0)), lease=writer.lease)
    with pytest.raises(LeaseLostError):
        store.money.record(failed, lease=writer.lease)

    assert ({}, {}) == (store.money.cursors(), store.money.reads())


def test_a_failed_read_says_why_and_its_time_stays_old(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(made.charge(1, S0)), lease=writer.lease)
    for second in (10, 20):
        failed = FailedRead(
            list=MoneyList.CHARGES, at=at(second), reason="server", detail=f"got HTTP 50{second // 10}"
        )
        money.record(failed, lease=writer.lease)

    read = money.reads()[MoneyList.CHARGES]
    assert (False, at(0), at(20), at(10)) == (read.ok, read.as_of, read.at, read.failing_since)
    assert ("server", "got HTTP 502", "req_last") == (read.reason, read.detail, read.request_id)


def test_a_list_that_was_never_read_has_no_time(writer: Writing) -> None:
    failed = FailedRead(list=MoneyList.LEDGER, at=T0, reason="scope", detail="got HTTP 403")
    writer.store.money.record(failed, lease=writer.lease)

    assert writer.store.money.reads()[MoneyList.LEDGER].as_of is None
    assert MoneyList.CHARGES not in writer.store.money.reads()


def test_the_requests_of_a_month_are_added_up(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(), lease=writer.lease, requests=7)
    money.record(
        FailedRead(list=MoneyList.CHARGES, at=T0, reason="server", detail="x"),
        lease=writer.lease,
        requests=2,
    )

    assert 9 == money.month_requests("2026-11")
    assert 0 == money.month_requests("2026-12")


def test_what_may_change_is_due_after_a_while_and_later_the_older_it_is(writer: Writing) -> None:
    money = writer.store.money
    young, old = made.charge(1, S0, balance_transaction=None), made.charge(2, S0 - 4_000, status="pending")
    money.record(window(young, old, made.charge(3, S0)), lease=writer.lease)

    def due(second: float) -> tuple[str, ...]:
        return money.due_again(now=at(second), limit=9).get(MoneyList.CHARGES, ())

    assert () == due(59)
    assert (young["id"],) == due(60)
    assert {young["id"], old["id"]} == set(due(1_400))


@pytest.mark.parametrize(
    ("list_", "plain", "settled", "open_"),
    [
        (
            MoneyList.REFUNDS,
            made.refund,
            ("succeeded", "failed", "canceled"),
            ("pending", "requires_action", None, "a_new_word"),
        ),
        (
            MoneyList.DISPUTES,
            made.dispute,
            ("won", "lost", "warning_closed", "prevented"),
            (
                "needs_response",
                "under_review",
                "warning_needs_response",
                "warning_under_review",
                "a_new_word",
            ),
        ),
        (
            MoneyList.PAYMENT_INTENTS,
            made.intent,
            ("succeeded", "canceled"),
            ("processing", "requires_action", "requires_capture", "requires_payment_method", "a_new_word"),
        ),
        (
            MoneyList.CHECKOUT_SESSIONS,
            made.session,
            ("complete", "expired"),
            ("open", None, "a_new_word"),
        ),
    ],
    ids=["refund", "dispute", "payment intent", "checkout session"],
)
def test_each_kind_is_read_again_until_its_status_is_an_end(
    list_: MoneyList,
    plain: Callable[..., dict[str, Any]],
    settled: tuple[str, ...],
    open_: tuple[str | None, ...],
    writer: Writing,
) -> None:
    told = [plain(number, S0, status=status) for number, status in enumerate((*settled, *open_))]
    writer.store.money.record(window(*told, list_=list_), lease=writer.lease)

    due = writer.store.money.due_again(now=at(3_600), limit=99)

    assert {list_: tuple(each["id"] for each in told[len(settled) :])} == due


@pytest.mark.parametrize(
    ("changes", "is_due"),
    [
        ({"status": "succeeded"}, False),
        ({"status": "succeeded", "balance_transaction": None}, True),
        ({"status": "pending"}, True),
        ({"status": "failed", "balance_transaction": None}, False),
    ],
    ids=str,
)
def test_a_charge_is_read_again_until_it_has_ended_and_its_fee_is_known(
    changes: dict[str, Any], is_due: bool, writer: Writing
) -> None:
    writer.store.money.record(window(made.charge(1, S0, **changes)), lease=writer.lease)

    assert is_due == bool(writer.store.money.due_again(now=at(3_600), limit=9))


def test_a_refund_that_fails_long_after_it_succeeded_is_read_again_with_its_charge(writer: Writing) -> None:
    money, back = writer.store.money, made.refund(1, S0)
    other, paid = made.refund(2, S0), made.charge(1, S0, amount_refunded=999, refunded=True)
    money.record(window(paid), lease=writer.lease)
    money.record(window(back, other, list_=MoneyList.REFUNDS), lease=writer.lease)
    assert {} == money.due_again(now=at(9_000), limit=9)

    failure = made.transaction(
        9, S0 + 9_000, reporting_category="refund_failure", type="refund_failure", source=back["id"]
    )
    money.record(window(failure, list_=MoneyList.BALANCE_TRANSACTIONS, second=9_000), lease=writer.lease)
    due = money.due_again(now=at(9_000), limit=9)
    assert {MoneyList.CHARGES: (paid["id"],), MoneyList.REFUNDS: (back["id"],)} == due

    now_failed = made.refund(1, S0, status="failed", failure_reason="expired_or_canceled_card")
    money.record(window(now_failed, list_=MoneyList.REFUNDS, second=9_060), lease=writer.lease)
    money.record(window(made.charge(1, S0), second=9_060), lease=writer.lease)
    money.record(window(failure, list_=MoneyList.BALANCE_TRANSACTIONS, second=9_100), lease=writer.lease)
    assert {} == money.due_again(now=at(90_000), limit=9)


def test_what_is_missing_by_id_is_not_asked_for_again(writer: Writing) -> None:
    money = writer.store.money
    gone = made.charge(1, S0, status="pending")
    money.record(window(gone), lease=writer.lease)
    money.record(window(second=70, missing=(gone["id"],)), lease=writer.lease)

    assert {} == money.due_again(now=at(9_000), limit=9)
    assert [at(70)] == [row.gone_at for row in money.columns(Charge, ["gone_at"])]


def test_an_endpoint_that_is_not_listed_any_more_is_gone_until_it_is_back(writer: Writing) -> None:
    def seen(*objects: dict[str, Any], second: float) -> list[datetime | None]:
        found = window(*objects, list_=MoneyList.WEBHOOK_ENDPOINTS, second=second, is_whole=True)
        writer.store.money.record(found, lease=writer.lease)
        return [row.gone_at for row in writer.store.money.columns(WebhookEndpoint, ["gone_at"])]

    endpoint = made.endpoint(1, S0)
    assert [None] == seen(endpoint, second=0)
    assert [at(10)] == seen(second=10)
    assert [at(10)] == seen(second=20)
    assert [None] == seen(endpoint, second=30)


def test_the_undelivered_set_is_the_one_that_was_read_last(writer: Writing) -> None:
    def seen(*ids: str, second: float) -> dict[str, datetime | None]:
        waiting = tuple(Undelivered(id=each, created=S0) for each in ids)
        found = window(list_=MoneyList.EVENTS, second=second, undelivered=waiting)
        writer.store.money.record(found, lease=writer.lease)
        return {each.event: each.left_at for each in writer.store.money.undelivered()}

    assert {"evt_1": None, "evt_2": None} == seen("evt_1", "evt_2", second=0)
    assert {"evt_1": at(10), "evt_2": None} == seen("evt_2", second=10)
    assert {"evt_1": None, "evt_2": at(20)} == seen("evt_1", second=20)
    writer.store.money.record(window(list_=MoneyList.EVENTS, second=30, undelivered=None), lease=writer.lease)
    assert [None, at(20)] == [each.left_at for each in writer.store.money.undelivered()]


def test_a_purchase_is_found_whole(writer: Writing) -> None:
    money = writer.store.money
    parts: list[tuple[MoneyList, Callable[..., dict[str, Any]]]] = [
        (MoneyList.CHARGES, made.charge),
        (MoneyList.PAYMENT_INTENTS, made.intent),
        (MoneyList.CHECKOUT_SESSIONS, made.session),
        (MoneyList.REFUNDS, made.refund),
        (MoneyList.DISPUTES, made.dispute),
        (MoneyList.BALANCE_TRANSACTIONS, made.transaction),
        (MoneyList.EVENTS, made.event),
    ]
    for list_, make in parts:
        money.record(window(make(1, S0), make(2, S0 + 1), list_=list_), lease=writer.lease)
    receipt = WebhookReceipt(event="evt_3000000000000001", received_at=at(1), result="credited")
    other = WebhookReceipt(event=None, received_at=at(2), result="bad_signature")
    rows = window(list_=MoneyList.LEDGER, entries=(entry(1), entry(2)), receipts=(receipt, other))
    money.record(rows, lease=writer.lease)

    found = money.purchase("pi_3000000000000001")
    assert kept(made.intent(1, S0)) == found.intent
    for part, make in (
        (found.sessions, made.session),
        (found.charges, made.charge),
        (found.events, made.event),
        (found.refunds, made.refund),
        (found.disputes, made.dispute),
        (found.balance_transactions, made.transaction),
    ):
        assert (kept(make(1, S0)),) == part
    assert ((entry(1),), (receipt,)) == (found.entries, found.receipts)
    assert ["pi_3000000000000002", "pi_3000000000000001"] == [
        each.id for each in money.newest_purchases(limit=9)
    ]


def test_of_a_payment_that_nobody_has_seen_there_is_nothing(writer: Writing) -> None:
    found = writer.store.money.purchase("pi_unknown")

    assert (None, (), ()) == (found.intent, found.charges, found.entries)


def test_a_ledger_row_without_payment_is_found_by_its_correlation(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(made.intent(1, S0), list_=MoneyList.PAYMENT_INTENTS), lease=writer.lease)
    stray = entry(7, payment_intent=None)
    money.record(
        window(list_=MoneyList.LEDGER, entries=(stray, entry(8, correlation_id="c-2"))), lease=writer.lease
    )

    assert (stray,) == money.purchase("pi_3000000000000001").entries


def test_a_ledger_row_is_counted_once_and_a_changed_one_as_it_is_now(writer: Writing) -> None:
    money = writer.store.money
    for entries in ((entry(1), entry(2)), (entry(2, credits=1), entry(3))):
        money.record(window(list_=MoneyList.LEDGER, entries=entries), lease=writer.lease)

    rows = list(money.entries(since=T0, until=at(1)))
    assert [9990, 1, 9990] == [each.credits for each in rows]
    assert [] == list(money.entries(since=at(1), until=at(9)))


def test_denials_are_kept_once_and_counted_by_user_with_who_ever_bought(writer: Writing) -> None:
    money = writer.store.money
    told = [
        Denial(id=f"den_{n}", user=user, created=at(n)) for n, user in enumerate(("u-1", "u-2", "u-2", None))
    ]
    for denials in (told[:2], told):
        found = window(list_=MoneyList.DENIALS, denials=tuple(denials))
        money.record(found, lease=writer.lease)
    bought = (entry(1, user="u-2"), entry(2, user="u-1", kind="debit", credits=-1))
    money.record(window(list_=MoneyList.LEDGER, entries=bought), lease=writer.lease)

    def of(since: float) -> list[tuple[str | None, int, bool]]:
        found = money.denied_users(since=at(since), purchase_kind="purchase")
        return sorted(((each.user, each.denials, each.is_paying) for each in found), key=str)

    assert sorted([("u-1", 1, False), ("u-2", 2, True), (None, 1, False)], key=str) == of(0)
    assert sorted([("u-2", 1, True), (None, 1, False)], key=str) == of(2)


def test_balances_are_sums_of_rows_and_below_zero_is_so_now_and_then(writer: Writing) -> None:
    money = writer.store.money
    rows = (
        entry(1, user="u-1"),
        entry(2, user="u-1", credits=-9_991),
        entry(3, user="u-2", credits=-1),
        entry(4, user="u-2", credits=1, created=at(9)),
        entry(5, user="u-3", credits=1),
        entry(6, user="u-3", credits=-2, created=at(9)),
    )
    money.record(window(list_=MoneyList.LEDGER, entries=rows), lease=writer.lease)

    assert Balances(users=3, below=("u-1",), nameless=False) == money.balances(settled=at(5))
    assert Balances(users=3, below=("u-1", "u-3"), nameless=False) == money.balances(settled=at(9))
    money.record(window(list_=MoneyList.LEDGER, entries=(entry(7, user=None),)), lease=writer.lease)
    assert money.balances(settled=at(9)).nameless


def test_of_a_ledger_without_rows_nobody_has_a_balance(writer: Writing) -> None:
    assert Balances(users=0, below=(), nameless=False) == writer.store.money.balances(settled=at(0))


def test_the_newest_row_of_a_kind_is_found_by_prefix_and_by_user(writer: Writing) -> None:
    money = writer.store.money
    rows = tuple(
        entry(n, kind="debit", user=f"u-{n % 2}", correlation_id=name, created=at(n))
        for n, name in enumerate(("a_1", "a_2", "aX3", "A_4", None))
    )
    money.record(window(list_=MoneyList.LEDGER, entries=rows), lease=writer.lease)

    assert (rows[1], 2) == money.newest_entry("debit", since=T0, correlation_prefix="a_")
    assert (rows[0], 1) == money.newest_entry("debit", since=T0, correlation_prefix="a_", user="u-0")
    assert (rows[4], 3) == money.newest_entry("debit", since=T0, user="u-0")
    assert (rows[4], 1) == money.newest_entry("debit", since=at(4))
    assert (None, 0) == money.newest_entry("purchase", since=T0)


def test_what_was_taken_back_is_summed_by_payment_else_by_correlation_id(writer: Writing) -> None:
    money = writer.store.money
    rows = (
        entry(1),
        entry(2, credits=-1, payment_intent="pi_1"),
        entry(3, credits=-2, payment_intent="pi_1"),
        entry(4, credits=-2, payment_intent=None, correlation_id=None),
        entry(5, credits=-4, payment_intent=None, correlation_id="c-1"),
        entry(6, credits=-8, payment_intent="pi_2", correlation_id="c-1"),
        entry(7, credits=9, payment_intent=None, correlation_id="c-1"),
        entry(8, credits=-16, payment_intent=None, correlation_id="c-2"),
    )
    money.record(window(list_=MoneyList.LEDGER, entries=rows), lease=writer.lease)

    found = money.taken_back(correlation_ids=["c-1", "c-9"])

    assert TakenBack(by_intent={"pi_1": 3, "pi_2": 8}, by_correlation={"c-1": 4}) == found


def test_objects_are_found_by_their_ids_however_many_are_asked(writer: Writing) -> None:
    money = writer.store.money
    plain = made.charge(1, S0)
    money.record(window(plain, made.charge(2, S0)), lease=writer.lease)
    many = [f"ch_none_{number}" for number in range(2_000)]

    assert {plain["id"]: kept(plain)} == money.of_ids(Charge, [*many, plain["id"]])
    assert {} == money.of_ids(PaymentIntent, [plain["id"]])


def test_receipts_are_kept_once_in_order(writer: Writing) -> None:
    money = writer.store.money
    late, early = (
        WebhookReceipt(event="evt_1", received_at=at(second), result="credited") for second in (5, 1)
    )
    for receipts in ((late,), (late, early)):
        money.record(window(list_=MoneyList.RECEIPTS, receipts=receipts), lease=writer.lease)

    assert [early, late] == list(money.receipts())


def test_objects_are_read_in_a_half_open_stretch_of_time(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(*(made.charge(n, S0 + n) for n in range(4))), lease=writer.lease)

    assert [S0 + 1, S0 + 2] == [each.created for each in money.each(Charge, since=S0 + 1, until=S0 + 3)]
    assert [] == list(money.each(PaymentIntent))


def test_no_personal_data_is_in_the_file(writer: Writing) -> None:
    objects: tuple[Callable[..., dict[str, Any]], ...] = (
        made.charge,
        made.intent,
        made.session,
        made.refund,
        made.dispute,
        made.transaction,
        made.event,
        made.endpoint,
    )
    writer.store.money.record(window(*(make(1, S0) for make in objects)), lease=writer.lease)
    person = entry(1, user=made.EMAIL, correlation_id=made.NAME)
    receipt = WebhookReceipt(event=made.EMAIL, received_at=T0, result="credited")
    rows = window(list_=MoneyList.LEDGER, entries=(person,), receipts=(receipt,))
    writer.store.money.record(rows, lease=writer.lease)

    written = repr([row._mapping for row in _everything(writer)])
    assert [] == [planted for planted in made.PLANTED if planted in written]
    assert "c-1" in written


def _everything(writer: Writing) -> list[Any]:
    from sqlalchemy import select

    from dashboard.store.tables import Base

    with writer.store._database.reading() as session:
        tables = [
            each for each in Base.metadata.sorted_tables if "money" in each.name or "entry" in each.name
        ]
        return [row for table in tables for row in session.execute(select(table))]


def test_an_event_that_stripe_forgot_undelivered_was_not_delivered(writer: Writing) -> None:
    money, month_later = writer.store.money, 31 * 86_400
    waiting = (Undelivered(id="evt_1", created=S0),)
    money.record(window(list_=MoneyList.EVENTS, undelivered=waiting), lease=writer.lease)
    money.record(window(list_=MoneyList.EVENTS, second=month_later, undelivered=()), lease=writer.lease)

    assert [None] == [each.left_at for each in money.undelivered()]


def test_what_stripe_has_no_more_is_not_told_as_if_it_had(writer: Writing) -> None:
    def told(*objects: dict[str, Any], second: float) -> int:
        found = window(*objects, list_=MoneyList.WEBHOOK_ENDPOINTS, second=second, is_whole=True)
        writer.store.money.record(found, lease=writer.lease)
        return len(list(writer.store.money.each(WebhookEndpoint)))

    assert (1, 0) == (told(made.endpoint(1, S0), second=0), told(second=10))


def test_what_was_read_since_a_moment_is_told_with_when(writer: Writing) -> None:
    money = writer.store.money
    money.record(window(made.charge(1, S0), second=0), lease=writer.lease)
    money.record(window(made.charge(2, S0), second=10), lease=writer.lease)
    money.record(window(list_=MoneyList.LEDGER, entries=(entry(1),), second=10), lease=writer.lease)
    old, new = kept(made.charge(1, S0)), kept(made.charge(2, S0))

    assert [(at(0), old), (at(10), new)] == sorted(money.seen(Charge, since=None), key=lambda each: each[0])
    assert [(at(10), new)] == list(money.seen(Charge, since=at(10)))
    assert [] == list(money.seen(Charge, since=at(11)))
    assert [(at(10), entry(1))] == list(money.seen_entries(since=at(10)))
    assert [] == list(money.seen_entries(since=at(11)))


def test_what_is_gone_is_told_until_it_is_back(writer: Writing) -> None:
    money, id_ = writer.store.money, made.charge(1, S0)["id"]
    money.record(window(made.charge(1, S0), second=0), lease=writer.lease)
    money.record(window(missing=(id_,), second=10), lease=writer.lease)

    assert [] == list(money.seen(Charge, since=None))
    assert ((id_,), ()) == (money.gone(Charge, since=at(10)), money.gone(Charge, since=at(11)))

    money.record(window(made.charge(1, S0), second=20), lease=writer.lease)

    assert () == money.gone(Charge, since=at(0))
    assert [at(20)] == [seen for seen, _ in money.seen(Charge, since=at(20))]


def test_a_notification_is_kept_once_and_its_later_result_replaces_the_earlier(writer: Writing) -> None:
    money = writer.store.money
    queued = NotificationDelivery(id="ntf_1", received_at=at(1), result="queued", payment_intent="pi_1")
    other = NotificationDelivery(id="ntf_2", received_at=at(0), result="accepted", correlation_id="c-2")
    ended = msgspec.structs.replace(queued, result="accepted")
    for second, rows in enumerate([(queued, other), (ended,), (ended,), ()]):
        read = window(list_=MoneyList.NOTIFICATIONS, second=second, notifications=rows)
        money.record(read, lease=writer.lease)

    assert [other, ended] == list(money.notifications(since=at(0)))
    assert [ended] == list(money.notifications(since=at(1)))
