"""The credits ledger: can it be read, what does it hold, and has a write been seen to arrive?

Credits are JSON integers. A float, a numeric string or a boolean in their place is MALFORMED, never rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from collectors.asking import Answer, Asker
from collectors.observation import CollectorFailure, Observation, Sample
from collectors.probe import (
    FORBIDDEN,
    OK,
    SERVER_ERROR,
    UNAUTHORIZED,
    Question,
    WholeNumber,
    document,
    label,
    look_up,
    shaped,
    status_error,
)
from collectors.tokens import TokenSource

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReading:
    """Where each value is in the ledger's answers: JMESPaths, those of a row relative to the row."""

    balance: str
    items: str
    id: str
    kind: str
    purchase_kind: str
    credits: str
    created: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction, as far as it is read."""

    id: str | WholeNumber
    kind: str
    credits: WholeNumber
    created: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class _LedgerQuestion(Question):
    url: str
    tokens: TokenSource
    reading: LedgerReading

    async def _read(self, asker: Asker) -> Answer:
        answer = await self.tokens.ask(asker, "GET", self.url)
        if answer.status != OK and not _failed(answer):
            raise status_error(answer, "200: check the ledger's path in the plan")
        return answer

    def _rows(self, answer: Answer) -> list[Row]:
        paths = self.reading
        found = shaped(answer, look_up(paths.items, document(answer)), list[Any], "a list of transactions")
        return [
            shaped(answer, _row(paths, each), Row, "id, kind, whole credits, time with zone")
            for each in found
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceProbe(_LedgerQuestion):
    """Reads the balance of the plan's user."""

    async def _look(self, asker: Asker) -> Observation:
        answer = await self._read(asker)
        if _failed(answer):
            return self._seen(asker, answer, {"ok": False})
        balance = look_up(self.reading.balance, document(answer))
        return self._seen(
            asker, answer, {"ok": True, "balance": shaped(answer, balance, WholeNumber, "whole credits")}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsProbe(_LedgerQuestion):
    """Reads the newest page of transactions and counts the purchases since a moment."""

    since: datetime

    async def _look(self, asker: Asker) -> Observation:
        answer = await self._read(asker)
        if _failed(answer):
            return self._seen(asker, answer, {"ok": False})
        rows = self._rows(answer)
        purchases = _purchases(rows, self.reading, self.since)
        return self._seen(asker, answer, {"ok": True, "rows": len(rows), "purchases": len(purchases)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEvidenceProbe(_LedgerQuestion):
    """The newest evidence of the write path: a purchase that was credited, or a write probe that was started.

    Whichever is newer speaks, so that a failed write is not covered by a credit from before it. Evidence
    from before `since`, or older than `proves_s`, is none, and without evidence there are no facts.
    """

    since: datetime
    proves_s: int
    started: Callable[[], Sample | None]

    async def _look(self, asker: Asker) -> Observation:
        answer = await self._read(asker)
        if _failed(answer):
            raise status_error(answer, "200 with transactions")
        since = max(self.since, asker.clock() - timedelta(seconds=self.proves_s))
        newest = max(self._credited(answer, asker, since), key=_created, default=None)
        probed = self.started()
        if probed is not None and probed.observed_at >= (newest.created if newest else since):
            if isinstance(probed, CollectorFailure):
                raise answer.unusable(probed.reason, "got no answer to the write probe; start it again")
            return self._seen(asker, answer, probed.facts)
        if newest is None:
            return self._seen(asker, answer, {})
        return self._seen(asker, answer, {"accepted": True, "by": "credit", "credit": label(str(newest.id))})

    def _credited(self, answer: Answer, asker: Asker, since: datetime) -> list[Row]:
        """Credits that were given, in the past: a row of nothing, or of tomorrow, proves no write."""
        latest = asker.clock() + timedelta(seconds=1)
        purchases = _purchases(self._rows(answer), self.reading, since)
        return [row for row in purchases if row.credits > 0 and row.created <= latest]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteProbe(Question):
    """Writes once, harmlessly, because a person started it; `accepted` is a JMESPath true of the answer."""

    url: str
    tokens: TokenSource
    body: Mapping[str, str | bool | int]
    accepted: str

    async def _look(self, asker: Asker) -> Observation:
        answer = await self.tokens.ask(asker, "POST", self.url, json=self.body)
        good = 200 <= answer.status < 300  # noqa: PLR2004 - the class of status codes
        if not good and not _failed(answer):
            raise status_error(answer, "2xx: check the write probe's path and body in the plan")
        accepted = good and look_up(self.accepted, document(answer)) is True
        return self._seen(asker, answer, {"accepted": accepted, "by": "probe"})


def _failed(answer: Answer) -> bool:
    """Whether the ledger itself says no, which is an answer."""
    return answer.status in (UNAUTHORIZED, FORBIDDEN) or answer.status >= SERVER_ERROR


def _row(paths: LedgerReading, found: Any) -> dict[str, Any]:
    wanted = {"id": paths.id, "kind": paths.kind, "credits": paths.credits, "created": paths.created}
    return {name: look_up(path, found) for name, path in wanted.items()}


def _created(row: Row) -> datetime:
    return row.created


def _purchases(rows: list[Row], reading: LedgerReading, since: datetime) -> list[Row]:
    return [row for row in rows if row.kind == reading.purchase_kind and row.created >= since]
