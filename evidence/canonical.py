"""JSON of one spelling: written by RFC 8785, and read so that nothing in it goes unseen.

Numbers are integers, because a float has more than one reading; a name that stands twice is refused, because
most readers keep the last of the two in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec
import rfc8785

_MOST = 2**53 - 1
"""Above that some readers take two integers for one."""
_BEYOND = re.compile(rb"[\xf0-\xff]")


class NotCanonicalError(Exception):
    """These bytes are no JSON of ours: got, expected."""


def written(value: Any) -> bytes:
    """The one spelling of a value. Raises `NotCanonicalError` for what has none: a float, 2^53, a date."""
    try:
        quickly = _quickly(value)
        if quickly is not None:
            return quickly
        if _holds_float(value):
            raise NotCanonicalError("got a float, expected integers and text alone; write it as text")
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonicalError(f"got a value without one spelling ({error}); write it as text") from error
    except RecursionError as error:
        raise NotCanonicalError("got a value that is nested too deeply, expected a flat one") from error


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


def read_written(data: bytes) -> Any:
    """What bytes of the one spelling say. Raises `NotCanonicalError` for any other spelling as well."""
    quickly = _read_quickly(data)
    if quickly is not None:
        return quickly
    told = read(data)
    if written(told) != data:
        raise NotCanonicalError("got another spelling, expected the canonical one")
    return told


def _read_quickly(data: bytes) -> Any:
    """The same without a look at each name and number, None where that may not do.

    What is written again to the same bytes had no name twice, because one of the two would be gone.
    """
    if not data.isascii() and _BEYOND.search(data):
        return None
    try:
        told = _DECODER.decode(data.decode("utf-8"))
        if data.isascii() and b"\\" not in data:
            # Of plain text there is one way to write it, and msgspec does it eight times as fast.
            return told if msgspec.json.encode(told, order="sorted") == data else None
        return told if _spelled(told) == data else None
    except (ValueError, RecursionError):
        return None


def _quickly(value: Any) -> bytes | None:
    """The same by the standard library, which is many times as fast, where the two cannot differ.

    They differ for floats, for what is none of JSON's own types, and in the order of names: RFC 8785 sorts by
    UTF-16, which is another order once a character needs two of its units, and UTF-8 begins those with 0xF0.
    """
    if not is_plain(value):
        return None
    spelled = _spelled(value)
    return spelled if spelled.isascii() or not _BEYOND.search(spelled) else None


def _spelled(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def is_plain(value: Any) -> bool:
    """Whether a value is made of JSON's own types alone, with no float and no integer beyond 2^53."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_MOST <= value <= _MOST)
    if kind is dict:
        return all(type(name) is str for name in value) and all(map(is_plain, value.values()))
    return (kind is list or kind is tuple) and all(map(is_plain, value))


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotCanonicalError(f'got the name "{twice}" twice in one object, expected it once')
    return found


def _refused(text: str) -> NoReturn:
    raise NotCanonicalError(f"got the number {text}, expected integers alone")


def _bounded(text: str) -> int:
    found = int(text)
    if not -_MOST <= found <= _MOST:
        raise NotCanonicalError(f"got the number {text[:20]}, expected no more than {_MOST}")
    return found


_DECODER = json.JSONDecoder(parse_constant=_refused, parse_float=_refused, parse_int=_bounded)


def _holds_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_float, value))
    return isinstance(value, float)
