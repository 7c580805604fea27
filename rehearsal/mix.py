"""What becomes of a buyer's purchase: the ways there are, and how often each comes in a crowd."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from rehearsal.stripe_double.payment import Terms
from rehearsal.stripe_double.reversals import DisputeStatus, RefundStatus


class Way(StrEnum):
    """One way; the second group can only be fabricated, for in the real path each of them is a fault."""

    PLAIN = "plain"
    DEBITED = "debited"
    DENIED = "denied"
    DECLINED = "declined"
    PARTIAL = "partial"
    COUPON = "coupon"
    UNLINKED = "unlinked"
    REFUNDED = "refunded"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    REFUND_NOT_DEBITED = "refund_not_debited"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_WON = "dispute_won"
    WARNED = "warned"

    LOST_CREDIT = "lost_credit"
    DOUBLE_CREDIT = "double_credit"
    WRONG_CENTS = "wrong_cents"
    WRONG_CREDITS = "wrong_credits"
    WRONG_CURRENCY = "wrong_currency"
    ORPHAN = "orphan"
    UNDELIVERED = "undelivered"
    NEVER_TOLD = "never_told"
    TEST_TWIN = "test_twin"


FABRICATED_ONLY = frozenset(
    {
        Way.LOST_CREDIT,
        Way.DOUBLE_CREDIT,
        Way.WRONG_CENTS,
        Way.WRONG_CREDITS,
        Way.WRONG_CURRENCY,
        Way.ORPHAN,
        Way.UNDELIVERED,
        Way.NEVER_TOLD,
        Way.TEST_TWIN,
    }
)

TERMS: Mapping[Way, Terms] = {
    Way.DECLINED: Terms(declines=1),
    Way.PARTIAL: Terms(captured=500),
    Way.COUPON: Terms(full_coupon=True),
    Way.UNLINKED: Terms(unlinked=True),
}
REFUNDS: Mapping[Way, RefundStatus] = {
    Way.REFUNDED: RefundStatus.SUCCEEDED,
    Way.REFUND_NOT_DEBITED: RefundStatus.SUCCEEDED,
    Way.REFUND_PENDING: RefundStatus.PENDING,
    Way.REFUND_FAILED: RefundStatus.FAILED,
}
DEBITED_REFUNDS = frozenset({Way.REFUNDED, Way.REFUND_PENDING})
DISPUTES: Mapping[Way, DisputeStatus] = {
    Way.DISPUTED: DisputeStatus.NEEDS_RESPONSE,
    Way.DISPUTE_LOST: DisputeStatus.LOST,
    Way.DISPUTE_WON: DisputeStatus.WON,
    Way.WARNED: DisputeStatus.WARNING,
}

DEFAULT_MIX: Mapping[Way, float] = {
    Way.DEBITED: 0.05,
    Way.DECLINED: 0.02,
    Way.REFUNDED: 0.01,
    Way.COUPON: 0.005,
    Way.DENIED: 0.002,
    Way.DISPUTED: 0.002,
    Way.REFUND_PENDING: 0.001,
    Way.REFUND_FAILED: 0.001,
    Way.DISPUTE_LOST: 0.0005,
    Way.DISPUTE_WON: 0.0005,
    Way.PARTIAL: 0.0005,
    Way.LOST_CREDIT: 0.0005,
    Way.UNDELIVERED: 0.0005,
    Way.DOUBLE_CREDIT: 0.0003,
    Way.WRONG_CENTS: 0.0003,
    Way.WRONG_CREDITS: 0.0003,
    Way.WRONG_CURRENCY: 0.0002,
    Way.ORPHAN: 0.0002,
    Way.UNLINKED: 0.0002,
}


class InvalidMixError(ValueError):
    """A mix cannot be made."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of a crowd; what they leave of it is plain."""

    shares: Mapping[Way, float]

    def __post_init__(self) -> None:
        if sum(self.shares.values()) > 1:
            raise InvalidMixError("Got shares of more than 1 together, expected at most 1; lessen them.")

    def ways(self, count: int, rng: random.Random) -> list[Way]:
        """The ways of a crowd in the order in which it comes: the same for the same generator."""
        bounds = list(accumulate(self.shares.values()))
        names = [*self.shares, Way.PLAIN]
        return [names[bisect_right(bounds, rng.random())] for _ in range(count)]

    def refuse_fabricated(self) -> None:
        """Refuse what the real path can only do under a fault."""
        wrong = sorted(way for way, share in self.shares.items() if way in FABRICATED_ONLY and share > 0)
        if wrong:
            raise InvalidMixError(
                f"Got {', '.join(wrong)} at a rate, expected a rate of 0; put in a fault instead."
            )


def default_mix(*, fabricated: bool) -> Mix:
    """The mix where none is asked for."""
    kept = {way: share for way, share in DEFAULT_MIX.items() if fabricated or way not in FABRICATED_ONLY}
    return Mix(kept)
