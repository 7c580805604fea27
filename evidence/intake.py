"""What goes through the gate before it is stored: an allow-list first, then the search for secrets.

A hit stops it: nothing is taken, and the error names the kind of what was found, never the thing itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.canonical import written
from evidence.redaction import find_secret

LONGEST_REASON = 200
_HIDING = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # a terminal's colours, whose last letter would stand before a key
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # and its titles and links
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
"""What is not seen, but stands between the letters of a secret."""

_CONTAINERS = (dict, list, tuple)
_Path = tuple[str | None, ...]
"""Where a value is: the names on the way to it, None for any place of a list."""


class IntakeError(Exception):
    """What was handed in cannot be taken as evidence: got, expected, the mend."""


class WithheldError(IntakeError):
    """The gate found something that must not be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Bytes that went through the gate, and what was left out of them before."""

    data: bytes = field(repr=False)
    dropped_paths: int = 0
    truncated: bool = False


def json_blob(value: Any, *, allowed: Collection[str]) -> Intake:
    """The canonical JSON of what is allowed of an object or a list: `allowed` are paths of single values,
    such as `id` or `data[].amount`. A path that is dropped counts once, however often a list has it.

    Raises `WithheldError`, and `NotCanonicalError` where something allowed has no one spelling.
    """
    if not isinstance(value, _CONTAINERS):
        raise IntakeError("got a single value, expected an object or a list; name what it is of")
    leaves = frozenset(_path(one) for one in allowed)
    stems = frozenset(leaf[:length] for leaf in leaves for length in range(1, len(leaf)))
    projection = _Projection(leaves, stems)
    return Intake(data=decoded_blob(projection.of(value)), dropped_paths=len(projection.dropped))


def decoded_blob(value: Any) -> bytes:
    """The canonical JSON of what went through an allow-list when it was decoded. Raises as `json_blob`."""
    data = written(value)
    # Both: the text has the names beside the values, but a quote or a new line is spelled differently there.
    for text in (data.decode(), *_texts(value)):
        _gate(text)
    return data


def hidden_secret(text: str) -> str | None:
    """The kind of a secret in a text, also one that is torn apart by what is not seen, or None."""
    spellings = (text, _HIDING.sub("", text), json.dumps(text, ensure_ascii=False))
    return next((kind for each in spellings if (kind := find_secret(each)) is not None), None)


def text_blob(text: str, *, cap: int) -> Intake:
    """A command's output without what is not seen of it, cut to `cap` bytes of UTF-8.

    Raises `WithheldError`, for what would have been cut off too.
    """
    seen = _HIDING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    _gate(seen)
    whole = seen.encode("utf-8", "replace")
    if len(whole) <= cap:
        return Intake(data=whole)
    data = whole[:cap].decode("utf-8", "ignore").encode()
    # A number that ends at the cut may look like another one than the whole did.
    _gate(data.decode())
    return Intake(data=data, truncated=True)


def reason(text: str) -> str:
    """A free text of one line. Raises `IntakeError`."""
    said = text.strip()
    if not said:
        raise IntakeError("got no reason, expected a few words; say why")
    if len(said) > LONGEST_REASON:
        raise IntakeError(
            f"got a reason of {len(said)} characters, expected at most {LONGEST_REASON}; say it shorter"
        )
    if not said.isprintable():
        raise IntakeError("got a reason with a character that is not seen, expected one line; type it anew")
    _gate(said)
    _gate(json.dumps(said, ensure_ascii=False))
    return said


@dataclass(frozen=True, slots=True)
class _Projection:
    """What is allowed of a value. No name is looked into, or kept, that the allow-list does not have."""

    leaves: frozenset[_Path]
    stems: frozenset[_Path]
    dropped: set[_Path] = field(default_factory=set)

    def of(self, value: Any, path: _Path = ()) -> Any:
        if isinstance(value, dict):
            items = ((name, one, (*path, name)) for name, one in value.items())
            return {name: self.of(one, at) for name, one, at in items if self._keeps(one, at)}
        if isinstance(value, _CONTAINERS):
            at = (*path, None)
            return [self.of(one, at) for one in value if self._keeps(one, at)]
        return value

    def _keeps(self, value: Any, path: _Path) -> bool:
        is_stem = isinstance(value, _CONTAINERS) or (value is None and path not in self.leaves)
        kept = path in (self.stems if is_stem else self.leaves)
        if not kept:
            self.dropped.add(path)
        return kept


def _gate(text: str) -> None:
    kind = find_secret(text)
    if kind is not None:
        raise WithheldError(
            f'got what the gate calls "{kind}", expected no secret and nothing personal; nothing was kept: '
            "take it out and hand it in again, and replace it where it was a secret of ours"
        )


def _path(text: str) -> _Path:
    """`data[].amount` as ("data", None, "amount")."""
    parts = text.replace("[]", ".[]").removeprefix(".").split(".")
    return tuple(None if part == "[]" else part for part in parts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield _HIDING.sub("", value)
