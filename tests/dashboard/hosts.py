"""A host whose clock a test may set, as an operator or a time server would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.steady import Host
from tests.cast import T0

NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class SetHost:
    """`set_by` moves its time of day alone; `wait` lets time pass for both of its clocks."""

    boot: str = "b007"
    boot_ns: int = 5 * NS
    wall_ns: int = (T0 - _EPOCH) // timedelta(microseconds=1) * 1_000

    def wait(self, seconds: float) -> None:
        self.boot_ns += round(seconds * NS)
        self.wall_ns += round(seconds * NS)

    def set_by(self, seconds: float) -> None:
        self.wall_ns += round(seconds * NS)

    def reboot(self) -> None:
        self.boot, self.boot_ns = f"{self.boot}+", 0

    def host(self) -> Host:
        """What a process that starts now finds."""
        return Host(boot=self.boot, boot_ns=lambda: self.boot_ns, wall_ns=lambda: self.wall_ns)
