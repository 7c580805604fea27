"""The sentences of a trace, each made from the values it was judged by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

CHARGE = "Charge"
EVENT = "Event"
DELIVERY = "Webhook acknowledged"
CREDIT = "Ledger credit"
BALANCE = "Balance readable"
STRIPE_CLOCK = "Stripe's clock"
LEDGER_CLOCK = "the ledger's clock"
GOLIVE_CLOCK = "golive's clock"

NO_SESSION = "no checkout was opened yet"
NOTHING_DUE = "nothing was due: a coupon of 100 % makes no charge, so this is not a dollar"
EXPIRED = "the checkout expired unpaid"
TEST_TWIN = "a test-mode charge, expected livemode: no money moved"
NOT_CAPTURED = "authorized and not captured: no money moved yet"
NO_EVENT = "no event of this payment is listed: it was never generated, or comes still"
NOTHING_TO_DELIVER = "no event that could be delivered"
NOT_SUBSCRIBED = "not applicable: no enabled live endpoint takes this event"
ACKNOWLEDGED = "the endpoint answered 2xx, at the latest when it was read"
UNACKNOWLEDGED = "Stripe lists it as not acknowledged"
NOT_KNOWN_WHO_TAKES = "cannot be seen: the webhook endpoints were not read yet"
NO_CREDIT = "no row of the ledger carries this payment"
NOT_READABLE = "the buyer's balance has not grown by the credits yet"
OTHERS_BALANCE = "golive reads the balance of the plan's user alone"
BEFORE_THE_RUN = "it was charged before this run, which reads the balance only from its start on"
STILL_READING = "its history is still being read"
WAITS_FOR_CHARGE = "waits for the charge"

_WITHOUT_MINOR = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)  # Stripe's zero-decimal currencies


def money(cents: int, currency: str) -> str:
    """Minor units as a person writes them: '9.99 USD', and '999 JPY' where there are none."""
    if currency in _WITHOUT_MINOR:
        return f"{cents} {currency.upper()}"
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d} {currency.upper()}"


def charged(cents: int, currency: str) -> str:
    return f"{money(cents, currency)} charged and captured, in live mode"


def credited(credits: int) -> str:
    return f"exactly one row, of {credits:,} credits"


def balance_grew(before: int, credits: int) -> str:
    return f"grew from {before:,} to {before + credits:,} credits, at the latest when it was read"


def unpaid(tried: int) -> str:
    if tried == 0:
        return "the checkout is open and not paid"
    return f"the checkout is open; {tried} {_plural(tried, 'try', 'tries')} to pay failed"


def event_told(api_version: str | None) -> str:
    return f"payment_intent.succeeded, rendered in version {api_version or 'unknown'}"


def acknowledged_by_all(endpoints: int) -> str:
    return f"acknowledged by all {endpoints} endpoints, at the latest when it was read"


def other_amount(got: int, expected: int, currency: str, discount: int) -> str:
    said = f"got {money(got, currency)}, expected {money(expected, currency)}"
    return said if discount == 0 else f"{said}: {money(discount, currency)} were taken off by a discount"


def no_amount(expected: int, currency: str) -> str:
    return f"got a row without an amount, expected {money(expected, currency)}"


def other_currency(got: str, expected: str) -> str:
    return f"got {got.upper()}, expected {expected.upper()}: nothing is converted"


def other_credits(got: int, expected: int) -> str:
    return f"got {got:,} credits, expected {expected:,}"


def other_account(got: str, expected: str) -> str:
    return f"of the account {got}, expected {expected}"


def account_unknown(expected: str) -> str:
    return (
        f"charged, but not known by which account, expected {expected}: the key may not ask it, or could not"
    )


def given_back(cents: int, currency: str, *, disputed: bool) -> str:
    if disputed:
        return "disputed: the buyer's bank contests the charge"
    return f"{money(cents, currency)} of it refunded"


def credited_again(times: int, credits: int) -> str:
    return f"credited {times} times, {credits:,} credits in all, expected once"


def charged_twice(ids: Sequence[str], cents: int, currency: str) -> str:
    taken = f"charged {len(ids)} times, {money(cents, currency)} taken and kept"
    return f"{taken}, expected once: give all but one of {' and '.join(ids)} back"


def late(said: str, deadline: datetime) -> str:
    return f"{said}; it was due at {deadline:%H:%M:%S} UTC"


def given_up(said: str, grace_s: int) -> str:
    return f"{said}, {grace_s} s after the charge: taken for lost"


def blind(side: str, why: str, read_at: datetime | None) -> str:
    when = "yet" if read_at is None else f"since {read_at:%H:%M:%S} UTC"
    reason = f" ({why})" if why else ""
    return f"cannot be seen: nothing was read of the {side} {when}{reason}"


def tries(count: int) -> str:
    return f"{count} {_plural(count, 'try', 'tries')} to pay failed before, which is normal"


def given_back_again(count: int) -> str:
    return f"charged {count} {_plural(count, 'time', 'times')} more than once, and given back"


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
