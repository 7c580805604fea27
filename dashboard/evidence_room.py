"""What pages and commands may ask of the evidence of a run, and who may hand in, review and take away.

It signs with what it is handed and opens nothing; every refusal is one sentence for the person.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, Protocol

from dashboard.access import Action, Person, require
from dashboard.frozen import first_plan
from dashboard.launch.evidence_view import Attest, EvidencePanel, OpenedRecord, Picture
from dashboard.launch.plan_evidence import EvidenceItem
from dashboard.launch.plan_file import PlanError
from dashboard.launch.proof import Capture, completeness
from dashboard.room import RefusedError
from dashboard.sealing.commanding import Commanded, Ran
from dashboard.sealing.desk import DeskError, EvidenceDesk, Shot, actor_for
from dashboard.sealing.erasing import Erased, Eraser, ErasingError
from dashboard.sealing.exporting import ExportError, export, receipt_of
from dashboard.sealing.printing import printable
from dashboard.sealing.reading import KnownItems
from dashboard.sealing.showing import decisions, log_state, opened_record
from dashboard.store.store import Store
from dashboard.store.values import Run
from dashboard.telling import store_told
from evidence.blobs import BlobError, Blobs
from evidence.canonical import NotCanonicalError
from evidence.checkpoint import CheckpointError
from evidence.envelope import EnvelopeError
from evidence.heads import HeadError, HeadSigner
from evidence.image import ImageError, sanitised
from evidence.intake import IntakeError
from evidence.keys import KeyFileError
from evidence.log import Log, LogError
from evidence.receipt import ReceiptError
from evidence.record import RecordError

EARLIER = 12
"""So many runs before the one that is shown are named."""


class Sealing(Protocol):
    """What signs and keeps the evidence of this environment."""

    @property
    def blobs(self) -> Blobs: ...

    def log(self, store: Store, run_id: int, origin: str) -> Log:
        """The log of a run, to append to."""

    def heads(self, origin: str) -> HeadSigner:
        """What signs the heads of a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRoom:
    """The evidence of the run that is shown. `run` tells which that is, None before anything collects;
    `shoot` takes the picture of an item's page, None where nothing can.
    """

    store: Store
    run: Callable[[], Run | None]
    sealing: Sealing
    clock: Callable[[], datetime]
    shoot: Callable[[EvidenceItem], Shot] | None = None
    _desks: dict[int, EvidenceDesk] = field(repr=False, default_factory=dict)

    def panel(self, person: Person) -> EvidencePanel:
        """How every item and the log stand now."""
        require(person, Action.SEE_EVIDENCE)
        with _told():
            desk = self._desk()
            found = tuple(desk.standings())
            return EvidencePanel(
                run=desk.run.id,
                environment=desk.run.environment.value,
                standings=found,
                completeness=completeness(found),
                log=log_state(self.store, desk.run.id),
                decisions=decisions(self.store, desk.run.id),
                drawn_at=self.clock(),
                earlier=self.store.evidence.earlier(desk.run.id, limit=EARLIER),
            )

    def run_number(self, person: Person) -> int:
        """The run whose evidence this is."""
        require(person, Action.SEE_EVIDENCE)
        with _told():
            return self._desk().run.id

    def of(self, person: Person, run: int) -> EvidenceRoom:
        """The same for the evidence of this run; this very one for the run of now."""
        require(person, Action.SEE_EVIDENCE)
        with _told():
            now, found = self.run(), self.store.run(run)
        if found is None:
            raise RefusedError(f"There is no run {run} here.")
        return self if now is not None and now.id == run else replace(self, run=lambda: found)

    def record(self, person: Person, named: str) -> OpenedRecord | None:
        """One record, opened, by its number or its key; None where the log has none of this name."""
        require(person, Action.SEE_EVIDENCE)
        with _told():
            desk = self._desk()
            return opened_record(self.store, desk.run.id, named, desk.plan, desk.known.known())

    def blob(self, person: Person, sha256: str) -> bytes | None:
        """What a record vouches for; None where it was erased."""
        require(person, Action.SEE_EVIDENCE)
        with _told():
            stream = self.sealing.blobs.open(sha256)
            if stream is None:
                return None
            with stream:
                return stream.read()

    def look_over(self, person: Person, upload: bytes) -> Picture:
        """What would be kept of an upload; nothing is kept yet."""
        require(person, Action.HAND_IN_EVIDENCE)
        with _told():
            found = sanitised(upload)
            return Picture(
                png=found.png, width=found.width, height=found.height, upload_sha256=found.upload_sha256
            )

    def hand_in(self, person: Person, item: str, upload: bytes, attest: Attest) -> Capture:
        """Take a picture for an item."""
        require(person, Action.HAND_IN_EVIDENCE)
        with _told():
            return self._desk().hand_in(person, item, upload, attest)

    def take_page(self, person: Person, item: str) -> Capture:
        """Take the picture of an item's page."""
        require(person, Action.HAND_IN_EVIDENCE)
        if self.shoot is None:
            raise RefusedError("golive takes no pictures here: no Chromium was found, or no playwright.")
        with _told():
            return self._desk().take_page(person, item, self.shoot)

    def take_command(
        self, person: Person, item: str, argv: Sequence[str], run: Callable[[Sequence[str]], Ran]
    ) -> Commanded:
        """Run a command for an item, and keep what it showed."""
        require(person, Action.HAND_IN_EVIDENCE)
        with _told():
            return self._desk().take_command(person, item, argv, run)

    def erase(self, person: Person, sha256: str, reason_code: str) -> tuple[Erased, ...]:
        """Delete what records vouch for, for good; the logs that say so now."""
        require(person, Action.ERASE_EVIDENCE)
        with _told():
            eraser = Eraser(store=self.store, sealing=self.sealing, actor=actor_for(person), clock=self.clock)
            return eraser.erase(sha256, reason_code)

    def review(self, person: Person, index: int, *, accepted: bool, reason: str = "") -> None:
        """A second person's word on a picture."""
        require(person, Action.REVIEW_EVIDENCE)
        with _told():
            self._desk().review(person, index, accepted=accepted, reason=reason)

    def receipt(self, person: Person, decision: str) -> bytes:
        """The receipt of a decision, by the key of its record: who keeps it can show the head later."""
        require(person, Action.TAKE_EVIDENCE)
        with _told():
            return receipt_of(self.store, self._desk().run.id, decision)

    def printable(self, person: Person, decision: str) -> bytes:
        """The same as a page to print, with a code that a camera reads."""
        return printable(self.receipt(person, decision))

    def bundle(self, person: Person) -> BinaryIO:
        """The whole log with what it vouches for, as a file to read; the reader closes it."""
        require(person, Action.TAKE_EVIDENCE)
        with _told():
            desk = self._desk()
            with _room(), ExitStack() as unless_taken:
                # On disk, and gone with its last reader: a bundle may be larger than what memory there is.
                out = unless_taken.enter_context(tempfile.TemporaryFile())
                export(self.store, desk.run, self.sealing.blobs, self.sealing.heads(desk.log.origin), out)
                out.seek(0)
                unless_taken.pop_all()
                return out

    def _desk(self) -> EvidenceDesk:
        """One for each run, because it keeps what it has read of the log."""
        run = self.run()
        origin = None if run is None else self.store.evidence.origin(run.id)
        if run is None or origin is None:
            raise RefusedError("Nothing is sealed yet; start the collectors first.")
        if run.id not in self._desks:
            self._desks[run.id] = EvidenceDesk(
                store=self.store,
                run=run,
                plan=first_plan(self.store, run).plan,
                log=self.sealing.log(self.store, run.id, origin),
                blobs=self.sealing.blobs,
                clock=self.clock,
                known=KnownItems(self.store, run.id),
            )
        return self._desks[run.id]


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"There is no room for the bundle ({error.strerror}); make some.") from error


@contextmanager
def _told() -> Iterator[None]:
    try:
        with store_told("The store cannot be read or written"):
            yield
    except (CheckpointError, EnvelopeError, NotCanonicalError, ReceiptError, RecordError) as error:
        raise RefusedError(f"The evidence log is damaged: {error}; restore it from a backup.") from error
    except (
        DeskError,
        ErasingError,
        ImageError,
        IntakeError,
        ExportError,
        BlobError,
        LogError,
        HeadError,
        KeyFileError,
        PlanError,
    ) as error:
        raise RefusedError(_sentence(str(error))) from error


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
