"""The content of a sample and of a board as bytes, and the hash that names a sample.

A sample's bytes are canonical JSON (RFC 8785), so that its hash can be computed again by anybody from what
is stored, with `sha256sum` alone. Fields without a value are left out. Nothing here touches a database.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import rfc8785

from collectors.observation import CollectorFailure, Observation, Sample
from dashboard.launch.board import Board
from dashboard.store.errors import StoreDamagedError, UnstorableError

# RFC 8785 numbers are doubles; a larger integer is kept as {"int": "..."}, which no other fact can be.
_SAFE: Final = 2**53 - 1
_LARGE: Final = "int"

_KINDS: Final[dict[str, type[Observation | CollectorFailure]]] = {
    "observation": Observation,
    "failure": CollectorFailure,
}
_FIELDS: Final = {kind: tuple(field.name for field in fields(kind)) for kind in _KINDS.values()}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def content_bytes(sample: Sample) -> bytes:
    """The canonical bytes of a sample; equal samples have equal bytes."""
    content: dict[str, Any] = {"kind": _NAMES[type(sample)]}
    for name in _FIELDS[type(sample)]:
        value = getattr(sample, name)
        if value is not None:
            content[name] = _plain(value)
    try:
        return rfc8785.dumps(content)
    except rfc8785.CanonicalizationError as error:
        raise UnstorableError(
            f"Got a sample of {sample.probe!r} with a value that JSON cannot hold ({error}), expected text, "
            "integers and booleans; mend the collector of this probe."
        ) from error


def content_hash(sample: Sample) -> str:
    """The SHA-256 of the canonical bytes, in hexadecimal: `CheckedRule.input_sha256`."""
    return hashlib.sha256(content_bytes(sample)).hexdigest()


def is_altered(content: str, sha256: str) -> bool:
    """Whether stored content is no longer what its hash names."""
    return hashlib.sha256(content.encode()).hexdigest() != sha256


def sample_from(content: str) -> Sample:
    """The sample that these bytes are of."""
    try:
        plain = msgspec.json.decode(content, type=dict[str, Any])
        kind = _KINDS[plain.pop("kind")]
        if kind is Observation:
            plain["facts"] = {name: _scalar(value) for name, value in plain["facts"].items()}
        return msgspec.convert(plain, type=kind)
    except (msgspec.MsgspecError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise StoreDamagedError(
            f"Got a stored sample that does not read as one ({error}), expected the content golive wrote; "
            "restore the database from a backup."
        ) from error


def board_from(content: str) -> Board:
    """The board that this JSON is of."""
    try:
        return Board.decode(content)
    except msgspec.MsgspecError as error:
        raise StoreDamagedError(
            f"Got a stored board that does not read as one ({error}), expected the content golive wrote; "
            "restore the database from a backup."
        ) from error


def utc(at: datetime) -> datetime:
    """The same instant in UTC; an instant without a zone is refused, because it names no instant."""
    if at.utcoffset() is None:
        raise UnstorableError(f"Got {at.isoformat()} without a time zone, expected an aware datetime in UTC.")
    return at.astimezone(UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value).isoformat()
    if isinstance(value, bool | int | str):
        return _number(value)
    return {name: _number(fact) for name, fact in value.items()}


def _number(value: Any) -> Any:
    large = isinstance(value, int) and not isinstance(value, bool) and abs(value) > _SAFE
    return {_LARGE: str(value)} if large else value


def _scalar(value: Any) -> Any:
    return int(value[_LARGE]) if isinstance(value, dict) else value
