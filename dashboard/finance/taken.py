"""What Stripe says was taken and given back, and what is wrong with its fees and nets."""

from __future__ import annotations

from typing import Any, Final

from dashboard.finance.values import Named, Takings

FEE_LATE_S: Final = 7_200
"""Stripe says a fee within the hour. One that is still not there after two is an alarm."""

NAMED_IDS: Final = 20

_TAKEN = """
WITH taken AS (
    SELECT *, coalesce(payment_intent, charge) AS key FROM payments
    WHERE status = 'succeeded' AND captured AND livemode
), counted AS (
    SELECT * FROM taken
    WHERE currency = $currency AND created >= $since
        AND key NOT IN (SELECT key FROM taken WHERE created < $since)
)
"""
"""The charges counted by themselves. A payment is of when it was charged first."""

_SUMS = f"""
{_TAKEN}
SELECT coalesce(sum(captured_cents), 0), coalesce(sum(fee) FILTER (net = moved - fee), 0),
    coalesce(sum(net) FILTER (net = moved - fee), 0), count(*) FILTER (fee IS NULL)
FROM counted
"""  # noqa: S608 - of constants

_LATE = f"""
{_TAKEN}
SELECT charge, count(*) OVER () FROM counted
WHERE fee IS NULL AND created <= $late
    AND charge NOT IN (SELECT charge FROM movements WHERE charge IS NOT NULL)
    AND coalesce(balance_transaction NOT IN (SELECT id FROM movements), true)
ORDER BY created, charge LIMIT {NAMED_IDS}
"""  # noqa: S608 - of constants
"""A fee that was said in another currency is not summed, but it was said: it is not late."""

_WRONG_NET = f"""
SELECT m.id, count(*) OVER ()
FROM movements m LEFT JOIN payments p ON p.charge = m.charge
WHERE m.net <> m.amount - m.fee AND coalesce(p.created, m.created) >= $since AND coalesce(p.livemode, true)
ORDER BY m.created, m.id LIMIT {NAMED_IDS}
"""  # noqa: S608 - of constants
"""Of any currency, and also of a charge that has not been read: no such net may pass."""

_GIVEN_BACK = """
SELECT count(*), coalesce(sum(cents), 0) FROM {} WHERE moved AND currency = $currency AND created >= $since
"""


def taken(
    duck: Any,
    currency: str,
    *,
    since: int,
    fees_as_of: int | None,
    has_refunds: bool,
    has_disputes: bool,
) -> Takings:
    """From `since` on in `currency`. Refunds and disputes are told only where they were read, and a fee is
    late only up to when fees were read.
    """
    of = {"currency": currency, "since": since}
    [(gross, fee, net, pending)] = _all(duck, _SUMS, **of)
    late = () if fees_as_of is None else _all(duck, _LATE, **of, late=fees_as_of - FEE_LATE_S)
    [refunds] = _all(duck, _GIVEN_BACK.format("refunds"), **of) if has_refunds else [(None, None)]
    [disputes] = _all(duck, _GIVEN_BACK.format("disputes"), **of) if has_disputes else [(None, None)]
    return Takings(
        gross_cents=int(gross),
        fee_cents=int(fee),
        net_cents=int(net),
        fees_pending=pending,
        refunds=refunds[0],
        refunded_cents=None if refunds[1] is None else int(refunds[1]),
        disputes=disputes[0],
        disputed_cents=None if disputes[1] is None else int(disputes[1]),
        wrong_net=_named(_all(duck, _WRONG_NET, since=since)),
        fees_late=_named(late),
    )


def _named(found: Any) -> Named:
    """Each row has how many there are in all."""
    return Named(count=found[0][1] if found else 0, ids=tuple(id_ for id_, _ in found))


def _all(duck: Any, sql: str, **said: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = duck.execute(sql, said).fetchall()
    return found
