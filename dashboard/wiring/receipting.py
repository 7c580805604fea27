"""Sends the receipt of every decision away by itself: only what others hold stops the keys' holder from
dropping the last record.

A receipt is sent at least once to each address, and again until it went; while the log is open a record says
so. Nothing waits for it, and no address is ever shown or kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from collectors.masked import Masked
from dashboard.channels import apprise_channels
from dashboard.launch.delivery import UndeliveredError
from dashboard.launch.evidence_view import Decided
from dashboard.notifier import Channel
from dashboard.sealing.drafts import GOLIVE, TOOL, Of, redaction
from dashboard.sealing.exporting import receipt
from dashboard.sealing.salted import Salt
from dashboard.sealing.showing import decisions
from dashboard.store.store import Store
from dashboard.wiring.loops import patience, pause
from evidence.blobs import BlobError, Blobs
from evidence.log import ClosedLogError, Log
from evidence.record import Digest, Draft, Kind, Method, MethodType, Subject, time_text

LOOK_S: Final = 1.0
AGAIN_S: Final = (5.0, 30.0, 120.0, 300.0)
"""So long after the first, second … failure a channel is tried again; the last goes for all after it."""
STOP_S: Final = 2.0
"""So long a delivery under way may go on when golive ends."""
TEXT: Final = "text/plain"

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who gets receipts; `address_sha256` is salted."""

    channel: Channel
    address_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A run whose receipts are sent, and its log."""

    of: Of
    log: Log


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """A receipt on its way to somebody."""

    course: Course
    decided: Decided
    recipient: Recipient
    text: bytes = b""

    @property
    def mark(self) -> str:
        """What it is remembered by: the same for the same decision of the same log and the same address."""
        told = f"{self.course.log.origin}\n{self.decided.key}\n{self.recipient.address_sha256}"
        return sha256(told.encode()).hexdigest()


def recipients_of(addresses: Sequence[Masked], salt: Salt) -> tuple[Recipient, ...]:
    """Those of `GOLIVE_RECEIPTS`."""
    channels = apprise_channels(addresses)
    return tuple(
        Recipient(channel=channel, address_sha256=salt.address(address.reveal()))
        for channel, address in zip(channels, addresses, strict=True)
    )


@dataclass(slots=True, kw_only=True)
class Receipting:
    """Sends the receipts of these runs. `sent` is a folder that remembers which went, after a close too."""

    store: Store
    courses: Sequence[Course]
    blobs: Blobs
    recipients: Sequence[Recipient]
    sent: Path
    clock: Callable[[], datetime]
    look_s: float = LOOK_S
    again_s: Sequence[float] = AGAIN_S
    _sending: dict[str, asyncio.Task[None]] = field(init=False, default_factory=dict)
    _failures: dict[str, int] = field(init=False, default_factory=dict)
    _again_at: dict[str, float] = field(init=False, default_factory=dict)
    _unrecorded: list[_Delivery] = field(init=False, default_factory=list)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Look every second until told to stop; what went by then is still recorded."""
        try:
            while not stop.is_set():
                with patience():
                    await self._look()
                await pause(stop, self.look_s)
        finally:
            await self._end()

    async def _look(self) -> None:
        await self._record()
        if not self.recipients:
            return
        found = await asyncio.to_thread(self._decided)
        for recipient in self.recipients:
            name = recipient.channel.name
            is_waiting = asyncio.get_running_loop().time() < self._again_at.get(name, 0.0)
            due = None if name in self._sending or is_waiting else self._due(found, recipient)
            if due is not None:
                text = await asyncio.to_thread(receipt, self.store, due.course.of.run, due.decided)
                self._sending[name] = asyncio.create_task(self._deliver(replace(due, text=text)))

    def _decided(self) -> list[tuple[Course, Decided]]:
        """Every decision under a signed head, the oldest first."""
        return [
            (course, decided)
            for course in self.courses
            for decided in decisions(self.store, course.of.run)
            if decided.size is not None
        ]

    def _due(self, found: Sequence[tuple[Course, Decided]], recipient: Recipient) -> _Delivery | None:
        """The oldest that did not go there yet."""
        unrecorded = {each.mark for each in self._unrecorded}
        for course, decided in found:
            delivery = _Delivery(course=course, decided=decided, recipient=recipient)
            if delivery.mark not in unrecorded and not (self.sent / delivery.mark).exists():
                return delivery
        return None

    async def _deliver(self, delivery: _Delivery) -> None:
        name, key = delivery.recipient.channel.name, delivery.decided.key
        try:
            await delivery.recipient.channel.send(delivery.text.decode())
        except UndeliveredError as error:
            self._failed(name, key, str(error))
        except Exception as error:  # noqa: BLE001 - a channel's bug is said; its text may quote an address
            self._failed(name, key, f"a fault of golive ({type(error).__name__})")
        else:
            LOG.info("the receipt of %s went to %s", key, name)
            self._failures.pop(name, None)
            self._unrecorded.append(delivery)
        finally:
            del self._sending[name]

    def _failed(self, name: str, key: str, why: str) -> None:
        count = self._failures.get(name, 0)
        self._failures[name] = count + 1
        wait = self.again_s[min(count, len(self.again_s) - 1)]
        self._again_at[name] = asyncio.get_running_loop().time() + wait
        LOG.warning("the receipt of %s did not go to %s and is sent again: %s", key, name, why)

    async def _record(self) -> None:
        while self._unrecorded:
            try:
                await asyncio.to_thread(self._keep, self._unrecorded[0])
            except (BlobError, OSError) as error:
                LOG.warning("that a receipt went is not recorded yet: %s", error)
                return
            del self._unrecorded[0]

    def _keep(self, each: _Delivery) -> None:
        course = each.course
        tip = self.store.evidence.tip(course.of.run)
        if tip is not None and not tip.is_closed:
            with suppress(ClosedLogError):  # closed since; then the delivery is only logged
                course.log.append([self._draft(each)], self.clock())
        self.sent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.sent / each.mark).touch()

    def _draft(self, each: _Delivery) -> Draft:
        blob, recipient = self.blobs.put(each.text), each.recipient
        return Draft(
            key=f"receipt/{each.decided.key}/{recipient.address_sha256[:16]}",
            kind=Kind.RECEIPT,
            subject=(Subject(name="receipt.txt", mediaType=TEXT, digest=Digest(sha256=blob)),),
            actor=GOLIVE,
            method=Method(type=MethodType.EXAMINE, how="receipt sent", tool=TOOL),
            source=each.course.of.source(),
            captured_at=time_text(self.clock()),
            redaction=redaction(),
            data={
                "decision": each.decided.key,
                "channel": recipient.channel.name,
                "address_sha256": recipient.address_sha256,
            },
        )

    async def _end(self) -> None:
        if self._sending:
            await asyncio.wait([*self._sending.values()], timeout=STOP_S)
        for task in [*self._sending.values()]:
            task.cancel()
        with patience():
            await self._record()
