"""Whether what was given back was taken back: refunds without their debit, and balances below zero.

Both are P1: an advisory gate tells them, and none of them is a charge that is owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

from collectors.money import Refund
from collectors.observation import Scalar
from dashboard.launch.money.crediting import Expected, moment, never_given
from dashboard.launch.money.invariants import named
from dashboard.launch.money.purchase import AsOf, Purchase

FACTS: Mapping[str, type[Scalar]] = {
    "refunded": int,
    "undebited": int,
    "undebited_ids": str,
    "unattributed": int,
    "unattributed_ids": str,
}
"""`refunded` are the refunds of which it is known whether their credits were taken back, `unattributed` those
of which nobody can tell. One that gave back what was never credited is neither: there is nothing to take.
`undebited` is left out where it would be 0 of some and unknown of others.
"""
COUNTS = {"undebited": "refunded"}
BALANCE_FACTS: Mapping[str, type[Scalar]] = {"users": int, "overdrawn": int, "overdrawn_ids": str}
BALANCE_COUNTS = {"overdrawn": "users"}
NAMES = {
    "refunded": "the number of refunds that can be judged",
    "undebited": "the number of refunds that did not take their credits back",
    "unattributed": "the number of refunds whose debit cannot be told",
    "users": "the number of users whose balance is known",
    "overdrawn": "the number of users whose balance is below zero",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """The sums of the ledger's rows: of so many users, of whom these are below zero, now and a grace ago.
    `nameless`: there are rows whose user is not known, and they might be anybody's.
    """

    users: int
    below: Sequence[str]
    nameless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """A refund, and by what the row of the ledger that takes its credits back can name it. `purchase` is its
    payment, None where it cannot be known that it was not credited: its charge is from before what was read
    of the ledger, or has no payment intent for a credit to name.
    """

    refund: Refund
    payment_intent: str | None
    correlation_id: str | None
    purchase: Purchase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """How many credits the ledger took back, as positive numbers: by the payment intent that its rows name,
    and of rows that name none, by their correlation id.
    """

    by_intent: Mapping[str, int] = field(default_factory=dict)
    by_correlation: Mapping[str, int] = field(default_factory=dict)


class _Debited(Enum):
    """Whether a refund took its credits back; UNKNOWN is none of the two. NOTHING_GIVEN: it owes none."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()
    NOTHING_GIVEN = auto()


def undebited(
    reversals: Iterable[Reversal], taken: TakenBack, expected: Expected, *, ledger: AsOf, refunded: AsOf
) -> dict[str, Scalar | None]:
    """The refunds that succeeded a grace ago, and those that took back less than their cents buy by the plan.

    A debit may name nothing but a correlation id, or not even that: the debit of a charge without a payment
    intent that is not found may be there, and cannot be attributed.
    """
    if ledger.at is None or refunded.at is None or refunded.why:
        return dict.fromkeys(FACTS)
    grace = timedelta(seconds=expected.grace_s)
    settled = (
        each
        for each in sorted(reversals, key=lambda each: (each.refund.created, each.refund.id))
        if each.refund.status == "succeeded" and ledger.at > moment(each.refund.created) + grace
    )
    found: dict[_Debited, list[str]] = {one: [] for one in _Debited}
    left = _Left(taken, expected)
    for each in settled:
        found[_debited(each, left, expected)].append(each.refund.id)
    short, unknown = found[_Debited.NO], found[_Debited.UNKNOWN]
    return {
        "refunded": len(found[_Debited.YES]) + len(short),
        "undebited": len(short) if short or not unknown else None,
        "undebited_ids": named(short),
        "unattributed": len(unknown),
        "unattributed_ids": named(unknown),
    }


class _Left:
    """What no refund has claimed yet: of the credits that were taken back, and of those that never came.

    Which of several refunds of a payment a row belongs to is not told: the first that it is enough for.
    """

    def __init__(self, taken: TakenBack, expected: Expected) -> None:
        self._by_intent = dict(taken.by_intent)
        self._by_correlation = dict(taken.by_correlation)
        self._expected = expected
        self._never_given: dict[str, int] = {}

    def excuse(self, back: Reversal, credits: int) -> int:
        """So many of these never came, and need not go back; no later refund is excused by them."""
        if back.purchase is None or not back.purchase.charges:
            return 0
        key = back.purchase.charges[0].id
        if key not in self._never_given:
            self._never_given[key] = never_given(back.purchase, self._expected)
        excused = min(credits, self._never_given[key])
        self._never_given[key] -= excused
        return excused

    def of(self, back: Reversal) -> int:
        """How many there are for this one."""
        return sum(purse.get(key, 0) for purse, key in self._purses(back))

    def claim(self, back: Reversal, credits: int) -> None:
        """Take these away; there must be as many."""
        for purse, key in self._purses(back):
            some = min(credits, purse.get(key, 0))
            purse[key] = purse.get(key, 0) - some
            credits -= some

    def _purses(self, back: Reversal) -> Iterator[tuple[dict[str, int], str]]:
        if back.payment_intent is not None:
            yield self._by_intent, back.payment_intent
        if back.correlation_id is not None:
            yield self._by_correlation, back.correlation_id


def _debited(back: Reversal, left: _Left, expected: Expected) -> _Debited:
    there = left.of(back)
    is_named = back.payment_intent is not None
    if not there and back.purchase is not None and not back.purchase.credits:
        return _Debited.NOTHING_GIVEN
    if back.refund.currency != expected.currency:
        # The plan has no rate for it: nothing is too little, and whether anything is enough nobody knows.
        return _Debited.NO if is_named and not there else _Debited.UNKNOWN
    owed = expected.worth(back.refund.amount)
    excused = left.excuse(back, max(0, owed - there))
    if excused and excused == owed:
        return _Debited.NOTHING_GIVEN
    if owed - excused <= there:
        left.claim(back, owed - excused)
        return _Debited.YES
    return _Debited.NO if is_named else _Debited.UNKNOWN


def overdrawn(balances: Balances) -> dict[str, Scalar | None]:
    """The users who used more than they had; not known while a row may be anybody's."""
    if balances.nameless:
        return dict.fromkeys(BALANCE_FACTS)
    return {
        "users": balances.users,
        "overdrawn": len(balances.below),
        "overdrawn_ids": named(balances.below),
    }
