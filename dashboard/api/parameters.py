"""What an address may be told: each parameter reads itself, strictly, and says in a schema what it takes.

A parameter that is not known is refused as a misspelt one would be: left out in silence, it would make an
answer to another question look like the one that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import QueryParams

GREATEST: Final = 2**31 - 1
"""Of what counts runs and evaluations: no store has a greater number of them."""

LONGEST_QUERY: Final = 1_000
LONGEST_NAME: Final = 120
_WHOLE = re.compile(r"[0-9]{1,10}")
_NAME = re.compile(rf"[A-Za-z0-9_\-:.]{{1,{LONGEST_NAME}}}")
"""What a payment, a checkout and a purchase may be called: golive keeps no other (`collectors.personal`)."""


class ArgumentError(Exception):
    """What was told is not what the address takes: got, expected. Nothing of it is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A whole number in the query, from `least` to `most`; `default` where it is left out."""

    name: str
    said: str
    least: int = 1
    most: int = GREATEST
    default: int | None = None

    def read(self, told: str) -> int:
        """The number. Raises `ArgumentError`."""
        number = int(told) if _WHOLE.fullmatch(told) else -1
        if not self.least <= number <= self.most:
            raise ArgumentError(
                f"Got something else as {self.name}, expected a whole number of {self.least} to {self.most}."
            )
        return number

    def described(self) -> dict[str, Any]:
        """As an OpenAPI document has it."""
        schema: dict[str, Any] = {"type": "integer", "minimum": self.least, "maximum": self.most}
        if self.default is not None:
            schema["default"] = self.default
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.said,
            "schema": schema,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The part of the path that names what is asked for."""

    name: str
    said: str

    def read(self, told: str) -> str:
        """The name. Raises `ArgumentError`."""
        if not _NAME.fullmatch(told):
            raise ArgumentError(
                f"Got an {self.name} of another form, expected 1 to {LONGEST_NAME} of A-Z, a-z, 0-9 and _-:."
            )
        return told

    def described(self) -> dict[str, Any]:
        """As an OpenAPI document has it."""
        schema = {"type": "string", "pattern": f"^{_NAME.pattern}$"}
        return {
            "name": self.name,
            "in": "path",
            "required": True,
            "description": self.said,
            "schema": schema,
        }


def read_numbers(query: bytes, expected: Sequence[Number]) -> Mapping[str, int | None]:
    """The numbers of a query string, each once or its default. Raises `ArgumentError`."""
    if len(query) > LONGEST_QUERY:
        raise ArgumentError(f"Got a query of {len(query):,} bytes, expected {LONGEST_QUERY:,} at most.")
    told = QueryParams(query).multi_items()
    known = {each.name: each for each in expected}
    if any(name not in known for name, _ in told):
        names = " or ".join(known) or "none at all"
        raise ArgumentError(f"Got a parameter that this address does not have, expected {names}.")
    if len(dict(told)) < len(told):
        raise ArgumentError("Got a parameter twice, expected each once.")
    defaults: dict[str, int | None] = {each.name: each.default for each in expected}
    return defaults | {name: known[name].read(value) for name, value in told}
