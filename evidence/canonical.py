"""JSON of one spelling: written by RFC 8785, and read so that nothing in it goes unseen.

Numbers are integers, because a float has more than one reading; a name that stands twice is refused, because
most readers keep the last of the two in silence.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import rfc8785


class NotCanonicalError(Exception):
    """These bytes are no JSON of ours: got, expected."""


def written(value: Any) -> bytes:
    """The one spelling of a value. Raises `NotCanonicalError` for what has none: a float, 2^53, a date."""
    if _holds_float(value):
        raise NotCanonicalError("got a float, expected integers and text alone; write it as text")
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise NotCanonicalError(f"got a value without one spelling ({error}); write it as text") from error


def read(data: bytes) -> Any:
    """What the bytes say. Raises `NotCanonicalError` for anything but UTF-8 JSON of integers and text."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refused,
            parse_float=_refused,
        )
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError(f"got no JSON ({error}), expected UTF-8 JSON") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotCanonicalError(f'got the name "{twice}" twice in one object, expected it once')
    return found


def _refused(text: str) -> NoReturn:
    raise NotCanonicalError(f"got the number {text}, expected integers alone")


def _holds_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_float, value))
    return isinstance(value, float)
