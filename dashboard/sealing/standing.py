"""How the items of a run stand, kept from look to look: what can have changed since is folded anew."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dashboard.launch.clock import TClock
from dashboard.launch.plan_evidence import Evidence, EvidenceItem
from dashboard.launch.proof import Capture, Known, Reviewed, Standing, holds_until, standing


@dataclass(slots=True)
class KeptStandings:
    """Of one plan and one log, which only grows. Safe to share between threads."""

    evidence: Evidence
    _items: dict[str, EvidenceItem] = field(init=False)
    _captures: dict[str, list[Capture]] = field(init=False, default_factory=dict)
    _item_of: dict[int, str] = field(init=False, default_factory=dict)
    _reviews: dict[int, Reviewed] = field(init=False, default_factory=dict)
    _kept: dict[str, Standing] = field(init=False, default_factory=dict)
    _until: dict[str, datetime] = field(init=False, default_factory=dict)
    _taken: int = field(init=False, default=0)
    _last: tuple[Sequence[TClock], frozenset[str], datetime] | None = field(init=False, default=None)
    _folding: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._items = {item.id: item for item in self.evidence.items}

    def of(self, known: Known, clocks: Sequence[TClock], now: datetime) -> tuple[Standing, ...]:
        """What `proof.standings` says, folding the items alone that can have changed since the last look."""
        with self._folding:
            touched = self._take(known)
            if self._is_all_else(known, clocks, now):
                touched = self._items.keys()
            elif now >= min(self._until.values(), default=now):
                touched = touched | {name for name, until in self._until.items() if now >= until}
            self._fold(touched, known, clocks, now)
            self._last = (clocks, known.erased, now)
            return tuple(self._kept[name] for name in self._items)

    def _take(self, known: Known) -> AbstractSet[str]:
        """What was captured and reviewed since; the items that it is about."""
        touched: set[str] = set()
        for capture in islice(known.captures, self._taken, None):
            self._captures.setdefault(capture.item, []).append(capture)
            self._item_of[capture.index] = capture.item
            touched.add(capture.item)
        self._taken = len(known.captures)
        for index, review in (known.reviews or {}).items():
            if self._reviews.get(index) != review:
                self._reviews[index] = review
                touched.add(self._item_of.get(index, ""))
        return touched & self._items.keys()

    def _is_all_else(self, known: Known, clocks: Sequence[TClock], now: datetime) -> bool:
        """Whether something has changed that every item is judged by; a `now` that goes back is one."""
        if self._last is None:
            return True
        last_clocks, erased, before = self._last
        return clocks != last_clocks or known.erased != erased or now < before

    def _fold(self, names: Iterable[str], known: Known, clocks: Sequence[TClock], now: datetime) -> None:
        for name in names:
            found = standing(self._items[name], self._captures.get(name, ()), known, clocks, now)
            self._kept[name] = found
            self._until[name] = holds_until(found, clocks, now)
