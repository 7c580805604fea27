"""The vocabulary of money: what golive keeps of Stripe's objects and of the ledger's rows, and nothing else.

Each struct is an allow-list (facts: `stripe.md` section 10): a field that is not named here is skipped
unread, so that no name, address or bearer link is ever materialised. Amounts are integers in minor units,
instants of Stripe whole seconds since 1970. Nothing here opens, reads or waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from collectors.personal import is_event_id, is_payment_id, keep_tokens
from collectors.personal import token as token  # noqa: PLC0414 - part of the vocabulary

Cents = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""Money in minor units. JSON's float, string and boolean are refused, never rounded."""

Epoch = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
"""Whole seconds since 1970, by Stripe's clock."""

StripeId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]{1,80}$")]
Word = Annotated[str, msgspec.Meta(pattern=r"^(?!.*\d{7})[A-Za-z][A-Za-z0-9_.\-]{0,79}$")]
"""One of Stripe's own words, such as a status. One that is not known yet is taken as it is; a sentence, an
address or a number is refused, as nobody but a person can have written it.
"""

EventType = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_.*]{1,80}$")]
RowId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_\-:.]{1,120}$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{3}$")]


class Kept(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of what is kept: immutable, and blind to every field that is not named.

    Nothing in it can lead back to itself, so the garbage collector need not look through thousands of it.
    """


class Metadata(Kept, frozen=True):
    """The keys of a metadata that a launch needs; a value that may be personal is not kept."""

    correlation_id: str | None = None
    account_id: str | None = None
    order_id: str | None = None
    sku: str | None = None
    credits: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, *self.__struct_fields__)


class StripeObject(Kept, frozen=True):
    """What every object of a list has."""

    id: StripeId
    created: Epoch


class Outcome(Kept, frozen=True):
    """How a charge ended at the network."""

    type: str | None = None
    network_status: str | None = None
    reason: str | None = None
    risk_level: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, *self.__struct_fields__)


class Charge(StripeObject, frozen=True):
    """One attempt to take money. Money was taken where it succeeded and was captured."""

    object: Literal["charge"]
    livemode: bool
    status: Word
    amount: Cents
    amount_captured: Cents
    amount_refunded: Cents
    currency: Currency
    paid: bool
    captured: bool
    refunded: bool = False
    disputed: bool = False
    payment_intent: StripeId | None = None
    balance_transaction: StripeId | None = None
    failure_code: str | None = None
    outcome: Outcome | None = None
    metadata: Metadata = Metadata()

    def __post_init__(self) -> None:
        keep_tokens(self, "failure_code")


class PaymentError(Kept, frozen=True):
    """Why the last try of a payment failed."""

    type: str | None = None
    code: str | None = None
    decline_code: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, *self.__struct_fields__)


class PaymentIntent(StripeObject, frozen=True):
    """One payment, however many charges it took."""

    object: Literal["payment_intent"]
    livemode: bool
    status: Word
    amount: Cents
    currency: Currency
    amount_received: Cents = 0
    amount_capturable: Cents = 0
    latest_charge: StripeId | None = None
    capture_method: str | None = None
    canceled_at: Epoch | None = None
    cancellation_reason: str | None = None
    last_payment_error: PaymentError | None = None
    metadata: Metadata = Metadata()

    def __post_init__(self) -> None:
        keep_tokens(self, "capture_method", "cancellation_reason")


class TotalDetails(Kept, frozen=True):
    """What stands between the price and the total of a session."""

    amount_discount: Cents = 0
    amount_tax: Cents = 0
    amount_shipping: Cents | None = 0


class CheckoutSession(StripeObject, frozen=True):
    """One checkout. `payment_intent` is null until it is confirmed, and for ever where nothing was due."""

    object: Literal["checkout.session"]
    livemode: bool
    mode: Word
    payment_status: Word
    status: Word | None = None
    currency: Currency | None = None
    amount_subtotal: Cents | None = None
    amount_total: Cents | None = None
    expires_at: Epoch | None = None
    payment_intent: StripeId | None = None
    total_details: TotalDetails | None = None
    client_reference_id: str | None = None
    metadata: Metadata | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "client_reference_id")


class BalanceTransaction(StripeObject, frozen=True):
    """One movement of the Stripe balance. `reporting_category` says what it is, not `type`."""

    object: Literal["balance_transaction"]
    amount: Cents
    fee: Cents
    net: Cents
    currency: Currency
    type: Word
    reporting_category: Word
    status: Word
    available_on: Epoch
    source: StripeId | None = None


class Refund(StripeObject, frozen=True):
    """Money given back, once its status is succeeded."""

    object: Literal["refund"]
    amount: Cents
    currency: Currency
    status: Word | None = None
    charge: StripeId | None = None
    payment_intent: StripeId | None = None
    balance_transaction: StripeId | None = None
    reason: str | None = None
    failure_reason: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "reason", "failure_reason")


class Dispute(StripeObject, frozen=True):
    """A charge that its buyer's bank contests."""

    object: Literal["dispute"]
    livemode: bool
    amount: Cents
    currency: Currency
    status: Word
    charge: StripeId
    payment_intent: StripeId | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "reason")


