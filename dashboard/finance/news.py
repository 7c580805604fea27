"""What was read anew since the last look, from the store into the books.

A window is kept in one transaction with when its list was read, one window of a list after another. So what
is not older than that read, less an overlap for two hosts' clocks, is all that can be new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from collectors.money import LedgerEntry, StripeObject
from collectors.money_window import MoneyList
from dashboard.finance.intake import KINDS, entry_row, row_of
from dashboard.finance.kept import Kept
from dashboard.launch.plan import Plan
from dashboard.store.money import MoneyStore
from dashboard.store.money_values import MoneyRead

OVERLAP = timedelta(seconds=60)
AT_ONCE = 5_000

T = TypeVar("T", StripeObject, LedgerEntry)
_Known = dict[str, tuple[datetime, int]]
"""When each was read so, and what it was: what is of the overlap is taken once."""


@dataclass(slots=True, kw_only=True)
class News:
    """Takes what is new into the books, each list from where it was at the last look."""

    store: MoneyStore
    plan: Plan
    _upto: dict[MoneyList, datetime] = field(init=False, default_factory=dict)
    _known: dict[MoneyList, _Known] = field(init=False, default_factory=dict)

    def take(self, kept: Kept, reads: Mapping[MoneyList, MoneyRead]) -> None:
        """Take in what was read since. `reads` are from before this look. Raises `StoreError`."""
        for name, kind in KINDS.items():
            since = self._since(name)
            gone = () if since is None else self.store.gone(kind, since=since)
            for id_ in gone:  # should it come back, it is new again
                self._known.get(name, {}).pop(id_, None)
            found = self._new(name, self.store.seen(kind, since=since), reads)
            for some in _in_batches(found):
                # One that no figure needs any more is taken out, as one that is gone.
                made = [(each.id, row_of(each)) for each in some]
                rows = [row for _, row in made if row is not None]
                kept.take(name, rows, () if kept.is_new else [id_ for id_, row in made if row is None])
            here = self._known[name]
            kept.take(name, [], [id_ for id_ in gone if id_ not in here])
        entries = self._new(
            MoneyList.LEDGER, self.store.seen_entries(since=self._since(MoneyList.LEDGER)), reads
        )
        for batch in _in_batches(entries):
            kept.take(MoneyList.LEDGER, [entry_row(each, self.plan) for each in batch])
        self._upto = {name: read.at for name, read in reads.items()}

    def _since(self, name: MoneyList) -> datetime | None:
        upto = self._upto.get(name)
        return None if upto is None else upto - OVERLAP

    def _new(
        self, name: MoneyList, seen: Iterator[tuple[datetime, T]], reads: Mapping[MoneyList, MoneyRead]
    ) -> Iterator[T]:
        """Without what was taken as it is; what the next look will meet again is kept in mind."""
        here: _Known = {}
        before = self._known.get(name, {})
        read = reads.get(name)
        again = None if read is None else read.at - OVERLAP
        self._known[name] = here
        for at, each in seen:
            mark = (at, hash(each))
            if again is None or at >= again:
                here[each.id] = mark
            if before.get(each.id) != mark:
                yield each


def _in_batches(found: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(found, AT_ONCE)):
        yield some
