"""Money as the collectors read it into a store: each list to its end, and the balance as it was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from collectors.money import LedgerEntry, StripeObject, WebhookEndpoint
from collectors.money_window import Cursor, MoneyList, Undelivered, Window
from dashboard.purchases import Ours
from tests.dashboard.launch.money.bought import after, charge, entry, epoch, event, intent, session
from tests.dashboard.store.scene import Writing, answer

READ_AT = 20
OURS = Ours(user="u-1", endpoint_url="https://shop.example/stripe/webhook")


def endpoint(**changes: Any) -> WebhookEndpoint:
    told = {
        "id": "we_1",
        "object": "webhook_endpoint",
        "created": 1,
        "livemode": True,
        "status": "enabled",
        "url": "https://shop.example/stripe/webhook",
        "enabled_events": ["payment_intent.succeeded"],
    }
    return msgspec.convert(told | changes, WebhookEndpoint)


def read(
    writer: Writing,
    name: MoneyList,
    *objects: StripeObject,
    entries: tuple[LedgerEntry, ...] = (),
    seconds: float = READ_AT,
    undelivered: tuple[Undelivered, ...] | None = None,
    host: float = 0,
    **more: Any,
) -> None:
    """One list, read to its end at that moment; our own clock may be so many seconds away from its."""
    window = Window(
        list=name,
        cursor=Cursor(list=name, since=0, complete_from=0, high_water=epoch(int(seconds))),
        as_of=after(seconds),
        observed_at=after(seconds + host),
        objects=objects,
        entries=entries,
        undelivered=undelivered,
        **more,
    )
    writer.store.money.record(window, lease=writer.lease)


def read_all(writer: Writing, **instead: Any) -> None:
    """Everything of one good purchase."""
    read(writer, MoneyList.CHECKOUT_SESSIONS, session())
    read(writer, MoneyList.PAYMENT_INTENTS, intent())
    read(writer, MoneyList.CHARGES, charge())
    read(writer, MoneyList.EVENTS, event(), undelivered=instead.get("undelivered", told_undelivered()))
    read(writer, MoneyList.WEBHOOK_ENDPOINTS, *instead.get("endpoints", (endpoint(),)))
    read(writer, MoneyList.LEDGER, entries=instead.get("entries", (entry(ours=OURS),)))


def told_undelivered(*events: str) -> tuple[Undelivered, ...]:
    return tuple(Undelivered(id=name, created=epoch(11)) for name in events)


def balances(writer: Writing, **by_second: int) -> None:
    """The balance of the plan's user, as it was read."""
    samples = [
        replace(
            answer(), observed_at=after(float(second.lstrip("s"))), facts={"ok": True, "balance": balance}
        )
        for second, balance in by_second.items()
    ]
    writer.samples(*samples)
