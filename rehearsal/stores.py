"""The files of a world: which there are, and that they are closed at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.documents import Documents
from rehearsal.knobs import Knobs
from rehearsal.ledger import Ledger
from rehearsal.pace import Pace
from rehearsal.stripe_double.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """One file a part, as in production: no part reads another's."""

    ledger: Ledger
    books: Books
    receipts: Documents
    notifications: Documents
    purchases: Documents

    @classmethod
    def open(cls, state_dir: Path, *, seed: int, pace: Pace, knobs: Callable[[], Knobs]) -> Stores:
        """Open or create every file in `state_dir`."""
        return cls(
            ledger=Ledger(state_dir / "ledger.sqlite3", seed=seed),
            books=Books(state_dir / "stripe.sqlite3", seed=seed, pace=pace, knobs=knobs),
            receipts=Documents(state_dir / "provider_register.sqlite3"),
            notifications=Documents(state_dir / "auto_com_center.sqlite3"),
            purchases=Documents(state_dir / "purchases.sqlite3"),
        )

    def close(self) -> None:
        """Close every file."""
        for store in (self.ledger, self.books, self.receipts, self.notifications, self.purchases):
            store.close()
