"""The figures of the books, each counted from the tables when something has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from dashboard.finance.spending import Spending
from dashboard.finance.tables import RANKS
from dashboard.finance.taken import taken
from dashboard.finance.values import AgeBand, Bucket, Liability, Spender, Takings
from dashboard.launch.money.trace_wording import money
from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.reconciliation.line import Line

HOUR: Final = 3_600
DAY: Final = 86_400
HOURS: Final = 48
DAYS: Final = 60
BANDS: Final = ((0, 600), (600, HOUR), (HOUR, DAY), (DAY, 3 * DAY), (3 * DAY, None))
CLASSES: Final = tuple(Class)

SHOWN: Final = "created >= $since AND (is_payment OR payment_intent IS NOT NULL OR created >= $settled)"
"""A credit right after the beginning that names no payment may be of a charge from before it: it proves
nothing.
"""

_CELLS = f"""
SELECT rank, currency, created // {HOUR}, count(*), count(*) FILTER (is_payment),
    sum(stripe_cents), sum(ledger_cents), sum(drift_cents)
FROM rows WHERE {SHOWN} GROUP BY ALL
"""  # noqa: S608 - of constants

_OWED = f"""
SELECT created // {HOUR}, sum(purchased), sum(debited), sum(taken_back), sum(credits)
FROM entries WHERE created >= $since GROUP BY ALL
"""  # noqa: S608 - of constants

_AGES = f"""
SELECT rank, created FROM rows WHERE {SHOWN} AND rank < {min(RANKS[one] for one in SETTLED)}
"""  # noqa: S608 - of constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is counted: from a moment on, in a currency; `as_of` is of the older side, `until` the newer.
    `fees_as_of` is up to when both the charges and their fees were read; None where the fees never were.
    """

    currency: str
    since: int
    settled: int
    as_of: int
    until: int
    fees_as_of: int | None = None

    @property
    def shown(self) -> dict[str, int]:
        """Which rows."""
        return {"since": self.since, "settled": self.settled}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that is told of the rows; `broken` says that they do not add up."""

    broken: str
    lines: Sequence[Line]
    takings: Takings
    liability: Liability
    hours: Sequence[Bucket]
    days: Sequence[Bucket]
    ages: Sequence[AgeBand]
    spenders: Sequence[Spender]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """The rows of a class and a currency in an hour."""

    found: Class
    currency: str
    hour: int
    count: int
    payments: int
    stripe: int
    ledger: int
    drift: int


_Owed = tuple[int, int, int, int]


def counted(duck: Any, spending: Spending, scope: Scope, *, has_refunds: bool, has_disputes: bool) -> Figures:
    """Every figure. Refunds and disputes are told only where they were read."""
    cells = list(_cells(duck, scope))
    owed = _owed(duck, scope)
    takings = taken(
        duck,
        scope.currency,
        since=scope.since,
        fees_as_of=scope.fees_as_of,
        has_refunds=has_refunds,
        has_disputes=has_disputes,
    )
    lines = _lines(cells)
    return Figures(
        broken=_broken(lines, takings.gross_cents, scope.currency),
        lines=lines,
        takings=takings,
        liability=_liability(owed),
        hours=_buckets(cells, owed, scope, HOUR, HOURS),
        days=_buckets(cells, owed, scope, DAY, DAYS),
        ages=list(_ages(duck, scope)),
        spenders=spending.top(scope.since),
    )


def _cells(duck: Any, scope: Scope) -> Iterator[_Cell]:
    for rank, currency, hour, count, payments, stripe, ledger, drift in _all(duck, _CELLS, **scope.shown):
        yield _Cell(
            found=CLASSES[rank],
            currency=currency,
            hour=hour,
            count=count,
            payments=payments,
            stripe=int(stripe or 0),
            ledger=int(ledger or 0),
            drift=int(drift or 0),
        )


def _lines(cells: Sequence[_Cell]) -> list[Line]:
    found: dict[tuple[Class, str], list[_Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.found, cell.currency].append(cell)
    return [
        Line(
            found=one,
            currency=currency,
            count=sum(cell.count for cell in some),
            stripe_cents=sum(cell.stripe for cell in some),
            ledger_cents=sum(cell.ledger for cell in some),
            drift_cents=sum(cell.drift for cell in some),
        )
        for (one, currency), some in sorted(found.items(), key=lambda each: (RANKS[each[0][0]], each[0][1]))
    ]


def _broken(lines: Sequence[Line], gross: int, currency: str) -> str:
    """The identity of every reconciliation: no payment is lost, and none is counted twice."""
    classed = sum(line.stripe_cents for line in lines if line.currency == currency)
    if classed == gross:
        return ""
    got, expected = money(classed, currency), money(gross, currency)
    return f"The classes add up to {got}, the charges to {expected}: nothing here is to be believed."


def _owed(duck: Any, scope: Scope) -> dict[int, _Owed]:
    """By hour: purchased, debited, what of that was taken back, and all credits together."""
    told = _all(duck, _OWED, since=scope.since)
    return {
        hour: (int(bought), int(debited), int(back), int(every))
        for hour, bought, debited, back, every in told
    }


def _liability(owed: dict[int, _Owed]) -> Liability:
    purchased, debited, back, all_ = (sum(part) for part in zip((0, 0, 0, 0), *owed.values(), strict=True))
    other = all_ - purchased + debited
    return Liability(purchased=purchased, used=debited - back, taken_back=back, other=other)


def _buckets(
    cells: Sequence[_Cell], owed: dict[int, _Owed], scope: Scope, width: int, most: int
) -> list[Bucket]:
    """From the first payment on, no more than the newest; what nothing fell into is there too."""
    if not cells:
        return []
    per = width // HOUR
    last = max(scope.until // width, *(cell.hour // per for cell in cells), *(hour // per for hour in owed))
    first = max(min(cell.hour // per for cell in cells), last - most + 1)
    inside: dict[int, list[_Cell]] = defaultdict(list)
    for cell in cells:
        inside[cell.hour // per].append(cell)
    moved: dict[int, int] = defaultdict(int)
    for hour, (purchased, debited, _, _) in owed.items():
        moved[hour // per] += purchased - debited
    liability = sum(credits for number, credits in moved.items() if number < first)
    buckets = []
    for number in range(first, last + 1):
        liability += moved[number]
        buckets.append(_bucket(number * width, inside[number], liability, scope.currency))
    return buckets


def _bucket(start: int, cells: Sequence[_Cell], liability: int, currency: str) -> Bucket:
    ours = [cell for cell in cells if cell.currency == currency]
    return Bucket(
        start=datetime.fromtimestamp(start, UTC),
        payments=sum(cell.payments for cell in cells),
        stripe_cents=sum(cell.stripe for cell in ours),
        ledger_cents=sum(cell.ledger for cell in ours),
        drift_cents=sum(cell.drift for cell in ours),
        liability=liability,
    )


def _ages(duck: Any, scope: Scope) -> Iterator[AgeBand]:
    counts: dict[Class, list[int]] = {}
    for rank, created in _all(duck, _AGES, **scope.shown):
        age = scope.as_of - created
        band = next(number for number, (_, below) in enumerate(BANDS) if below is None or age < below)
        counts.setdefault(CLASSES[rank], [0] * len(BANDS))[band] += 1
    for one in CLASSES:
        for (least, below), count in zip(BANDS, counts.get(one, ()), strict=False):
            yield AgeBand(found=one, least_s=least, below_s=below, count=count)


def _all(duck: Any, sql: str, **said: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = duck.execute(sql, said).fetchall()
    return found
