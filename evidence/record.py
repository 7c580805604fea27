"""One record: an in-toto Statement that says what was seen, by whom, how, when, and where in the log it is.

The shape is the allow-list: no other field is read. Times are UTC in whole seconds; `captured_at` is what was
claimed, `recorded_at` what the server's clock said. People are roles and pseudonymous ids, never names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from evidence.canonical import NotCanonicalError, is_plain, read_written, written

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://golive.example/evidence/v1"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_TIME_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?!24)[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
"""A SHA-256 in lower-case hexadecimal; the length because `$` lets a line end follow."""
Time = Annotated[str, Meta(pattern=r"^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ$", max_length=20)]
Short = Annotated[str, Meta(max_length=200)]


class Kind(StrEnum):
    """What a record is about."""

    GENESIS = "genesis"
    SCREENSHOT = "screenshot"
    STRIPE_CHARGE = "stripe.charge"
    STRIPE_ENDPOINT = "stripe.endpoint"
    LEDGER_BALANCE = "ledger.balance"
    LEDGER_TRANSACTIONS = "ledger.transactions"
    COMMAND = "command"
    REVIEW = "review"
    DECISION = "decision"
    EVENT = "event"
    FLIP = "flip"
    INPUTS = "inputs"
    ANCHOR = "anchor"
    RECEIPT = "receipt"
    KEY_ROTATE = "key.rotate"
    ERASURE = "erasure"
    CLOSE = "close"


class MethodType(StrEnum):
    """NIST's three ways to assess."""

    EXAMINE = "EXAMINE"
    INTERVIEW = "INTERVIEW"
    TEST = "TEST"


class Environment(StrEnum):
    """Where it is from; never both in one log."""

    LIVE = "live"
    REHEARSAL = "rehearsal"


class RecordError(Exception):
    """A payload is no record of ours: got, expected."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A part of a record: no other fields than its own, and nothing that leads back to it."""


class Digest(_Part, frozen=True, kw_only=True):
    """The digest of a blob."""

    sha256: Hash


class Subject(_Part, frozen=True, kw_only=True):
    """A blob that a record vouches for."""

    name: Short
    mediaType: Short  # noqa: N815 - in-toto's name
    digest: Digest


class Place(_Part, frozen=True, kw_only=True):
    """Where in which log; `prev` is the leaf hash of the record before, "" for the first."""

    origin: Short
    index: Annotated[int, Meta(ge=0)]
    prev: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?(?!\n)$")]


class Actor(_Part, frozen=True, kw_only=True):
    """Who, without their name; `identity` is how sure golive was of it: asserted, login or signed."""

    id: Short
    role: Short
    identity: Short = ""


class Method(_Part, frozen=True, kw_only=True):
    """How it was come by: `tool` is the program with its version."""

    type: MethodType
    how: Short
    tool: Short


class Source(_Part, frozen=True, kw_only=True):
    """Where it is from; the address has no query and no password."""

    system: Short
    environment: Environment
    url: Short = ""


class Redaction(_Part, frozen=True, kw_only=True):
    """Which allow-list and which gate it went through, and what those left out."""

    policy: Short
    gate: Short
    dropped_paths: Annotated[int, Meta(ge=0)] = 0
    masked_regions: Annotated[int, Meta(ge=0)] = 0


class Draft(_Part, frozen=True, kw_only=True):
    """A record before the log has given it its place and its time. `key` makes it unique within its log: the
    same draft put in twice is one record. `valid_for_s` is how long it proves something, None for ever;
    `controls` are the requirements that it is for.
    """

    key: Short
    kind: Kind
    subject: Annotated[tuple[Subject, ...], Meta(min_length=1)]
    actor: Actor
    method: Method
    source: Source
    captured_at: Time
    redaction: Redaction
    data: Mapping[str, Any]
    controls: tuple[Short, ...] = ()
    valid_for_s: Annotated[int, Meta(ge=1)] | None = None


