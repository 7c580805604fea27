"""Whether what was given back was taken back: refunds without their debit, and balances below zero.

Both are P1: an advisory gate tells them, and none of them is a charge that is owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from collectors.money import Refund
from collectors.observation import Scalar
from dashboard.launch.money.crediting import Expected, moment
from dashboard.launch.money.invariants import named
from dashboard.launch.money.purchase import AsOf

FACTS: Mapping[str, type[Scalar]] = {"refunded": int, "undebited": int, "undebited_ids": str}
COUNTS = {"undebited": "refunded"}
BALANCE_FACTS: Mapping[str, type[Scalar]] = {"users": int, "overdrawn": int, "overdrawn_ids": str}
BALANCE_COUNTS = {"overdrawn": "users"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """The sums of the ledger's rows: of so many users, of whom these are below zero, now and a grace ago.
    `nameless`: there are rows whose user is not known, and they might be anybody's.
    """

    users: int
    below: Sequence[str]
    nameless: bool


def undebited(
    refunds: Iterable[Refund], debits: Mapping[str, int], expected: Expected, *, ledger: AsOf, refunded: AsOf
) -> dict[str, Scalar | None]:
    """The refunds that succeeded a grace ago, and those that took no credits back. `debits` is how many rows
    of the ledger took something back for a payment; there must be one for each of its refunds.
    """
    if ledger.at is None or refunded.at is None or refunded.why:
        return dict.fromkeys(FACTS)
    grace = timedelta(seconds=expected.grace_s)
    settled: dict[str, list[str]] = {}
    for refund in sorted(refunds, key=lambda each: (each.created, each.id)):
        if refund.status == "succeeded" and ledger.at > moment(refund.created) + grace:
            key = refund.payment_intent or refund.charge or refund.id
            settled.setdefault(key, []).append(refund.id)
    # Which of several refunds the rows that are there belong to is not told: the first ones.
    left = [name for key, names in settled.items() for name in names[debits.get(key, 0) :]]
    return {
        "refunded": sum(map(len, settled.values())),
        "undebited": len(left),
        "undebited_ids": named(left),
    }


def overdrawn(balances: Balances) -> dict[str, Scalar | None]:
    """The users who used more than they had; not known while a row may be anybody's."""
    if balances.nameless:
        return dict.fromkeys(BALANCE_FACTS)
    return {
        "users": balances.users,
        "overdrawn": len(balances.below),
        "overdrawn_ids": named(balances.below),
    }
