"""The back office of the world: what people do about money outside every API, as bodies in and bodies out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from rehearsal.knobs import Knobs
from rehearsal.ledger import Ledger
from rehearsal.stripe_double.delivery import Deliveries
from rehearsal.stripe_double.payment import Terms
from rehearsal.stripe_double.reversals import DisputeStatus, RefundStatus
from rehearsal.stripe_double.till import Till
from rehearsal.tokens import RefusedError
from rehearsal.usage import NANO, PRICES, cost

_DENIED = "rate_limited"

_Body = TypeVar("_Body", bound=msgspec.Struct)
_User = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,60}$")]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body in which nothing is ignored."""


class Wish(Strict, frozen=True):
    """How a purchase is to go, where it is not the plain one of the plan's user."""

    user: _User | None = None
    declines: Annotated[int, Meta(ge=0, le=5)] = 0
    captured: Annotated[int, Meta(ge=1, le=998)] | None = None
    full_coupon: bool = False
    unlinked: bool = False

    @property
    def terms(self) -> Terms:
        """The same for the till."""
        return Terms(
            declines=self.declines,
            captured=self.captured,
            full_coupon=self.full_coupon,
            unlinked=self.unlinked,
        )


class _Refund(Strict, frozen=True):
    amount: Annotated[int, Meta(ge=1)] | None = None
    status: RefundStatus = RefundStatus.SUCCEEDED
    debited: bool = True


class _RefundEnd(Strict, frozen=True):
    status: RefundStatus


class _Dispute(Strict, frozen=True):
    status: DisputeStatus = DisputeStatus.NEEDS_RESPONSE


class _Spending(Strict, frozen=True):
    credits: Annotated[int, Meta(ge=1, le=1_000_000)]


class _Usage(Strict, frozen=True):
    user: _User | None = None
    model: str = NANO
    input: Annotated[int, Meta(ge=0, le=999_999)] = 1_000
    output: Annotated[int, Meta(ge=0, le=999_999)] = 1_000


class _Denial(Strict, frozen=True):
    reason: Annotated[str, Meta(pattern=r"^[a-z_]{1,60}$")] = _DENIED


class Desk:
    """Refunds, disputes, redelivery, spending, usage and denials."""

    def __init__(
        self, *, till: Till, ledger: Ledger, deliveries: Deliveries, knobs: Callable[[], Knobs], user: str
    ) -> None:
        self._user = user
        self._till = till
        self._ledger = ledger
        self._deliveries = deliveries
        self._knobs = knobs

    def refund(self, intent: str, body: bytes) -> dict[str, Any]:
        """Give money back, and take the credits back unless that is forgotten."""
        asked = read(body, _Refund)
        back = self._till.refund(intent, asked.amount, asked.status)
        credited = self._ledger.credited(intent)
        forgotten = not asked.debited or self._knobs().refunds_not_debited
        if credited is not None and asked.status is not RefundStatus.FAILED and not forgotten:
            self._ledger.refund(credited, refund=back["id"], usd_cents=back["amount"])
        return back

    def settle_refund(self, name: str, body: bytes) -> dict[str, Any]:
        """End a refund that was pending."""
        return self._till.settle_refund(name, read(body, _RefundEnd).status)

    def dispute(self, intent: str, body: bytes) -> dict[str, Any]:
        """Let the buyer's bank contest a payment."""
        return self._till.dispute(intent, read(body, _Dispute).status)

    def move_dispute(self, name: str, body: bytes) -> dict[str, Any]:
        """Let a dispute go on to its next step or its end."""
        return self._till.move_dispute(name, read(body, _Dispute).status)

    def redeliver(self, intent: str, body: bytes) -> dict[str, Any]:
        """Send the events about a payment again."""
        read(body, Strict)
        return {"deliveries": self._deliveries.redeliver_about(intent)}

    def spend(self, user: str, body: bytes) -> dict[str, Any]:
        """Let a user spend credits; under the fault that denies it, the denial is kept instead."""
        asked = read(body, _Spending)
        if self._knobs().spending_denied:
            return self._ledger.deny(user, _DENIED).shown()
        return self._ledger.debit(user, asked.credits).shown_to_all()

    def use(self, body: bytes) -> dict[str, Any]:
        """Let a user use a model: by default the plan's user the sample, 1,000 units in and out of Nano."""
        asked = read(body, _Usage)
        if asked.model not in PRICES:
            raise RefusedError(422, "model_unknown")
        rounds_down = self._knobs().usage_rounded_down
        spent = cost(asked.model, asked.input, asked.output, rounds_down=rounds_down)
        job = f"usage_{asked.model}_{asked.input}_{asked.output}"
        return self._ledger.debit(asked.user or self._user, spent, job=job).shown_to_all()

    def deny(self, user: str, body: bytes) -> dict[str, Any]:
        """Keep that a user was turned away."""
        return self._ledger.deny(user, read(body, _Denial).reason).shown()


def read(body: bytes, shape: type[_Body]) -> _Body:
    """The body of a control request; an empty one is a body without wishes."""
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.DecodeError as error:
        raise RefusedError(422, f"body_invalid: {error}") from error
