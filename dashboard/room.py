"""What a control room can be asked, and what it asks of others: the shapes that pages and world share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal, Protocol

from dashboard.access import Person
from dashboard.finance.values import FinancePanel, Wanted
from dashboard.launch.board import Verdict
from dashboard.launch.evidence_view import Attest, EvidencePanel, OpenedRecord, Picture
from dashboard.launch.money.panel import PurchasePanel
from dashboard.launch.money.webhook_panel import WebhookPanel
from dashboard.launch.plan import Plan
from dashboard.launch.proof import Capture
from dashboard.launch.replay_view import RecordedFlips, RecordedRun, Recording, Reenacted
from dashboard.launch.scene import Wish
from dashboard.launch.view import Journey, RehearsalView, ServiceHistory, View
from dashboard.store.values import Run


class RefusedError(Exception):
    """What a person asked for cannot be done now; the message is one sentence for that person."""


class UnknownError(RefusedError):
    """There is nothing of the name that a person asked for, as far as can be told at all."""


class EvidenceDesk(Protocol):
    """What a page may ask of the evidence of the run. Every method raises `RefusedError` with a sentence."""

    def panel(self, person: Person) -> EvidencePanel:
        """How every item and the log stand now."""

    def run_number(self, person: Person) -> int:
        """The run whose evidence this is."""

    def of(self, person: Person, run: int) -> EvidenceDesk:
        """The same for the evidence of this run; this very one for the run of now."""

    def record(self, person: Person, named: str) -> OpenedRecord | None:
        """One record, opened, by its number or its key; None where the log has none of this name."""

    def blob(self, person: Person, sha256: str) -> bytes | None:
        """What a record vouches for; None where it was erased."""

    def look_over(self, person: Person, upload: bytes) -> Picture:
        """What would be kept of an upload; nothing is kept yet."""

    def hand_in(self, person: Person, item: str, upload: bytes, attest: Attest) -> Capture:
        """Take a picture for an item."""

    def take_page(self, person: Person, item: str) -> Capture:
        """Take the picture of an item's page."""

    def review(self, person: Person, index: int, *, accepted: bool, reason: str = "") -> None:
        """A second person's word on a picture."""

    def receipt(self, person: Person, decision: str) -> bytes:
        """The receipt of a decision, by the key of its record."""

    def printable(self, person: Person, decision: str) -> bytes:
        """The same as a page to print, with a code that a camera reads."""

    def bundle(self, person: Person) -> BinaryIO:
        """The whole log with what it vouches for, as a file to read; the reader closes it."""


class ControlRoom(Protocol):
    """What a page may ask and do."""

    @property
    def plan(self) -> Plan: ...

    @property
    def is_rehearsal(self) -> bool: ...

    @property
    def evidence(self) -> EvidenceDesk | None: ...

    def view(self) -> View:
        """The published view: one reference, no read of the store."""

    def service(self, person: Person, source: str) -> ServiceHistory:
        """Every probe of one source over time."""

    def sources(self) -> tuple[str, ...]:
        """The ids of everything that is asked: services, stripe, golive."""

    def rehearsal(self, person: Person) -> RehearsalView:
        """Faults and purchases of the rehearsal world."""

    def first_dollar(self, person: Person, picked: str | None) -> PurchasePanel:
        """The payment that was picked, else the first of the run, traced through its hops. It is picked by
        its payment intent, its checkout session, or the id that the shop itself gave the purchase.
        """

    def webhooks(self, person: Person) -> WebhookPanel:
        """What became of every payment of the last day."""

    def finance(self, person: Person, wanted: Wanted) -> FinancePanel:
        """Both sides of the money, class by class, and the rows that are wanted."""

    def finance_file(self, person: Person, wanted: Wanted, kind: Literal["csv", "parquet"]) -> bytes:
        """A file with every row that is wanted."""

    def start_purchase(self, person: Person) -> str:
        """Buy one Starter in the rehearsal; the id of the purchase."""

    def refund_purchase(self, person: Person) -> None:
        """Give the newest purchase of the rehearsal its money back."""

    def use_sample(self, person: Person) -> None:
        """Use the known sample in the rehearsal."""

    def put_fault_in(self, person: Person, fault: str) -> None: ...

    def take_fault_out(self, person: Person, fault: str) -> None: ...

    def take_all_faults_out(self, person: Person) -> None: ...

    def start_probe(self, person: Person, probe: str) -> None:
        """Ask the collectors to run a probe that only a person may start."""

    def act(self, person: Person, wish: Wish, *, evaluation: int | None = None) -> str:
        """Act in the run, having looked at that evaluation's board; the sentence of what was recorded."""

    def offered_plan(self, person: Person) -> str:
        """What the plan that is on offer changes, as a unified diff; "" while none is."""

    def runs(
        self, person: Person, *, before: int | None = None, limit: int | None = None
    ) -> tuple[RecordedRun, ...]:
        """The runs of the store, the newest first: every one, or so many of those before this number."""

    def flips(
        self, person: Person, run_id: int | None, *, before: int | None = None, limit: int
    ) -> RecordedFlips:
        """The newest flips of a run, of the one that is followed where none is named, before an evaluation.
        Raises `UnknownError` for a run that there is not.
        """

    def recording(self, person: Person, run_id: int) -> Recording:
        """The moments of a run."""

    def reenact(self, person: Person, run_id: int, at: datetime) -> Reenacted:
        """A run as it stood at a moment, judged again from what was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault as the rehearsal tells it; `also` are the gates that honestly fall with the one named, and
    `since` is when it was put in, None where it is not in.
    """

    id: str
    title: str
    where: str
    gate: str
    to: Verdict
    provoke: str
    active: bool
    also: Mapping[str, Verdict]
    since: datetime | None = None


class World(Protocol):
    """The rehearsal world. Every method raises `RefusedError` with a sentence when it cannot be asked."""

    def faults(self) -> tuple[Fault, ...]: ...

    def put_in(self, fault: str) -> None: ...

    def take_out(self, fault: str) -> None: ...

    def take_all_out(self) -> None: ...

    def journeys(self) -> tuple[Journey, ...]: ...

    def buy(self) -> str: ...

    def refund(self) -> None: ...

    def use(self) -> None: ...


class Published(Protocol):
    """Where the newest view is."""

    def view(self) -> View: ...

    def run_of_plan(self) -> Run | None: ...

    def plan(self) -> Plan: ...

    def wake(self) -> None:
        """Publish what has just been recorded as soon as can be."""
