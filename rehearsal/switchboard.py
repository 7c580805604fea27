"""Which faults are in the world right now, and the knobs that result; changed only by the control app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rehearsal.faults import Fault
from rehearsal.knobs import HEALTHY, Knobs, merged
from rehearsal.places import Place


class UnknownFaultError(LookupError):
    """A fault was named that is not in the catalogue."""


class Switchboard:
    """The active faults. `released` is told which places get a new build, because that outlives the fault."""

    def __init__(self, catalogue: Mapping[str, Fault], *, released: Callable[[Place], None]) -> None:
        self.catalogue = catalogue
        self.knobs: Knobs = HEALTHY
        self._since: dict[str, datetime] = {}
        self._turned: dict[str, Any] = {}
        self._released = released

    def put(self, fault_id: str) -> None:
        """Put a fault in; putting it in twice is once."""
        if fault_id not in self.catalogue:
            raise UnknownFaultError(
                f"Got fault {fault_id!r}, expected one of the catalogue; GET /faults lists them."
            )
        if fault_id in self._since:
            return
        self._since[fault_id] = datetime.now(UTC)
        for place in self.catalogue[fault_id].knobs.new_build:
            self._released(place)
        self._merge()

    def take(self, fault_id: str) -> None:
        """Take a fault out; taking out one that is not in is nothing."""
        if fault_id not in self.catalogue:
            raise UnknownFaultError(
                f"Got fault {fault_id!r}, expected one of the catalogue; GET /faults lists them."
            )
        self._since.pop(fault_id, None)
        self._merge()

    def clear(self) -> None:
        """Take every fault out, and turn every knob back."""
        self._since.clear()
        self._turned = {}
        self._merge()

    def turn(self, changes: Mapping[str, Any]) -> None:
        """Turn knobs by hand, beside the faults and in the place of what was turned before.

        Raises msgspec.ValidationError where there is no such knob, or the value does not fit it.
        """
        merged([dict(changes)])
        self._turned = dict(changes)
        self._merge()

    def since(self, fault_id: str) -> datetime | None:
        """When an active fault was put in."""
        return self._since.get(fault_id)

    def _merge(self) -> None:
        self.knobs = merged([*(self.catalogue[name].set for name in self._since), self._turned])