class About(Kept, frozen=True):
    """The object that an event is about, no more than which."""

    id: StripeId
    object: Word


class EventData(Kept, frozen=True):
    """What an event carries."""

    object: About


class MoneyEvent(StripeObject, frozen=True):
    """Something that Stripe told, or should have told, the endpoints. `pending_webhooks` counts over all of
    them.
    """

    object: Literal["event"]
    livemode: bool
    type: Word
    data: EventData
    pending_webhooks: int
    api_version: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "api_version")


class WebhookEndpoint(StripeObject, frozen=True):
    """Where Stripe delivers events. User info and query of its address, which may hold a secret, are cut
    off.
    """

    object: Literal["webhook_endpoint"]
    livemode: bool
    status: Word
    url: str
    enabled_events: tuple[EventType, ...]
    api_version: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "api_version")
        msgspec.structs.force_setattr(self, "url", _bare(self.url))


STRIPE_KINDS: Mapping[str, type[StripeObject]] = {
    "charge": Charge,
    "payment_intent": PaymentIntent,
    "checkout.session": CheckoutSession,
    "refund": Refund,
    "dispute": Dispute,
    "balance_transaction": BalanceTransaction,
    "event": MoneyEvent,
    "webhook_endpoint": WebhookEndpoint,
}
"""The struct of each kind, by what Stripe calls it in `object`."""


class LedgerEntry(Kept, frozen=True):
    """One row of the credits ledger. `credits` are signed: a debit is negative."""

    id: RowId
    kind: Word
    credits: Cents
    created: Moment
    cents: Cents | None = None
    currency: Currency | None = None
    payment_intent: StripeId | None = None
    correlation_id: str | None = None
    user: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "correlation_id", "user")


class Denial(Kept, frozen=True):
    """That the ledger turned a user away."""

    id: RowId
    created: Moment
    user: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "user")


class WebhookReceipt(Kept, frozen=True):
    """One delivery as the receiver saw it. `event` is unknown where the delivery could not be trusted."""

    received_at: Moment
    result: Word
    event: str | None = None

    def __post_init__(self) -> None:
        if self.event is not None and not is_event_id(self.event):
            msgspec.structs.force_setattr(self, "event", None)


class NotificationDelivery(Kept, frozen=True):
    """One notification as the service that sent it logged it: never to whom, nor what it said.

    The ids are unknown where the log names none; one that may be a person's is not kept.
    """

    id: RowId
    received_at: Moment
    result: Word
    payment_intent: str | None = None
    correlation_id: str | None = None

    def __post_init__(self) -> None:
        keep_tokens(self, "correlation_id")
        if self.payment_intent is not None and not is_payment_id(self.payment_intent):
            msgspec.structs.force_setattr(self, "payment_intent", None)


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
