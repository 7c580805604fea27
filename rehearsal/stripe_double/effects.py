"""What an act leaves at Stripe: objects made, objects changed, and what is told of it; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
NewId = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new object; `listed_at` where it comes into being later than the act, in Unix seconds."""

    object: Object
    livemode: bool
    listed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event, of the object as it is at that moment, in Unix seconds."""

    kind: str
    about: Object
    livemode: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """All of it, in the order in which it happens."""

    made: list[Made] = field(default_factory=list)
    changed: list[Object] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def then(self, later: Effect) -> Effect:
        """Both, one after the other."""
        return Effect(
            made=[*self.made, *later.made],
            changed=[*self.changed, *later.changed],
            told=[*self.told, *later.told],
        )


def shown(kept: Object) -> Object:
    """An object without what Stripe keeps to itself: its fields that begin with an underscore."""
    return {name: value for name, value in kept.items() if not name.startswith("_")}
