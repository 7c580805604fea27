"""The receiver's own log of webhook deliveries: the only source that knows about first attempts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

import msgspec

from collectors.asking import Answer, Asker
from collectors.money import WebhookReceipt
from collectors.money_window import Cursor, MoneyList, Window, begun
from collectors.observation import Observation
from collectors.probe import OK, Question, document, label, look_up, shaped, status_error
from collectors.tokens import TokenSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsReading:
    """Where each value is in the log (JMESPath), and which results are good."""

    items: str
    event: str
    received_at: str
    result: str
    good: tuple[str, ...]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery as the receiver saw it."""

    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    result: str
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsProbe(Question):
    """Counts the deliveries received since a moment, and those that did not end well."""

    url: str
    tokens: TokenSource
    reading: ReceiptsReading
    since: datetime

    async def _look(self, asker: Asker) -> Observation:
        answer = await _log(asker, self.url, self.tokens)
        received = [receipt for receipt in self._receipts(answer) if receipt.received_at >= self.since]
        newest = max(received, key=lambda receipt: receipt.received_at, default=None)
        facts = {
            "received": len(received),
            "failed": self._failed(received),
            "last_result": None if newest is None else label(newest.result),
        }
        return self._seen(asker, answer, facts)

    def _failed(self, received: list[Receipt]) -> int:
        """Events whose last delivery did not end well; Stripe sends again, and the last one decides.

        A delivery that could not be told from which event it was, such as one with a bad signature, counts
        until a delivery after it ends well.
        """
        in_order = sorted(received, key=lambda receipt: receipt.received_at)
        ended = {receipt.event: receipt.result in self.reading.good for receipt in in_order if receipt.event}
        proven = [receipt.received_at for receipt in in_order if receipt.result in self.reading.good]
        nameless = [
            receipt
            for receipt in in_order
            if receipt.event is None
            and receipt.result not in self.reading.good
            and not (proven and receipt.received_at < proven[-1])
        ]
        return len(nameless) + sum(not good for good in ended.values())

    def _receipts(self, answer: Answer) -> list[Receipt]:
        shape = "received_at with a zone, and a result"
        return [shaped(answer, entry, Receipt, shape) for entry in _entries(answer, self.reading)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptHistory:
    """The receiver's whole log, as rows that are kept."""

    url: str
    tokens: TokenSource
    reading: ReceiptsReading
    since: int

    async def step(self, asker: Asker, cursor: Cursor | None) -> Window:
        """Read the log. Raises `AskError`."""
        answer = await _log(asker, self.url, self.tokens)
        as_of = answer.date or answer.observed_at
        shape = "received_at with a zone, a result in one word, and an event id"
        found = [shaped(answer, entry, WebhookReceipt, shape) for entry in _entries(answer, self.reading)]
        at = begun(cursor, MoneyList.RECEIPTS, self.since)
        newest = max((int(each.received_at.timestamp()) for each in found), default=at.high_water)
        return Window(
            list=MoneyList.RECEIPTS,
            cursor=replace(at, high_water=max(at.high_water, newest), swept_at=int(as_of.timestamp())),
            as_of=as_of,
            observed_at=answer.observed_at,
            receipts=tuple(found),
            requests=1,
            request_ids=(answer.request_id,) if answer.request_id else (),
        )


async def _log(asker: Asker, url: str, tokens: TokenSource) -> Answer:
    answer = await tokens.ask(asker, "GET", url)
    if answer.status != OK:
        raise status_error(answer, "200 with the receipt log")
    return answer


def _entries(answer: Answer, reading: ReceiptsReading) -> Iterator[dict[str, Any]]:
    found = shaped(answer, look_up(reading.items, document(answer)), list[Any], "a list of receipts")
    wanted = {"received_at": reading.received_at, "result": reading.result, "event": reading.event}
    return ({name: look_up(path, each) for name, path in wanted.items()} for each in found)
