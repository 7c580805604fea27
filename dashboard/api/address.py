"""What an address of the API is: who may ask it, what it is told, and the shape of what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dashboard.access import Person, Scope
from dashboard.api.answers import Told
from dashboard.api.parameters import Name, Number
from dashboard.room import ControlRoom

PREFIX: Final = "/api/v1"
LIMIT: Final = "limit"
BEFORE: Final = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks of an address, read: `numbers` is what the query says, `name` what the path says,
    and `below` the path that golive has on a host that it shares, "" on one of its own.
    """

    room: ControlRoom
    person: Person
    now: datetime
    numbers: Mapping[str, int | None] = field(default_factory=dict)
    name: str = ""
    below: str = ""

    @property
    def limit(self) -> int:
        """How many are asked for, of an address that has a limit: it has a default, too."""
        return self.numbers[LIMIT] or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address below `PREFIX`. Whoever has one of the `scopes`, or a role that may see what it stands for,
    gets an answer of this `shape`; `ask` may block where it `reads_the_store`, and finds nothing of a name or
    number that is well formed where it `may_not_be_there`.
    """

    path: str
    name: str
    said: str
    scopes: tuple[Scope, ...]
    shape: Any
    ask: Callable[[Question], Told | bytes]
    query: tuple[Number, ...] = ()
    part: Name | None = None
    reads_the_store: bool = True
    may_not_be_there: bool = False
