"""Appends records to a log: one after the other, signed, whoever else appends at the same time.

The log itself is kept elsewhere, behind a small protocol; what is appended here is on disk before it is
acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from evidence.canonical import NotCanonicalError
from evidence.contents import Rotation, content
from evidence.envelope import seal
from evidence.keys import Keys
from evidence.record import Draft, Kind, Place, RecordError, checked, payload_of, placed, time_text
from evidence.tree import leaf_hash


class LogError(Exception):
    """A record cannot be appended: got, expected, the mend."""


class ClosedLogError(LogError):
    """The log has ended; nothing can be appended any more."""


class Tip(Protocol):
    """The end of a log: the newest record, and which key signs the next one."""

    @property
    def index(self) -> int: ...
    @property
    def leaf(self) -> str: ...
    @property
    def recorded_at(self) -> str: ...
    @property
    def recorder(self) -> str: ...
    @property
    def is_closed(self) -> bool: ...


class Appending(Protocol):
    """One log while nobody else appends to it."""

    def end(self, key: str) -> tuple[Tip | None, int | None]:
        """Its end, None before the first record; and where the record of this key is, if it is there already.
        Both in one question, because the others wait meanwhile.
        """

    def put(
        self,
        *,
        index: int,
        key: str,
        kind: str,
        recorded_at: str,
        leaf: str,
        recorder: str,
        envelope: bytes,
    ) -> None:
        """Keep one record; `recorder` is the key that signs the next."""


class LogStore(Protocol):
    """Where the records of one log are kept."""

    def appending(self) -> AbstractContextManager[Appending]:
        """Keep all that is put, or nothing; others wait meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where a draft came to be."""

    index: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log of this name. `keys` are read again where another process has changed the key in force;
    `next_keys` are those that a rotation has written into the log and not yet put in the place of these.
    """

    origin: str
    store: LogStore
    keys: Callable[[], Keys]
    next_keys: Callable[[], Keys | None] = lambda: None

    def append(self, drafts: Sequence[Draft], now: datetime) -> tuple[Appended, ...]:
        """Append these in one go; what is there already under its key stays as it is.

        The clock of a log never goes back, even where the host's does. Raises `LogError` where the log is
        closed (`ClosedLogError`), where the recorder's key is not the one in force, and for a draft that
        nobody could read.
        """
        readable = [_readable(draft) for draft in drafts]  # before the others have to wait
        with self.store.appending() as appending:
            return tuple(self._append(appending, draft, time_text(now)) for draft in readable)

    def _append(self, appending: Appending, draft: Draft, now: str) -> Appended:
        tip, found = appending.end(draft.key)
        if found is not None:
            return Appended(index=found, is_new=False)
        keys = self.keys() if tip is None else self._in_force(tip)
        spki = keys.recorder_spki
        if (tip is None) != (draft.kind is Kind.GENESIS):
            raise LogError(f"got a {draft.kind} record, expected the genesis first, and once")
        if tip is not None and tip.is_closed:
            raise ClosedLogError(f"got a {draft.kind} record, expected none: the log {self.origin} is closed")
        if tip is not None and tip.recorder != spki:
            raise LogError(
                "got another recorder's key than the log's, expected the one in force; mend the keys"
            )
        index, before = (0, "") if tip is None else (tip.index + 1, tip.leaf)
        recorded_at = now if tip is None else max(now, tip.recorded_at)
        place = Place(origin=self.origin, index=index, prev=before)
        envelope = seal(_payload(draft, place, recorded_at), keys.recorder)
        is_rotation = draft.kind is Kind.KEY_ROTATE
        appending.put(
            index=index,
            key=draft.key,
            kind=draft.kind.value,
            recorded_at=recorded_at,
            leaf=leaf_hash(envelope).hex(),
            recorder=content(draft.data, Rotation).recorder if is_rotation else spki,
            envelope=envelope,
        )
        return Appended(index=index, is_new=True)

    def _in_force(self, tip: Tip) -> Keys:
        """The keys whose recorder's is the one in force, else those that there are."""
        # The first again: between the two looks a rotation may have put the next key in its place.
        for read in (self.keys, self.next_keys, self.keys):
            found = read()
            if found is not None and found.recorder_spki == tip.recorder:
                return found
        return self.keys()


def _readable(draft: Draft) -> Draft:
    try:
        return checked(draft)
    except RecordError as error:
        raise LogError(f"{draft.key}: {error}") from error


def _payload(draft: Draft, place: Place, recorded_at: str) -> bytes:
    try:
        return payload_of(placed(draft, place, recorded_at))
    except NotCanonicalError as error:
        raise LogError(f"{draft.key}: {error}") from error
