"""The two tables that are reconciled, and what is known of each row of the result. Every amount is an integer
in minor units, every instant whole seconds since 1970; there is no float anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Types = Mapping[str, str]
"""A column's name and its type; a type with `!` is never null."""

PAYMENTS: Final[Types] = {
    "charge": "!string",
    "payment_intent": "string",
    "session": "string",
    "correlation_id": "string",
    "created": "!int64",
    "captured_cents": "!int64",
    "due_cents": "!int64",
    "refunded_cents": "!int64",
    "currency": "!string",
    "livemode": "!boolean",
    "status": "!string",
    "captured": "!boolean",
}
"""One row a charge of Stripe. `due_cents` is what the ledger must say of it: what was captured while tax,
discount and shipping are nothing, the total less the tax otherwise; `refunded_cents` what refunds that
succeeded gave back of it.
"""

PURCHASES: Final[Types] = {
    "entry": "!string",
    "payment_intent": "string",
    "session": "string",
    "correlation_id": "string",
    "created": "!int64",
    "cents": "!int64",
    "credits": "!int64",
    "currency": "!string",
}
"""One row a purchase that the ledger has credited."""

RECONCILED: Final[Types] = {
    "class": "!string",
    "charge": "string",
    "charges": "!int64",
    "payment_intent": "string",
    "entry": "string",
    "other_entry": "string",
    "entries": "!int64",
    "currency": "!string",
    "stripe_cents": "int64",
    "due_cents": "int64",
    "ledger_cents": "int64",
    "drift_cents": "int64",
    "credits": "int64",
    "created": "!int64",
    "age_s": "!int64",
}
"""One row a payment, and one a purchase that has none. `entry` and `other_entry` are the first and the last
of its `entries` by their ids. `drift_cents` is the ledger's cents less what was due, with its sign: above 0
the ledger gave too much. It is null where currencies differ.
"""


def required(types: Types) -> tuple[str, ...]:
    """The columns that are never null."""
    return tuple(name for name, kind in types.items() if kind.startswith("!"))
