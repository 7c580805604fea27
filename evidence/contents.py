"""What the `data` of the records says that verification reads, as shapes; of all other kinds it is free.

Each is decoded from, and written into, `Predicate.data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from evidence.record import Hash, Kind, RecordError, Short

T = TypeVar("T", bound=msgspec.Struct)


class _Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shape of `data`."""


class Genesis(_Content, frozen=True, kw_only=True):
    """The first record. `vkey` is the log's key, `recorder` the SPKI of the recorder's in base64.
    `plan_sha256` is of `plan.json`: the controls with how long they hold. The digests of people are salted.
    """

    vkey: Annotated[str, Meta(max_length=400)]
    recorder: Annotated[str, Meta(max_length=400)]
    plan_sha256: Hash
    app_version: Short
    lockfile_sha256: Hash | None
    policies: Mapping[Short, Short]
    tsas: tuple[Short, ...]
    roster_sha256: Hash | None
    receipts_sha256: Hash | None
    run: Annotated[int, Meta(ge=1)]
    attempt: Annotated[int, Meta(ge=1)] = 1
    before: Head | None = None
    """The head of the log before, where a later attempt goes on."""


class Head(_Content, frozen=True, kw_only=True):
    """A head of a log, in hexadecimal."""

    size: Annotated[int, Meta(ge=0)]
    root: Hash
    origin: Short = ""


class Cited(_Content, frozen=True, kw_only=True):
    """A record that a decision rests on: its place, and the hash of its leaf."""

    index: Annotated[int, Meta(ge=0)]
    leaf: Hash


class Decision(_Content, frozen=True, kw_only=True):
    """Somebody decided. `gate` is what they decided on ("board", or "close"), `tree` a head that was signed
    before, `unmet` the required controls that no evidence met, `approver` who decided.
    """

    gate: Short
    verdict: Short
    plan_sha256: Hash
    tree: Head
    evidence: tuple[Cited, ...]
    unmet: tuple[Short, ...]
    reason_code: Short
    event: Mapping[str, Any]


class Review(_Content, frozen=True, kw_only=True):
    """A second person looked at a record. Only what was accepted counts."""

    of: Cited
    accepted: bool
    reason_code: Short = ""


class Anchored(_Content, frozen=True, kw_only=True):
    """A token over the whole note of this size; its subject is the token."""

    size: Annotated[int, Meta(ge=1)]
    tsa: Short
    note_sha256: Hash
    gen_time: Short


class Rotation(_Content, frozen=True, kw_only=True):
    """From the next record on this key signs."""

    recorder: Annotated[str, Meta(max_length=400)]


class Erasure(_Content, frozen=True, kw_only=True):
    """A blob was deleted for a lawful reason."""

    blob: Hash
    reason_code: Short


SHAPES: Mapping[Kind, type[_Content]] = {
    Kind.GENESIS: Genesis,
    Kind.DECISION: Decision,
    Kind.CLOSE: Decision,
    Kind.REVIEW: Review,
    Kind.ANCHOR: Anchored,
    Kind.KEY_ROTATE: Rotation,
    Kind.ERASURE: Erasure,
}


def content(data: Mapping[str, Any], shape: type[T]) -> T:
    """What this data says. Raises `RecordError` where it is of another shape."""
    try:
        return msgspec.convert(data, shape, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(f"got data of another shape ({error})") from error


def told(value: msgspec.Struct) -> dict[str, Any]:
    """A shape as data."""
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found
