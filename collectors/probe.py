"""What all probes share: one question each, turned into exactly one sample.

This is the only place where an `AskError` becomes a `CollectorFailure`, and where a document or a label from
outside is let in; nothing else of an answer's text gets any further.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from collectors.asking import Answer, Asker, AskError
from collectors.observation import CollectorFailure, FailureReason, Observation, Sample, Scalar

OK = 200
UNAUTHORIZED = 401
FORBIDDEN = 403
TOO_MANY = 429
SERVER_ERROR = 500
LARGEST = 2**53
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+/@#() \-]{0,99}")
# Shapes of secrets and of personal data that a careless service might put where a label belongs.
NO_LABEL = re.compile(r"(?:sk|rk|pk)_(?:live|test|org)_|whsec_|eyJ[\w-]+\.|@[\w-]+\.[A-Za-z]")

WholeNumber = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
"""Money, credits and counts from outside: a JSON integer; a float, a string or a boolean is refused."""

T = TypeVar("T")


class Probe(Protocol):
    """One question that can be asked again and again."""

    @property
    def probe(self) -> str: ...

    @property
    def source(self) -> str: ...

    async def ask(self, asker: Asker) -> Sample: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Base of the probes: `_look` answers or raises `AskError`; `ask` always returns a sample."""

    probe: str
    source: str

    async def ask(self, asker: Asker) -> Sample:
        try:
            return await self._look(asker)
        except AskError as error:
            return failure(self, asker, error)

    async def _look(self, asker: Asker) -> Observation:
        raise NotImplementedError

    def _seen(
        self,
        asker: Asker,
        answer: Answer,
        facts: Mapping[str, Scalar | None],
        *,
        build: str | None = None,
    ) -> Observation:
        return Observation(
            probe=self.probe,
            source=self.source,
            environment=asker.environment,
            asked=answer.asked,
            observed_at=answer.observed_at,
            elapsed_ms=answer.elapsed_ms,
            source_at=answer.date,
            status=answer.status,
            request_id=answer.request_id,
            facts=present(facts),
            build=build,
        )


def failure(probe: Probe, asker: Asker, error: AskError) -> CollectorFailure:
    """The sample that says why a probe has no answer."""
    answer = error.answer
    return CollectorFailure(
        probe=probe.probe,
        source=probe.source,
        environment=asker.environment,
        asked=error.asked,
        observed_at=asker.clock() if answer is None else answer.observed_at,
        elapsed_ms=error.elapsed_ms,
        source_at=None if answer is None else answer.date,
        status=None if answer is None else answer.status,
        request_id=None if answer is None else answer.request_id,
        reason=error.reason,
        detail=error.detail,
    )


def present(facts: Mapping[str, Scalar | None]) -> dict[str, Scalar]:
    """Facts that have a value: one without is absent, never zero or empty."""
    return {name: value for name, value in facts.items() if value is not None}


async def answers(asks: Sequence[Callable[[], Awaitable[Answer]]]) -> list[Answer | AskError]:
    """Ask several things of one source at once; what could not be asked stays in its place."""

    async def one(ask: Callable[[], Awaitable[Answer]]) -> Answer | AskError:
        try:
            return await ask()
        except AskError as error:
            return error

    return await asyncio.gather(*(one(ask) for ask in asks))


def document(answer: Answer) -> Any:
    """The JSON of an answer, or MALFORMED."""
    if answer.content_type != "application/json" and not answer.content_type.endswith("+json"):
        raise answer.unusable(FailureReason.MALFORMED, "got another content type, expected application/json")
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise answer.unusable(
            FailureReason.MALFORMED, "got bytes that are no JSON, expected a JSON document"
        ) from None


def look_up(path: str, found: Any) -> Any:
    """The value at a JMESPath; None where the path is missing or does not fit the document."""
    try:
        return compiled(path).search(found)
    except JMESPathError:
        return None


def shaped(answer: Answer, value: Any, shape: type[T], what: str) -> T:
    """The value as the declared type, or MALFORMED. `what` names it; the value itself is never quoted."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        detail = f"got {kind(value)} that does not have the declared shape, expected {what}"
        raise answer.unusable(FailureReason.MALFORMED, detail) from None


def status_error(answer: Answer, expected: str) -> AskError:
    """Why a status is no answer, for sources whose readiness is not what is being asked."""
    reasons = {
        UNAUTHORIZED: FailureReason.AUTH,
        FORBIDDEN: FailureReason.SCOPE,
        TOO_MANY: FailureReason.RATE_LIMITED,
    }
    server = FailureReason.SERVER if answer.status >= SERVER_ERROR else FailureReason.STATUS
    return answer.unusable(
        reasons.get(answer.status, server), f"got HTTP {answer.status}, expected {expected}"
    )


def label(value: object) -> str | None:
    """A short text that may be kept (a build id, a row id), or None where it might be something else."""
    if not isinstance(value, str) or not LABEL.fullmatch(value) or NO_LABEL.search(value):
        return None
    return value


def kind(value: object) -> str:
    """What a JSON value is, without saying what it holds."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer"}
    return "null" if value is None else names.get(type(value), "a number")


@functools.lru_cache(maxsize=1024)
def compiled(path: str) -> ParsedResult:
    """A JMESPath, parsed once."""
    return jmespath.compile(path)
