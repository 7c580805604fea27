"""What became of every payment is told from what was stored, and what was not read is blind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.money import LedgerEntry, StripeObject, WebhookReceipt
from collectors.money_window import MoneyList, Undelivered
from dashboard.launch.money.webhook_panel import WebhookPanel
from dashboard.webhooks import Webhooks
from tests.cast import default_plan
from tests.dashboard.launch.money.bought import after, charge, entry, epoch, event
from tests.dashboard.store.scene import Writing, opened, writing
from tests.dashboard.test_purchases import OURS, endpoint, read, told_undelivered

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
    for name in (MoneyList.CHECKOUT_SESSIONS, MoneyList.PAYMENT_INTENTS):
        read(writer, name, seconds=LATER)
    read(writer, MoneyList.CHARGES, *map(paid, numbers), seconds=LATER)
    events = instead.get("events", tuple(map(told_of, numbers)))
    read(writer, MoneyList.EVENTS, *events, seconds=LATER, undelivered=undelivered)
    read(writer, MoneyList.WEBHOOK_ENDPOINTS, *instead.get("endpoints", (endpoint(),)), seconds=LATER)
    read(writer, MoneyList.LEDGER, entries=rows, seconds=LATER)


def panel(writer: Writing, seconds: float = LATER + 1) -> WebhookPanel:
    return Webhooks(store=writer.store, plan=default_plan(), ours=OURS, clock=lambda: after(seconds)).panel()


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
