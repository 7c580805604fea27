"""The vocabulary of asking: what a probe saw, or why it could not see.

A probe asks one question. An answer is an `Observation` whose facts are allow-listed scalars; a
question that could not be asked is a `CollectorFailure` with its reason. There is no third thing:
never an empty list, never a zero, for "could not ask". Nothing here opens, reads or waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Scalar = bool | int | str
"""What a fact may be. No float: money and durations are integers, ratios are two integers."""


class Environment(StrEnum):
    """Where the data is from. Data of two environments never meet in one run."""

    LIVE = "live"
    REHEARSAL = "rehearsal"


class FailureReason(StrEnum):
    """Why a question could not be asked, or its answer not be understood."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # refused, reset, no route, no such name
    TLS = "tls"
    REDIRECT = "redirect"  # answered 3xx; redirects are never followed
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"  # not the content type, not JSON, or not the declared shape
    STATUS = "status"  # a status that answers nothing about what was asked (404 of a mistyped path)
    AUTH = "auth"  # our own credential was refused
    SCOPE = "scope"  # our own credential may not read this
    RATE_LIMITED = "rate_limited"
    SERVER = "server"  # the source itself failed (5xx of a source that is not under test)
    NO_TOKEN = "no_token"  # noqa: S105 - a reason, not a credential
    REFUSED = "refused"  # we would not send it: plain http outside loopback, wrong kind of key
    WITHHELD = "withheld"  # the answer held a secret or personal data; nothing of it is kept
    INTERNAL = "internal"  # our own bug, recorded instead of hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One attempt at one question, however it ended.

    `probe` is the question's id in the plan's signal catalogue ("scholarship_api.ready"), `source`
    who was asked ("scholarship_api", "stripe"), `asked` the request line without query, user info
    or secrets ("GET https://host/readyz"). `observed_at` is our clock when the answer was complete;
    `source_at` the source's own clock (its Date header), where it sent one.
    """

    probe: str
    source: str
    environment: Environment
    asked: str
    observed_at: datetime
    elapsed_ms: int
    source_at: datetime | None = None
    status: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(Asked):
    """An answer. A fact that the source has no value for yet is absent, never zero or empty."""

    facts: Mapping[str, Scalar] = field(default_factory=dict)
    build: str | None = None
    account: str | None = None
    livemode: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorFailure(Asked):
    """No answer. `elapsed_ms` of a timeout is at least the timeout; `detail` holds no answer text."""

    reason: FailureReason
    detail: str


Sample = Observation | CollectorFailure
"""What every probe returns; each attempt is a sample of its own, a retry never hides one."""
