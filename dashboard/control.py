"""The use cases that pages, API and commands share.

The control room is handed everything it needs; it opens nothing and reads no environment. Viewers read the
published view, so that looking costs the store nothing however many look.
"""

from __future__ import annotations

from typing import Protocol

from dashboard.access import Person
from dashboard.launch.plan import Plan
from dashboard.launch.view import RehearsalView, ServiceHistory, View


class RefusedError(Exception):
    """What a person asked for cannot be done now; the message is one sentence for that person."""


class ControlRoom(Protocol):
    """What a page may ask and do."""

    @property
    def plan(self) -> Plan: ...

    @property
    def is_rehearsal(self) -> bool: ...

    def view(self) -> View:
        """The published view: one reference, no read of the store."""

    def service(self, person: Person, source: str) -> ServiceHistory:
        """Every probe of one source over time."""

    def sources(self) -> tuple[str, ...]:
        """The ids of everything that is asked: services, stripe, golive."""

    def rehearsal(self, person: Person) -> RehearsalView:
        """Faults and purchases of the rehearsal world."""

    def start_purchase(self, person: Person) -> str:
        """Buy one Starter in the rehearsal; the id of the purchase."""

    def put_fault_in(self, person: Person, fault: str) -> None: ...

    def take_fault_out(self, person: Person, fault: str) -> None: ...

    def take_all_faults_out(self, person: Person) -> None: ...

    def start_probe(self, person: Person, probe: str) -> None:
        """Ask the collectors to run a probe that only a person may start."""