class Predicate(_Part, frozen=True, kw_only=True):
    """What a record says of its subjects."""

    log: Place
    key: Short
    kind: Kind
    controls: tuple[Short, ...]
    actor: Actor
    method: Method
    source: Source
    captured_at: Time
    recorded_at: Time
    valid_for_s: Annotated[int, Meta(ge=1)] | None
    data: Mapping[str, Any]
    redaction: Redaction


class Record(_Part, frozen=True, kw_only=True):
    """An in-toto Statement v1."""

    type: str = field(name="_type")
    predicateType: str  # noqa: N815 - in-toto's name
    subject: Annotated[tuple[Subject, ...], Meta(min_length=1)]
    predicate: Predicate


def placed(draft: Draft, place: Place, recorded_at: str) -> Record:
    """The record of a draft at its place."""
    return Record(
        type=STATEMENT_TYPE,
        predicateType=PREDICATE_TYPE,
        subject=draft.subject,
        predicate=Predicate(
            log=place,
            key=draft.key,
            kind=draft.kind,
            controls=draft.controls,
            actor=draft.actor,
            method=draft.method,
            source=draft.source,
            captured_at=draft.captured_at,
            recorded_at=recorded_at,
            valid_for_s=draft.valid_for_s,
            data=draft.data,
            redaction=draft.redaction,
        ),
    )


def checked(draft: Draft) -> Draft:
    """The same draft. Raises `RecordError` for one that nobody could read once it is a record."""
    try:
        return msgspec.convert(msgspec.to_builtins(draft), Draft, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(f"got a draft of another shape ({error}), expected one that can be read") from error


def payload_of(record: Record) -> bytes:
    """The bytes that are signed. Raises `NotCanonicalError` where `data` has no one spelling."""
    quickly = _payload_quickly(record)
    return written(msgspec.to_builtins(record)) if quickly is None else quickly


def parsed(payload: bytes) -> Record:
    """The record in a payload. Raises `RecordError` for any other shape, and for another spelling."""
    record = _parsed_quickly(payload)
    try:
        if record is None:
            record = msgspec.convert(read_written(payload), Record, strict=True)
    except (NotCanonicalError, msgspec.ValidationError) as error:
        raise RecordError(str(error)) from error
    if (record.type, record.predicateType) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise RecordError(f"got the types {record.type} and {record.predicateType}, expected golive's own")
    return record


def _payload_quickly(record: Record) -> bytes | None:
    """The same in one go for plain text, None where that may not do."""
    if not _has_plain_numbers(record):
        return None
    try:
        payload = _ENCODER.encode(record)
    except UnicodeEncodeError:
        return None
    return payload if _is_spelled_plainly(payload) else None


def _parsed_quickly(payload: bytes) -> Record | None:
    """The same in one go for plain text, None where that may not do: what is written again to the same bytes
    had one spelling, but for numbers, which have to be looked at.
    """
    if not _is_spelled_plainly(payload):
        return None
    try:
        record = _DECODER.decode(payload)
    except msgspec.DecodeError:
        return None
    return record if _has_plain_numbers(record) and _ENCODER.encode(record) == payload else None


def _is_spelled_plainly(payload: bytes) -> bool:
    """Whether there is nothing in it that could be written in another way."""
    return payload.isascii() and b"\\" not in payload


def _has_plain_numbers(record: Record) -> bool:
    told = record.predicate
    numbers = (told.log.index, told.valid_for_s, told.redaction.dropped_paths, told.redaction.masked_regions)
    return is_plain([told.data, *numbers])


_DECODER = msgspec.json.Decoder(Record, strict=True)
_ENCODER = msgspec.json.Encoder(order="sorted")


def time_text(at: datetime) -> str:
    """An aware instant in UTC and whole seconds, rounded down."""
    return at.astimezone(UTC).strftime(_TIME)


def time_of(text: str) -> datetime:
    """The instant of such a text. Raises `RecordError` where there is no such day or hour."""
    if not _TIME_SHAPE.fullmatch(text):
        raise RecordError(f"got the time {text!r}, expected 2026-11-27T15:30:00Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError(f"got the time {text!r}, which no clock shows") from error
