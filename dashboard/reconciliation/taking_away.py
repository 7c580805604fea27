"""What may stand in a list that is taken away: no cell that a spreadsheet computes, no id that is none."""

from __future__ import annotations

from typing import Any, Final

from collectors.money import token
from dashboard.reconciliation import cells

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
WITHHELD: Final = "(withheld: no id)"


def plain(value: Any) -> Any:
    """A cell as it is written: a spreadsheet computes one that begins like a formula, so none may."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def only_id(value: str | None) -> str | None:
    """An id, or that it is none."""
    try:
        return None if value is None else cells.entry_id(value)
    except ValueError:
        return WITHHELD


def only_token(value: str | None) -> str | None:
    """A correlation id, or that it may be a person's."""
    return None if value is None else token(value) or WITHHELD
