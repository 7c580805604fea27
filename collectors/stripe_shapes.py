"""What golive reads of Stripe's objects. These structs are the allow-list: no other field is ever decoded."""

from __future__ import annotations

from typing import Generic, Literal, Protocol, TypeVar

import msgspec


class HasId(Protocol):
    """What a list can be paged by."""

    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=HasId)


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the shapes: fields that are not named are skipped unread."""


class Page(Shape, Generic[Item], frozen=True):
    """One page of a list."""

    object: Literal["list"]
    data: list[Item]
    has_more: bool


class Balance(Shape, frozen=True):
    """The proof of the key's mode."""

    object: Literal["balance"]
    livemode: bool


class Identified(Shape, frozen=True):
    """Any object of a list: enough to turn the page, and to see whether it may be read at all."""

    id: str


class Endpoint(Identified, frozen=True):
    """A webhook endpoint; `url` is compared and never kept."""

    object: Literal["webhook_endpoint"]
    url: str
    status: str
    livemode: bool
    enabled_events: list[str]
    created: int = 0
    api_version: str | None = None

    def takes_any(self, types: tuple[str, ...]) -> bool:
        """Whether Stripe would deliver at least one of the types to it."""
        return self.status == "enabled" and len(self.missing(types)) < len(types)

    def missing(self, types: tuple[str, ...]) -> tuple[str, ...]:
        """The types that it is not subscribed to."""
        if "*" in self.enabled_events:
            return ()
        return tuple(each for each in types if each not in self.enabled_events)


class Event(Identified, frozen=True):
    """An event, without what it is about."""

    object: Literal["event"]
    type: str
    created: int
    livemode: bool


class Account(Shape, frozen=True):
    """What the account may do."""

    id: str
    object: Literal["account"]
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool


class ErrorDetails(Shape, frozen=True):
    """An error without its free text beyond the one sentence that names a missing scope."""

    type: str | None = None
    code: str | None = None
    param: str | None = None
    message: str | None = None


class ErrorEnvelope(Shape, frozen=True):
    """Stripe's error answer."""

    error: ErrorDetails
