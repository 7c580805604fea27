"""The receiver's own log of webhook deliveries: the only source that knows about first attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

from collectors.asking import Answer, Asker
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
        answer = await self.tokens.ask(asker, "GET", self.url)
        if answer.status != OK:
            raise status_error(answer, "200 with the receipt log")
        received = [receipt for receipt in self._log(answer) if receipt.received_at >= self.since]
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

    def _log(self, answer: Answer) -> list[Receipt]:
        paths = self.reading
        found = shaped(answer, look_up(paths.items, document(answer)), list[Any], "a list of receipts")
        wanted = {"received_at": paths.received_at, "result": paths.result, "event": paths.event}
        entries = ({name: look_up(path, each) for name, path in wanted.items()} for each in found)
        return [shaped(answer, entry, Receipt, "received_at with a zone, and a result") for entry in entries]
