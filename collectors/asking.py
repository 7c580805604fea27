"""One HTTP question and its answer: deadline, size cap and refusals are the same for every source.

Nothing is retried and no redirect is followed. An error says in one sentence what happened; it never holds
the answer's text, a query, user info or a secret.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from collectors.addresses import Address, address
from collectors.exchange import (
    BODY_LIMIT,
    NETWORK_ERRORS,
    OVERSIZED,
    UNSENDABLE,
    head_failure,
    network_failure,
)
from collectors.lanes import Lanes
from collectors.masked import Masked as Masked  # noqa: PLC0414 - askers are given secrets: part of this file's API
from collectors.observation import Environment, FailureReason

NOISY_LOGGERS = ("httpx", "httpcore", "stripe")
REQUEST_ID = re.compile(r"[A-Za-z0-9_\-:.]{1,80}")
MOST_DIGITS = 9
"""A longer Age than that is nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, with lower-case header names. `midpoint` is our clock half-way through the exchange."""

    status: int
    content_type: str
    date: datetime | None
    request_id: str | None
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    elapsed_ms: int
    observed_at: datetime
    midpoint: datetime
    asked: str

    def unusable(self, reason: FailureReason, detail: str) -> AskError:
        """The error that says why this answer is none to the question that was asked."""
        return AskError(reason, detail, elapsed_ms=self.elapsed_ms, asked=self.asked, answer=self)


class AskError(Exception):
    """A question that could not be asked, or whose answer is none. `answer` is what came back, if any did."""

    def __init__(
        self,
        reason: FailureReason,
        detail: str,
        *,
        elapsed_ms: int = 0,
        asked: str,
        answer: Answer | None = None,
    ) -> None:
        super().__init__(f"{asked}: {reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.elapsed_ms = elapsed_ms
        self.asked = asked
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks over one pool of connections, used as an async context manager inside one event loop.

    `timeout_ms` is the deadline of a whole exchange, from connecting to the last byte. An answer that holds
    one of the `secrets` is withheld: nothing of it is kept. `trust` replaces the usual certificates.
    """

    environment: Environment
    timeout_ms: int = 4_000
    user_agent: str = "golive/0.1"
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    secrets: tuple[Masked, ...] = ()
    trust: ssl.SSLContext | None = None
    _lanes: Lanes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in NOISY_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        trust = self.trust or httpx.create_ssl_context(trust_env=False)
        object.__setattr__(self, "_lanes", Lanes(trust=trust))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lanes.aclose()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | Masked] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        within_ms: int | None = None,
    ) -> Answer:
        """Ask once, within the deadline (`within_ms` can only shorten it). Raises `AskError`."""
        to = address(url)
        line = f"{method} {to.shown}"
        if to.refusal is not None:
            raise AskError(FailureReason.REFUSED, to.refusal, asked=line)
        limit_ms = min(self.timeout_ms, within_ms or self.timeout_ms)
        start = _Start(line=line, limit_ms=limit_ms, at=self.clock(), tick=time.perf_counter())
        # Raised outside the except block: no exception carries the original, which may quote a header.
        outcome: Answer | AskError
        try:
            request = httpx.Request(method, to.url, headers=self._headers(headers), json=json, data=form)
            async with asyncio.timeout(limit_ms / 1000):
                outcome = await self._exchange(request, to, start)
        except TimeoutError:
            outcome = start.timeout()
        except NETWORK_ERRORS as error:
            outcome = start.failed(*network_failure(error))
        except UnicodeEncodeError:
            outcome = start.failed(FailureReason.REFUSED, UNSENDABLE)
        if isinstance(outcome, AskError):
            raise outcome
        return outcome

    async def _exchange(self, request: httpx.Request, to: Address, start: _Start) -> Answer | AskError:
        asked = httpcore.Request(request.method, to.wire, headers=request.headers.raw, content=request.stream)
        async with self._lanes.lane(to) as connection:
            response = await connection.handle_async_request(asked)
            try:
                half_way = start.at + timedelta(seconds=(time.perf_counter() - start.tick) / 2)
                headers = _by_name(response.headers)
                failure = head_failure(response.status, headers)
                if failure is not None:
                    return start.failed(*failure)
                body = bytearray()
                async for chunk in response.aiter_stream():
                    body += chunk
                    if len(body) > BODY_LIMIT:
                        return start.failed(FailureReason.TOO_LARGE, OVERSIZED)
            finally:
                await response.aclose()
        kept = bytes(body) + headers.get("request-id", "").encode() + headers.get("x-request-id", "").encode()
        if any(secret.reveal().encode() in kept for secret in self.secrets if secret.reveal()):
            return start.failed(
                FailureReason.WITHHELD, "got one of our secrets back; nothing of the answer is kept"
            )
        return self._answer(response.status, headers, bytes(body), start=start, half_way=half_way)

    def _headers(self, given: Mapping[str, str | Masked] | None) -> dict[str, str]:
        # The body is counted as it arrives, so it must not be able to grow by being unpacked.
        # An answer out of somebody's cache is not an answer of now.
        ours = {
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Cache-Control": "no-cache",
        }
        return ours | {name: _plain(value) for name, value in (given or {}).items()}

    def _answer(
        self, status: int, headers: Mapping[str, str], body: bytes, *, start: _Start, half_way: datetime
    ) -> Answer:
        return Answer(
            status=status,
            content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            date=_date(headers.get("date")),
            request_id=_request_id(headers),
            body=body,
            headers=headers,
            elapsed_ms=start.elapsed_ms(),
            observed_at=self.clock() - _age(headers.get("age")),
            midpoint=half_way,
            asked=start.line,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    line: str
    limit_ms: int
    at: datetime
    tick: float

    def elapsed_ms(self) -> int:
        return math.ceil((time.perf_counter() - self.tick) * 1000)

    def failed(self, reason: FailureReason, detail: str) -> AskError:
        return AskError(reason, detail, elapsed_ms=self.elapsed_ms(), asked=self.line)

    def timeout(self) -> AskError:
        detail = f"got no complete answer, expected one within {self.limit_ms} ms"
        elapsed = max(self.elapsed_ms(), self.limit_ms)
        return AskError(FailureReason.TIMEOUT, detail, elapsed_ms=elapsed, asked=self.line)


def _plain(value: str | Masked) -> str:
    return value.reveal() if isinstance(value, Masked) else value


def _by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in headers}


@functools.lru_cache(maxsize=64)  # sources that are asked in the same second answer with the same date
def _age(value: str | None) -> timedelta:
    """How long an answer lay in a cache on its way, as that cache says."""
    return (
        timedelta(seconds=int(value))
        if value and value.isdecimal() and len(value) < MOST_DIGITS
        else timedelta()
    )


def _date(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _request_id(headers: Mapping[str, str]) -> str | None:
    value = headers.get("request-id") or headers.get("x-request-id") or ""
    return value if REQUEST_ID.fullmatch(value) else None
