"""What became of every payment is told from what was stored, and what was not read is blind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from collectors.money import LedgerEntry, NotificationDelivery, StripeObject, WebhookReceipt
from collectors.money_window import MoneyList, Undelivered
from dashboard.launch.money.webhook_panel import WebhookPanel
from dashboard.launch.plan import Plan
from dashboard.store.money_values import FailedRead
from dashboard.webhooks import Webhooks
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import after, charge, entry, epoch, event, intent
from tests.dashboard.money_read import OURS, endpoint, read, told_undelivered
from tests.dashboard.store.scene import Writing, opened, writing

LATER = 1_300


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite3'}") as store:
        yield writing(store)


def paid(number: int, **changes: Any) -> StripeObject:
    told = {"id": f"ch_{number}", "payment_intent": f"pi_{number}", "created": epoch(10 + number)}
    return charge(**told | changes)


def told_of(number: int) -> StripeObject:
    about = {"object": {"id": f"pi_{number}", "object": "payment_intent"}}
    return event(id=f"evt_{number}", created=epoch(11 + number), data=about)


def credited(number: int, **changes: Any) -> LedgerEntry:
    return entry(**{"id": f"tx_{number}", "payment_intent": f"pi_{number}"} | changes)


def read_all(
    writer: Writing,
    *numbers: int,
    entries: tuple[LedgerEntry, ...] | None = None,
    undelivered: tuple[Undelivered, ...] = (),
    **instead: Any,
) -> None:
    """Both sides of these payments, read to their end a good while later."""
    rows = tuple(credited(number) for number in numbers) if entries is None else entries
    when = {"seconds": instead.get("seconds", LATER), "host": instead.get("host", 0)}
    for name in (MoneyList.CHECKOUT_SESSIONS, MoneyList.PAYMENT_INTENTS):
        read(writer, name, **when)
    read(writer, MoneyList.CHARGES, *map(paid, numbers), **when)
    events = instead.get("events", tuple(map(told_of, numbers)))
    read(writer, MoneyList.EVENTS, *events, undelivered=undelivered, **when)
    read(writer, MoneyList.WEBHOOK_ENDPOINTS, *instead.get("endpoints", (endpoint(),)), **when)
    read(writer, MoneyList.LEDGER, entries=rows, **when)


def notified(writer: Writing, *deliveries: NotificationDelivery) -> None:
    read(writer, MoneyList.NOTIFICATIONS, notifications=deliveries, seconds=LATER)


def delivered(number: int, **changes: Any) -> NotificationDelivery:
    told: dict[str, Any] = {
        "id": f"ntf_{number}",
        "received_at": after(20),
        "result": "accepted",
        "payment_intent": f"pi_{number}",
    }
    return NotificationDelivery(**told | changes)


def panel(writer: Writing, seconds: float = LATER + 1, plan: Plan | None = None) -> WebhookPanel:
    return Webhooks(
        store=writer.store, plan=plan or default_plan(), ours=OURS, clock=lambda: after(seconds)
    ).panel()


def states(found: WebhookPanel) -> list[tuple[str, int]]:
    return [(row.cell.name, row.n) for row in found.rows]


def test_delivered_and_credited_payments_are_all_of_both_shares(writer: Writing) -> None:
    read_all(writer, 1, 2, 3)

    found = panel(writer)

    assert [("credited", 3)] == states(found)
    assert (3, 3) == (found.truth.hop_1.k, found.truth.hop_1.n)
    assert (3, 3) == (found.truth.end_to_end.k, found.truth.end_to_end.n)


def test_a_payment_that_was_acknowledged_and_never_credited_is_named_first(writer: Writing) -> None:
    read_all(writer, 1, 2, entries=(credited(1),))

    found = panel(writer)

    assert [("200 but lost", 1), ("credited", 1)] == states(found)
    assert ["pi_2"] == [each.payment_intent for each in found.rows[0].told]
    assert (2, 1) == (found.truth.hop_1.k, found.truth.end_to_end.k)


def test_a_double_credit_is_wrong_although_it_was_delivered(writer: Writing) -> None:
    read_all(writer, 1, entries=(credited(1), credited(1, id="tx_9")))

    assert [("double or wrong credit", 1)] == states(panel(writer))


def test_an_event_that_stripe_still_lists_as_undelivered_is_no_success(writer: Writing) -> None:
    read_all(writer, 1, entries=(), undelivered=told_undelivered("evt_1"))

    found = panel(writer)

    assert [("undelivered", 1)] == states(found)
    assert (0, 1) == (found.truth.hop_1.k, found.truth.hop_1.n)


@pytest.mark.parametrize("pending", [0, 1, 3])
@pytest.mark.parametrize(
    ("undelivered", "cell"), [((), "credited"), (("evt_1",), "credited by another path")]
)
def test_the_pending_count_of_an_event_decides_nothing(
    pending: int, undelivered: tuple[str, ...], cell: str, writer: Writing
) -> None:
    """Whether Stripe counts down to 0 after its last try is not documented: both must come to the same."""
    told = structs.replace(told_of(1), pending_webhooks=pending)
    read_all(writer, 1, events=(told,), undelivered=told_undelivered(*undelivered))

    assert [(cell, 1)] == states(panel(writer))


def test_a_payment_without_an_event_says_so(writer: Writing) -> None:
    read_all(writer, 1, events=())

    assert [("event never generated or not subscribed", 1)] == states(panel(writer))


def test_without_an_endpoint_hop_1_is_not_applicable_and_never_a_hundred_percent(writer: Writing) -> None:
    read_all(writer, 1, endpoints=())

    found = panel(writer)

    assert (None, 0) == (found.truth.hop_1.k, found.endpoints)
    assert "not applicable" in found.truth.hop_1.why


def test_before_anything_was_read_no_share_is_known_and_every_side_is_blind(writer: Writing) -> None:
    found = panel(writer)

    assert (None, None) == (found.truth.hop_1.k, found.truth.end_to_end.k)
    assert 4 == len(found.blind)


def test_a_ledger_that_went_silent_makes_the_end_to_end_share_unknown(writer: Writing) -> None:
    read_all(writer, 1, entries=())

    found = panel(writer, seconds=LATER + 60)

    assert [("ledger blind", 1)] == states(found)
    assert "not known: of 1 the ledger cannot be read" == found.truth.end_to_end.why


def test_what_was_read_anew_is_told_anew(writer: Writing) -> None:
    read_all(writer, 1, entries=())
    webhooks = Webhooks(store=writer.store, plan=default_plan(), ours=OURS, clock=lambda: after(LATER + 3))
    before = webhooks.panel()
    read(writer, MoneyList.LEDGER, entries=(credited(1),), seconds=LATER + 2)

    assert [("200 but lost", 1)] == states(before)
    assert [("credited", 1)] == states(webhooks.panel())


def test_a_first_delivery_that_failed_is_counted_although_a_later_one_succeeded(writer: Writing) -> None:
    read_all(writer, 1, 2)
    receipts = (
        WebhookReceipt(event="evt_1", received_at=after(12), result="error"),
        WebhookReceipt(event="evt_1", received_at=after(14), result="credited"),
        WebhookReceipt(event="evt_2", received_at=after(13), result="credited"),
    )
    read(writer, MoneyList.RECEIPTS, receipts=receipts, seconds=LATER)

    found = panel(writer).first_tries

    assert (1, 2) == (found.k, found.n)


def test_a_young_payment_stands_in_its_cell_and_in_no_share(writer: Writing) -> None:
    read_all(writer, 1)
    read(writer, MoneyList.CHARGES, paid(7, created=epoch(1_270)), seconds=LATER)

    found = panel(writer)

    assert (1, 1) == (found.young, found.truth.end_to_end.n)
    assert ("in flight", 1) in states(found)


def test_who_was_notified_is_told_from_the_log_and_who_was_not_is_named(writer: Writing) -> None:
    read_all(writer, 1, 2, 3)
    notified(writer, delivered(1), delivered(3, result="bounced"))

    found = panel(writer).notified

    assert "provider_register → auto_com_center" == found.hop
    assert (1, 3) == (found.share.k, found.share.n)
    assert [("pi_2", None), ("pi_3", "bounced")] == [
        (each.payment_intent, each.result) for each in found.missing
    ]


def test_a_delivery_that_names_no_payment_is_found_by_the_correlation_id_of_its_payment(
    writer: Writing,
) -> None:
    read_all(writer, 1)
    told = intent(created=epoch(5), metadata={"correlation_id": "c-1"})
    read(writer, MoneyList.PAYMENT_INTENTS, told, seconds=LATER)
    notified(writer, delivered(1, payment_intent=None, correlation_id="c-1"))

    found = panel(writer).notified

    assert (1, 1) == (found.share.k, found.share.n)


def test_a_delivery_log_that_was_never_read_is_not_known(writer: Writing) -> None:
    read_all(writer, 1)

    found = panel(writer).notified

    assert (None, "not known: the delivery log was never read") == (found.share.k, found.share.why)


def test_a_delivery_log_that_fails_is_not_known_and_says_why(writer: Writing) -> None:
    read_all(writer, 1)
    notified(writer, delivered(1))
    failed = FailedRead(
        list=MoneyList.NOTIFICATIONS, at=after(LATER + 1), reason="server", detail="got HTTP 503"
    )
    writer.store.money.record(failed, lease=writer.lease)

    found = panel(writer).notified

    assert None is found.share.k
    assert found.share.why.startswith("not known: reading the delivery log fails")
    assert found.share.why.endswith("got HTTP 503")


def test_a_delivery_log_that_fell_silent_is_not_known(writer: Writing) -> None:
    read_all(writer, 1)
    notified(writer, delivered(1))

    assert None is panel(writer, seconds=LATER + 60).notified.share.k


def test_without_a_delivery_log_in_the_plan_it_is_not_applicable(writer: Writing) -> None:
    read_all(writer, 1)
    plan = structs.replace(default_plan(), deliveries=None)

    found = panel(writer, plan=plan).notified

    assert (None, "not applicable: the plan names no delivery log") == (found.share.k, found.share.why)
    assert "provider_register → auto_com_center" == found.hop


def test_a_plan_whose_log_names_nothing_attributes_nothing(writer: Writing) -> None:
    read_all(writer, 1, 2)
    notified(writer)
    planned = default_plan().deliveries
    assert planned is not None
    bare = structs.replace(planned, payment_intent=None, correlation_id=None)

    found = panel(writer, plan=structs.replace(default_plan(), deliveries=bare)).notified

    assert None is found.share.k
    assert found.share.why.startswith("cannot be attributed")
    assert found.share.why.endswith("at least 2 without one")
