"""The books of one plan: what was read of both sides, reconciled as it comes in, told as a panel and lists.

Nothing is opened before somebody looks. From then on a look reads what is new, reconciles what it touches,
and counts; where nothing was read since the last look it does none of this. What computes is imported then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from collectors.money_window import MoneyList
from dashboard.finance.values import Denials, FinancePanel, Wanted
from dashboard.launch.money import trace_wording as words
from dashboard.launch.money.purchase import AsOf, Side
from dashboard.launch.plan import Plan
from dashboard.purchases import Reads, as_of, expected_of, read_of
from dashboard.store.errors import StoreError
from dashboard.store.store import Store
from dashboard.store.values import Run

if TYPE_CHECKING:  # an engine takes a hundred megabytes, and is there for whoever looks at finance alone
    from dashboard.finance.figures import Figures, Scope
    from dashboard.finance.judged import Judged
    from dashboard.finance.kept import Kept
    from dashboard.finance.news import News
    from dashboard.finance.spending import Spending

NO_DENIALS = "Denials are not known: nothing reads them."
NO_CENTS = "The ledger says no amounts: what it credited is compared by its credits alone."
BESIDE: Mapping[MoneyList, str] = {
    MoneyList.BALANCE_TRANSACTIONS: "fees",
    MoneyList.REFUNDS: "refunds",
    MoneyList.DISPUTES: "disputes",
}
"""What is told besides the two sides, and what it is called."""


class UntellableError(Exception):
    """There is nothing to take away: a side is not read, or the books do not add up. One sentence."""


@dataclass(slots=True, kw_only=True)
class _Open:
    """What there is once somebody has looked."""

    kept: Kept
    judged: Judged
    news: News
    spending: Spending
    state: tuple[object, ...] = ()
    counted: tuple[object, ...] = ()
    figures: Figures | None = None


@dataclass(slots=True, kw_only=True)
class Books:
    """The books; pages look from threads of their own, one at a time. `denials` tells what the ledger turned
    away from a moment on, or why that is not known.
    """

    store: Store
    plan: Plan
    clock: Callable[[], datetime]
    denials: Callable[[Store, Plan, datetime, Reads], Denials | str] | None = None
    _open: _Open | None = field(init=False, default=None)
    _one_at_a_time: threading.Lock = field(init=False, default_factory=threading.Lock)

    def panel(self, run: Run, wanted: Wanted) -> FinancePanel:
        """Both sides as they were read last. Raises `StoreError`, and `EngineError` where DuckDB gives up."""
        with self._one_at_a_time:
            panel, books, scope = self._drawn(run)
            if books is None or scope is None:
                return panel
            from dashboard.finance import lists

            with self._computing():
                rows = lists.listed(books.kept.duck, scope, wanted, limit=wanted.limit)
                found = lists.found(books.kept.duck, scope, wanted)
        return replace(panel, rows=rows, found=found)

    def csv(self, run: Run, wanted: Wanted) -> bytes:
        """Every row that is wanted. Raises `UntellableError` besides what `panel` raises."""
        return self.file(run, wanted, "csv")

    def parquet(self, run: Run, wanted: Wanted) -> bytes:
        """The same rows and columns as the CSV, with their types."""
        return self.file(run, wanted, "parquet")

    def file(self, run: Run, wanted: Wanted, kind: Literal["csv", "parquet"]) -> bytes:
        """A list to take away, "csv" or "parquet"."""
        with self._one_at_a_time:
            panel, books, scope = self._drawn(run)
            if books is None or scope is None or panel.broken:
                raise UntellableError(panel.why or panel.broken)
            from dashboard.finance import lists

            with self._computing():
                rows = lists.listed(books.kept.duck, scope, wanted, limit=None)
        return lists.as_csv(rows, panel) if kind == "csv" else lists.as_parquet(rows, panel)

    def close(self) -> None:
        """Let go of the engine; the next look opens another."""
        with self._one_at_a_time:
            self._let_go()

    def _drawn(self, run: Run) -> tuple[FinancePanel, _Open | None, Scope | None]:
        """The panel without its rows, and what to list them from; nothing where a side is not read."""
        now, reads = self.clock(), self.store.money.reads()
        panel = self._bare(run, now, reads)
        if panel.why or panel.stripe.at is None or panel.ledger.at is None:
            return panel, None, None
        with self._computing():
            books, scope, told = self._refreshed(panel, reads)
        names = ("broken", "lines", "takings", "liability", "hours", "days", "ages", "spenders")
        return replace(panel, **{name: getattr(told, name) for name in names}), books, scope

    def _bare(self, run: Run, now: datetime, reads: Reads) -> FinancePanel:
        """When each side was read, and what is wrong with that."""
        sides, money = as_of(reads), self.plan.money
        two = {side: sides[side] for side in (Side.PAYMENTS, Side.LEDGER)}
        since = run.started_at if money is None or money.since is None else money.since
        unread = [words.blind(side, read.why, None) for side, read in two.items() if read.at is None]
        told = NO_DENIALS if self.denials is None else self.denials(self.store, self.plan, since, reads)
        return FinancePanel(
            environment=self.store.environment.value,
            plan=self.plan.id,
            currency=self.plan.purchase.currency,
            since=since,
            stripe=two[Side.PAYMENTS],
            ledger=two[Side.LEDGER],
            fees=read_of(reads, MoneyList.BALANCE_TRANSACTIONS),
            refunds=read_of(reads, MoneyList.REFUNDS),
            disputes=read_of(reads, MoneyList.DISPUTES),
            drawn_at=now,
            why="; ".join(unread),
            denials=told if isinstance(told, Denials) else None,
            no_denials="" if isinstance(told, Denials) else told,
            blind=() if unread else tuple(self._blind(two, reads, now)),
        )

    def _blind(self, two: Mapping[Side, AsOf], reads: Reads, now: datetime) -> Iterator[str]:
        stale_s = expected_of(self.plan).stale_s
        for side, read in two.items():
            if read.why or read.is_old(now, stale_s):
                yield words.blind(side.value, read.why, read.at)
        for name, word in BESIDE.items():
            beside = read_of(reads, name)
            if beside.at is None or beside.why:
                yield words.blind(word, beside.why, beside.at)
        if not expected_of(self.plan).says_cents:
            yield NO_CENTS

    def _refreshed(self, panel: FinancePanel, reads: Reads) -> tuple[_Open, Scope, Figures]:
        """Take in what is new, reconcile what it touches, and count anew where anything was read at all."""
        from dashboard.finance.figures import counted

        books = self._opened()
        scope = self._scope(panel, reads)
        state = tuple((read.list, read.at, read.as_of, read.ok) for read in reads.values())
        if books.state != state:
            books.news.take(books.kept, reads)
            books.judged.judge(scope.as_of)
            books.state = state
        if books.figures is None or books.counted != (state, scope):
            books.figures = counted(
                books.kept.duck,
                books.spending,
                scope,
                has_refunds=panel.refunds.at is not None,
                has_disputes=panel.disputes.at is not None,
            )
            books.counted = (state, scope)
        return books, scope, books.figures

    def _scope(self, panel: FinancePanel, reads: Reads) -> Scope:
        from dashboard.finance.figures import Scope

        ends = [int(side.at.timestamp()) for side in (panel.stripe, panel.ledger) if side.at is not None]
        fees = read_of(reads, MoneyList.BALANCE_TRANSACTIONS).at
        both = [at for at in (panel.stripe.at, fees) if at is not None]
        grace = timedelta(seconds=expected_of(self.plan).grace_s)
        return Scope(
            currency=panel.currency,
            since=int(panel.since.timestamp()),
            settled=int((panel.since + grace).timestamp()),
            as_of=min(ends),
            until=max(ends),
            fees_as_of=None if fees is None else int(min(both).timestamp()),
        )

    def _opened(self) -> _Open:
        if self._open is None:
            from dashboard.finance.judged import Judged
            from dashboard.finance.kept import Kept
            from dashboard.finance.news import News
            from dashboard.finance.spending import Spending

            kept = Kept()
            news = News(store=self.store.money, plan=self.plan)
            judged, spending = Judged(kept, self.plan), Spending(kept)
            self._open = _Open(kept=kept, judged=judged, news=news, spending=spending)
        return self._open

    def _let_go(self) -> None:
        if self._open is not None:
            self._open.kept.close()
            self._open = None

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """What was begun and not ended is begun anew at the next look, so that no half of it is ever told.
        What the store could not tell is only asked again: what was taken in until then is kept in mind.
        """
        from dashboard.reconciliation.engine import explained_engine

        try:
            with explained_engine("duckdb://"):
                yield
        except StoreError:
            if self._open is not None and self._open.kept.is_new:
                self._let_go()
            raise
        except BaseException:
            self._let_go()
            raise
