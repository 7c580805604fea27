"""How the whole history of money is read: the shape of `[money]` and `[ledger.history]`, and their checks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import jmespath
import msgspec
from msgspec import Meta

from dashboard.launch.plan_values import Frozen, NonEmpty, Path, Seconds

Key = tuple[str | int, ...]

PATHS = ("id", "cents", "currency", "correlation_id", "user", "next_cursor")
"""The keys of a list that hold a JMESPath, as no key of that name does elsewhere in a plan."""

Parameter = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.\[\]-]{0,79}$")]


class LedgerHistory(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every user's transactions, newest first, in pages. `items` and `next_cursor` are JMESPaths into a page,
    the others into one of its rows; those that a ledger does not have may be left out, but not the payment.

    `cursor_parameter` is the query parameter that takes `next_cursor`, `parameters` are sent with every page.
    `from_zero`: that every balance was zero where the history begins; only then is a sum of rows a balance.
    """

    path: Path
    items: NonEmpty
    id: NonEmpty
    kind: NonEmpty
    credits: NonEmpty
    created: NonEmpty
    payment_intent: NonEmpty
    next_cursor: NonEmpty
    cursor_parameter: Parameter
    cents: NonEmpty | None = None
    currency: NonEmpty | None = None
    correlation_id: NonEmpty | None = None
    user: NonEmpty | None = None
    from_zero: bool = False
    parameters: dict[str, str | int] = msgspec.field(default_factory=dict)


class LedgerDenials(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every user that the ledger turned away, newest first, in pages; read as the history is."""

    path: Path
    items: NonEmpty
    id: NonEmpty
    user: NonEmpty
    created: NonEmpty
    next_cursor: NonEmpty
    cursor_parameter: Parameter
    parameters: dict[str, str | int] = msgspec.field(default_factory=dict)


class Money(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That money is read and reconciled. Payments from `since` on count (a TOML date-time with its zone),
    where it is left out those from the start of the run.

    `grace_s`: how old a payment is before a credit that is missing is an alarm. `read_interval_s`: how often
    Stripe and the ledger are asked for what is new.
    """

    since: Annotated[datetime, Meta(tz=True)] | None = None
    grace_s: Seconds = 600
    read_interval_s: Annotated[int, Meta(ge=2, le=3_600)] = 10


def money_problems(
    money: Money | None, history: LedgerHistory | None, denials: LedgerDenials | None = None
) -> Iterator[tuple[Key, str]]:
    """Every mistake in how the history of money is to be read, with the key it is at."""
    if money is not None and history is None:
        got = "got no [ledger.history], expected one"
        yield ("money",), f"{got}: money is reconciled against every row of the ledger"
    if history is not None and history.from_zero and history.user is None:
        got = "got it without user, so that no row is anybody's"
        yield ("ledger", "history", "from_zero"), f"{got}; say where the user of a row is"
    for name, listed in (("history", history), ("denials", denials)):
        if listed is not None:
            if money is None:
                yield ("ledger", name), f"got no [money], expected one: nobody reads the {name} without it"
            yield from _list_problems(listed, ("ledger", name))


def _list_problems(listed: LedgerHistory | LedgerDenials, at: Key) -> Iterator[tuple[Key, str]]:
    for name in PATHS:
        path = getattr(listed, name, None)
        if path is not None and not is_jmespath(path):
            yield (*at, name), f'got "{path}", expected a JMESPath expression; mend it'
    if listed.cursor_parameter in listed.parameters:
        got = f'got "{listed.cursor_parameter}" in the parameters too'
        yield (*at, "cursor_parameter"), f"{got}; it takes the cursor, take it out of the parameters"


def is_jmespath(path: str) -> bool:
    """Whether the text is one."""
    try:
        jmespath.compile(path)
    except jmespath.exceptions.JMESPathError:
        return False
    return True
