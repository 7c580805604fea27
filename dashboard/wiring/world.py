"""The rehearsal world as the control room sees it: a few requests to its control address on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import httpx
import msgspec

from collectors.masked import Masked
from dashboard.launch.view import Hop, Journey
from dashboard.room import Fault, RefusedError

TIMEOUT_S = 5.0

T = TypeVar("T")


class _Faults(msgspec.Struct, frozen=True):
    faults: tuple[Fault, ...]


class _Hop(msgspec.Struct, frozen=True):
    name: str
    state: str
    at: datetime | None = None
    detail: str | None = None


class _Purchase(msgspec.Struct, frozen=True):
    id: str
    started_at: datetime
    hops: tuple[_Hop, ...]


class _Purchases(msgspec.Struct, frozen=True):
    purchases: tuple[_Purchase, ...]


class _Bought(msgspec.Struct, frozen=True):
    id: str


def _new_client() -> httpx.Client:
    """One for all questions, because making one costs more than asking; a connection each, because the world
    may have been started again since the last.
    """
    return httpx.Client(timeout=TIMEOUT_S, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalWorld:
    """Faults and purchases over the world's control address."""

    url: str
    token: Masked
    _client: httpx.Client = field(init=False, repr=False, default_factory=_new_client)

    def faults(self) -> tuple[Fault, ...]:
        """The catalogue, with what is in."""
        return self._ask("GET", "/faults", _Faults).faults

    def put_in(self, fault: str) -> None:
        """Put one fault in."""
        self._send("PUT", f"/faults/{fault}")

    def take_out(self, fault: str) -> None:
        """Take one fault out."""
        self._send("DELETE", f"/faults/{fault}")

    def take_all_out(self) -> None:
        """Leave a healthy world."""
        self._send("DELETE", "/faults")

    def journeys(self) -> tuple[Journey, ...]:
        """The newest purchases, newest first."""
        found = self._ask("GET", "/purchases", _Purchases).purchases
        return tuple(
            Journey(
                id=purchase.id,
                started_at=purchase.started_at,
                hops=tuple(
                    Hop(name=hop.name, state=hop.state, at=hop.at, detail=hop.detail or "")
                    for hop in purchase.hops
                ),
            )
            for purchase in found
        )

    def buy(self) -> str:
        """Start one purchase; its id."""
        return self._ask("POST", "/purchases", _Bought).id

    def use(self) -> None:
        """Use the sample: 1,000 units in and out of a model."""
        self._send("POST", "/usage")

    def refund(self) -> None:
        """Refund the newest purchase that was paid."""
        paid = (hop.detail for each in self.journeys() for hop in each.hops if _is_payment(hop))
        intent = next(paid, None)
        if intent is None:
            raise RefusedError("The rehearsal has no payment yet; buy something first.")
        self._send("POST", f"/purchases/{intent}/refund")

    def _ask(self, method: str, path: str, shape: type[T]) -> T:
        answer = self._send(method, path)
        try:
            return msgspec.json.decode(answer.content, type=shape)
        except msgspec.MsgspecError as error:
            raise RefusedError(f"The rehearsal answered something else than expected: {error}.") from error

    def _send(self, method: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token.reveal()}"}
        try:
            answer = self._client.request(method, self.url + path, headers=headers)
        except httpx.HTTPError as error:
            raise RefusedError(f"The rehearsal world does not answer ({type(error).__name__}).") from error
        if answer.is_error:
            raise RefusedError(
                f"The rehearsal world refused {method} {path} with status {answer.status_code}."
            )
        return answer


def _is_payment(hop: Hop) -> bool:
    return hop.name == "paid" and hop.state == "done" and bool(hop.detail)
