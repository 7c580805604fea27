"""Lists as Stripe answers them: parameters checked strictly, newest first, paged by id."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rehearsal.stripe_double.errors import StripeError, unknown_parameter
from rehearsal.stripe_double.resources import Resource

Object = dict[str, Any]
Pairs = list[tuple[str, str]]

_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand"})
_LIMIT_DEFAULT = 10
_LIMIT_MAX = 100
_TYPES_MAX = 20
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "created": operator.eq,
    "created[gt]": operator.gt,
    "created[gte]": operator.ge,
    "created[lt]": operator.lt,
    "created[lte]": operator.le,
}


def page(
    resource: Resource, pairs: Pairs, objects: Iterable[Object], *, failing: Callable[[Object], bool]
) -> Object:
    """The answer to a list request over `objects`, newest first. `failing`: is this event undelivered?"""
    for name, _ in pairs:
        if _base(name) not in resource.filters | _PAGING:
            raise unknown_parameter(name)
    kept = [found for found in objects if _keeps(found, pairs, resource, failing)]
    single = dict(pairs)
    limit = _limit(single.get("limit"))
    kept, more = _cut(kept, single, limit)
    return {"object": "list", "data": kept, "has_more": more, "url": f"/v1/{resource.path}"}


def _base(name: str) -> str:
    return name.partition("[")[0]


def _limit(text: str | None) -> int:
    if text is None:
        return _LIMIT_DEFAULT
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _LIMIT_MAX):
        raise StripeError(400, f"Invalid limit: {text}; must be 1 to {_LIMIT_MAX}", param="limit")
    return int(text)


def _cut(objects: list[Object], single: Mapping[str, str], limit: int) -> tuple[list[Object], bool]:
    if "starting_after" in single:
        at = _position(objects, single["starting_after"], "starting_after")
        return objects[at + 1 : at + 1 + limit], len(objects) > at + 1 + limit
    if "ending_before" in single:
        at = _position(objects, single["ending_before"], "ending_before")
        return objects[max(0, at - limit) : at], at > limit
    return objects[:limit], len(objects) > limit


def _position(objects: list[Object], name: str, param: str) -> int:
    for index, found in enumerate(objects):
        if found["id"] == name:
            return index
    raise StripeError(400, f"No such object: '{name}'", code="resource_missing", param=param)


def _keeps(found: Object, pairs: Pairs, resource: Resource, failing: Callable[[Object], bool]) -> bool:
    if resource.kind == "event" and not _event_keeps(found, pairs, failing):
        return False
    return all(_matches(found, name, value) for name, value in pairs if not _handled_elsewhere(name))


def _handled_elsewhere(name: str) -> bool:
    return _base(name) in _PAGING | {"type", "types", "delivery_success", "customer_details"}


def _matches(found: Object, name: str, value: str) -> bool:
    if _base(name) != "created":
        return bool(found.get(name) == value)
    if name not in _COMPARISONS or not value.isdecimal():
        raise StripeError(400, f"Invalid timestamp: {name}={value}", param=name)
    return _COMPARISONS[name](found["created"], int(value))


def _event_keeps(found: Object, pairs: Pairs, failing: Callable[[Object], bool]) -> bool:
    types = [value for name, value in pairs if _base(name) == "types"]
    one = [value for name, value in pairs if name == "type"]
    if types and one:
        raise StripeError(400, "You may only specify one of these parameters: type, types.", param="type")
    if len(types) > _TYPES_MAX:
        raise StripeError(400, f"Array types exceeded maximum of {_TYPES_MAX} elements", param="types")
    if types and found["type"] not in types:
        return False
    if one and not _type_matches(found["type"], one[0]):
        return False
    success = dict(pairs).get("delivery_success")
    if success not in {None, "true", "false"}:
        raise StripeError(400, f"Invalid boolean: {success}", param="delivery_success")
    return success is None or failing(found) == (success == "false")


def _type_matches(kind: str, pattern: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern
