"""The time base that golive goes by: an instant of which the time of day and the time since boot are known.

A value; it reads no clock. From it on, time is what the host has counted since boot, which nobody can set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=2)
"""By so much the time of day may be corrected without anybody being told."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """`boot` names one boot of one host, "" where that cannot be told; `boot_ns` counts from it, `wall_ns`
    from 1970, and both were read at the same instant.
    """

    boot: str
    boot_ns: int
    wall_ns: int

    def at(self, boot_ns: int) -> datetime:
        """The moment at which the host has counted so far."""
        return moment(self.wall_ns + boot_ns - self.boot_ns)

    def text(self) -> str:
        """As a parent hands it to the processes it starts."""
        return f"{self.boot}:{self.boot_ns}:{self.wall_ns}"

    @staticmethod
    def read(text: str) -> Anchor:
        """The inverse of `text`. Raises `ValueError` with the mend."""
        parts = text.split(":")
        if len(parts) != _FIELDS or not all(part.isdecimal() for part in parts[1:]):
            raise ValueError(
                f'got the time base "{text}", expected BOOT:NANOSECONDS:NANOSECONDS; unset it, golive sets it'
            )
        return Anchor(boot=parts[0], boot_ns=int(parts[1]), wall_ns=int(parts[2]))


def moment(wall_ns: int) -> datetime:
    """Nanoseconds since 1970 as an aware UTC datetime, cut to the microsecond."""
    return _EPOCH + timedelta(microseconds=wall_ns // 1_000)
