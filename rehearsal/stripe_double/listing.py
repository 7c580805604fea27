"""What a list request asks for, checked strictly before anything is looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.stripe_double.errors import StripeError, unknown_parameter
from rehearsal.stripe_double.resources import Resource

Pairs = list[tuple[str, str]]
Condition = tuple[str, tuple[Any, ...]]

_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand"})
_LIMIT_DEFAULT = 10
_LIMIT_MAX = 100
_TYPES_MAX = 20
_COMPARISONS: Mapping[str, str] = {
    "created": "=",
    "created[gt]": ">",
    "created[gte]": ">=",
    "created[lt]": "<",
    "created[lte]": "<=",
}
_INDEXED = frozenset({"payment_intent", "charge", "source", "type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list request that is in order. `beside` is the cursor's id and `older` which side of it is wanted."""

    conditions: tuple[Condition, ...]
    limit: int
    beside: str | None
    older: bool
    expand: tuple[str, ...]


def read(resource: Resource, pairs: Pairs) -> Asked:
    """The request in order; whatever Stripe would not take is refused with 400 and its name."""
    for name, _ in pairs:
        if _base(name) not in resource.filters | _PAGING:
            raise unknown_parameter(name)
    single = dict(pairs)
    if "starting_after" in single and "ending_before" in single:
        message = "You may only specify one of these parameters: starting_after, ending_before."
        raise StripeError(400, message, param="starting_after")
    return Asked(
        conditions=tuple(_conditions(resource, pairs)),
        limit=_limit(single.get("limit")),
        beside=single.get("starting_after", single.get("ending_before")),
        older="ending_before" not in single,
        expand=expanded(resource, pairs, prefix="data."),
    )


def expanded(resource: Resource, pairs: Pairs, *, prefix: str = "") -> tuple[str, ...]:
    """The fields to be shown as objects."""
    wanted = [value for name, value in pairs if _base(name) == "expand"]
    for value in wanted:
        if not value.startswith(prefix) or value.removeprefix(prefix) not in resource.expandable:
            raise StripeError(400, f"This property cannot be expanded ({value}).", param="expand")
    return tuple(value.removeprefix(prefix) for value in wanted)


def _base(name: str) -> str:
    return name.partition("[")[0]


def _limit(text: str | None) -> int:
    if text is None:
        return _LIMIT_DEFAULT
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _LIMIT_MAX):
        raise StripeError(400, f"Invalid limit: {text}; must be 1 to {_LIMIT_MAX}", param="limit")
    return int(text)


def _conditions(resource: Resource, pairs: Pairs) -> Iterator[Condition]:
    for name, value in pairs:
        base = _base(name)
        if base == "created":
            yield _created(name, value)
        elif base == "delivery_success":
            yield _delivery(value)
        elif base not in _PAGING | {"type", "types", "customer_details"}:
            yield _equal(name, value)
    if resource.kind == "event":
        yield from _types(pairs)
    else:
        yield from (("type = ?", (value,)) for name, value in pairs if name == "type")


def _created(name: str, value: str) -> Condition:
    if name not in _COMPARISONS or not (value.isascii() and value.isdecimal()):
        raise StripeError(400, f"Invalid timestamp: {name}={value}", param=name)
    return f"created {_COMPARISONS[name]} ?", (int(value),)


def _delivery(value: str) -> Condition:
    if value not in {"true", "false"}:
        raise StripeError(400, f"Invalid boolean: {value}", param="delivery_success")
    return ("undelivered = 1" if value == "false" else "undelivered = 0"), ()


def _equal(name: str, value: str) -> Condition:
    if name in _INDEXED:
        return f"{name} = ?", (value,)
    return "json_extract(body, ?) = ?", (f"$.object.{name}", value)


def _types(pairs: Pairs) -> Iterable[Condition]:
    several = tuple(value for name, value in pairs if _base(name) == "types")
    one = [value for name, value in pairs if name == "type"]
    if several and one:
        raise StripeError(400, "You may only specify one of these parameters: type, types.", param="type")
    if len(several) > _TYPES_MAX:
        raise StripeError(400, f"Array types exceeded maximum of {_TYPES_MAX} elements", param="types")
    if several:
        # The plus keeps the index of types out of it: pages come in order of time from the other one.
        yield f"+type IN ({', '.join('?' * len(several))})", several
    if one and one[0].endswith("*"):
        yield "substr(type, 1, ?) = ?", (len(one[0]) - 1, one[0][:-1])
    elif one:
        yield "type = ?", (one[0],)
