"""The money invariants as counts: zero is allowed, and a share of good payments excuses none.

P0 is a charge without its credit, P1 a credit without a charge (`gates.md` section 14). What is inside the
grace on either side is open, and counts as neither good nor bad.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from collectors.money import LedgerEntry
from collectors.observation import Scalar
from dashboard.launch.board import CheckResult
from dashboard.launch.money.crediting import Expected
from dashboard.launch.money.hops import Credit, Delivery
from dashboard.launch.money.purchase import AsOf
from dashboard.launch.money.truth import Told

FACTS: Mapping[str, type[Scalar]] = {
    "judged": int,
    "uncredited": int,
    "uncredited_ids": str,
    "wrong": int,
    "wrong_ids": str,
    "orphans": int,
    "orphan_ids": str,
    "charged_twice": int,
    "charged_twice_ids": str,
    "given_back": int,
    "given_back_ids": str,
    "in_flight": int,
    "retrying": int,
    "retrying_ids": str,
    "first_dollar_s": int,
}
"""What is counted: `judged` are the payments that are good or bad, `in_flight` those that are neither yet and
those that have taken no money yet. `orphans` are credits without a charge, `charged_twice` payments of which
more than one charge took money and kept it, `given_back` payments that were refunded in full and never
credited, which owe nothing and prove nothing. `retrying` are payments whose event is not delivered, which is
told only where every delivery can be seen. `first_dollar_s` is the time from the checkout of the first one
until its credits were read.
"""

COUNTS = dict.fromkeys(("uncredited", "wrong", "orphans", "charged_twice"), "judged")
NAMES = {
    "judged": "the number of payments that can be judged",
    "uncredited": "the number of payments without their credit",
    "wrong": "the number of payments with a wrong credit",
    "orphans": "the number of credits without a payment",
    "charged_twice": "the number of payments that were taken twice",
    "given_back": "the number of payments that were refunded and never credited",
    "in_flight": "the number of payments under way",
    "retrying": "the number of payments whose event is not delivered",
    "first_dollar_s": "the time to the first dollar",
}
"""What a sentence calls a fact."""

NAMED_IDS = 20
LISTED_LATE_S = 120
"""Stripe lists an object up to a minute and a half after it has made it: so long no credit is without one."""


def counted(
    told: Sequence[Told],
    unpaid: Iterable[LedgerEntry],
    expected: Expected,
    *,
    charged_twice: Sequence[str] = (),
    under_way: int,
    ledger: AsOf,
    payments: AsOf,
) -> dict[str, Scalar | None]:
    """The facts of these payments, of these credits without one, of the payments that were taken more than
    once, and of so many still under way.
    """
    lost = [each.payment_intent for each in told if each.credit is Credit.MISSING]
    wrong = [each.payment_intent for each in told if each.credit is Credit.WRONG]
    retrying = [each.payment_intent for each in told if each.delivery in (Delivery.PENDING, Delivery.FAILED)]
    is_blind = any(each.delivery in (Delivery.UNKNOWN, Delivery.NOT_APPLICABLE) for each in told)
    orphans = [entry.id for entry in unpaid if _is_settled(entry.created, expected, (ledger, payments))]
    back = [each.payment_intent for each in told if each.credit is Credit.REFUNDED]
    closed = sum(each.cell.money in (CheckResult.PASS, CheckResult.FAIL) for each in told)
    return {
        "judged": closed - len(back),
        "uncredited": len(lost),
        "uncredited_ids": named(lost),
        "wrong": len(wrong),
        "wrong_ids": named(wrong),
        "orphans": len(orphans),
        "orphan_ids": named(orphans),
        "charged_twice": len(charged_twice),
        "charged_twice_ids": named(charged_twice),
        "given_back": len(back),
        "given_back_ids": named(back),
        "in_flight": len(told) - closed + under_way,
        "retrying": None if is_blind else len(retrying),
        "retrying_ids": named(retrying),
    }


def _is_settled(moment: datetime, expected: Expected, sides: Iterable[AsOf]) -> bool:
    """Whether both sides were read so long after it that the other half would have come."""
    over = moment + timedelta(seconds=max(expected.grace_s, LISTED_LATE_S))
    return all(side.at is not None and side.at > over for side in sides)


def named(ids: Sequence[str]) -> str | None:
    """The first of these ids as one fact; None of none."""
    return ",".join(ids[:NAMED_IDS]) or None
