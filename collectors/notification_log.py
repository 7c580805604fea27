"""The delivery log of the service that notifies buyers: which notification was accepted, of which payment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from collectors.asking import Asker
from collectors.money import NotificationDelivery
from collectors.money_window import Cursor, MoneyList, Window, begun
from collectors.probe import OK, document, look_up, shaped, status_error
from collectors.tokens import TokenSource


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationReading:
    """Where each value is in the log (JMESPath); None for an id that the log does not have. `only` is true of
    the rows that are about a payment; None where all are.
    """

    items: str
    id: str
    received_at: str
    result: str
    payment_intent: str | None = None
    correlation_id: str | None = None
    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationHistory:
    """The whole log, as rows that are kept. It shows `shows_at_most` of its rows, None where it shows all."""

    url: str
    tokens: TokenSource
    reading: NotificationReading
    since: int
    shows_at_most: int | None = None

    async def step(self, asker: Asker, cursor: Cursor | None) -> Window:
        """Read the log. Raises `AskError`."""
        answer = await self.tokens.ask(asker, "GET", self.url)
        if answer.status != OK:
            raise status_error(answer, "200 with the delivery log")
        as_of = answer.date or answer.observed_at
        shape = "an id, received_at with a zone, and a result in one word"
        rows = shaped(
            answer, look_up(self.reading.items, document(answer)), list[Any], "a list of deliveries"
        )
        told = [shaped(answer, self._entry(row), NotificationDelivery, shape) for row in rows]
        found = [each for each, row in zip(told, rows, strict=True) if self._is_kept(row)]
        found.sort(key=lambda each: each.received_at)
        return Window(
            list=MoneyList.NOTIFICATIONS,
            cursor=self._advanced(cursor, told, int(as_of.timestamp())),
            as_of=as_of,
            observed_at=answer.observed_at,
            # A log may tell of one delivery twice, as it went on: the later one counts.
            notifications=tuple({each.id: each for each in found}.values()),
            requests=1,
            request_ids=(answer.request_id,) if answer.request_id else (),
        )

    def _entry(self, row: Any) -> dict[str, Any]:
        wanted = {name: getattr(self.reading, name) for name in NotificationDelivery.__struct_fields__}
        return {name: look_up(path, row) for name, path in wanted.items() if path is not None}

    def _is_kept(self, row: Any) -> bool:
        return self.reading.only is None or look_up(self.reading.only, row) is True

    def _advanced(self, cursor: Cursor | None, told: list[NotificationDelivery], now: int) -> Cursor:
        """How far it is read. A full log that begins after what was read before has a gap between them."""
        at = begun(cursor, MoneyList.NOTIFICATIONS, self.since)
        stamps = [int(each.received_at.timestamp()) for each in told]
        oldest = min(stamps, default=at.high_water)
        newest = min(max(stamps, default=at.high_water), now)  # a clock that is ahead hides no gap
        is_full = self.shows_at_most is not None and len(told) >= self.shows_at_most
        complete_from = oldest if is_full and oldest > at.high_water else at.complete_from
        return replace(at, complete_from=complete_from, high_water=max(at.high_water, newest), swept_at=now)
