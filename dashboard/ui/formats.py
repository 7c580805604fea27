"""How times, durations, money and facts are written for a person. Pure text; reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from collectors.observation import Scalar
from dashboard.launch.money import trace_wording

_MINOR_DIGITS = 2
_SECONDS_A_MINUTE = 60
_SECONDS_AN_HOUR = 3600
_MS_A_SECOND = 1_000
_ADDRESS_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_SHORT_BUILD = 40
_SHORT_ASKED = 60


def clock_time(at: datetime) -> str:
    """The time of day, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%H:%M:%S")


def date(at: datetime) -> str:
    """The day, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def address_time(at: datetime) -> str:
    """A moment as a page's address names it: exact, in UTC, and in order as text too."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def is_address_time(value: str) -> bool:
    """Whether a page's address could name a moment so."""
    return _ADDRESS_TIME.fullmatch(value) is not None


def compact(at: datetime) -> str:
    """A moment in the name of a file, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def iso(at: datetime) -> str:
    """The machine-readable form of the same moment, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, which is what a browser counts in."""
    return round(at.timestamp() * _MS_A_SECOND)


def duration(ms: int | None) -> str:
    """A latency; a dash where there is none."""
    if ms is None:
        return "-"
    return f"{ms} ms" if ms < 10 * _MS_A_SECOND else f"{ms / _MS_A_SECOND:.1f} s"


def span(seconds: int) -> str:
    """A length of time in its largest whole unit."""
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    return f"{seconds // _SECONDS_A_MINUTE} min" if seconds % _SECONDS_A_MINUTE == 0 else f"{seconds} s"


def minutes(seconds: float) -> str:
    """A stretch of the T-clock, to the second."""
    whole, rest = divmod(int(seconds), _SECONDS_A_MINUTE)
    return f"{whole} min {rest:02d} s" if whole else f"{rest} s"


def money(amount: int, currency: str) -> str:
    """Minor units with their currency, written out."""
    whole, rest = divmod(amount, 10**_MINOR_DIGITS)
    sign = {"usd": "$", "eur": "€", "gbp": "£"}.get(currency, "")
    suffix = "" if sign else f" {currency.upper()}"
    return f"{sign}{whole:,}.{rest:02d}{suffix}"


def amount(cents: int, currency: str) -> str:
    """Minor units with the code of their currency, and a minus where they are below 0."""
    return trace_wording.money(cents, currency)


def signed(cents: int, currency: str) -> str:
    """A difference: its direction is said by a sign, and nothing is not in any direction."""
    return f"{'+' if cents > 0 else ''}{amount(cents, currency)}"


def age(seconds: int) -> str:
    """How old something is, in its two largest units; 0 where it is newer than the moment it is told of."""
    hours, rest = divmod(max(0, seconds), _SECONDS_AN_HOUR)
    if not hours:
        return minutes(rest)
    days, left = divmod(hours, 24)
    return f"{days} d {left} h" if days > 1 else f"{hours} h {rest // _SECONDS_A_MINUTE} min"


def fact(value: Scalar) -> str:
    """A fact as a person reads it: true and false in words, numbers with their digits grouped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:,}" if isinstance(value, int) else value or "(empty)"


def build(value: str | None) -> str:
    """A build id for a tile; of a long one the end, where builds differ."""
    if value is None:
        return "build unknown"
    return value if len(value) <= _SHORT_BUILD else f"…{value[-_SHORT_BUILD:]}"


def asked(value: str) -> str:
    """What an address asks for, to be named on the screen; of a long one the beginning."""
    return value if len(value) <= _SHORT_ASKED else f"{value[:_SHORT_ASKED]}…"


def tenths(of_a_thousand: int) -> str:
    """Tenths of a percent as a percentage."""
    whole, rest = divmod(of_a_thousand, 10)
    return f"{whole} %" if rest == 0 else f"{whole}.{rest} %"


def share(k: int, n: int) -> str:
    """What part of n, cut off and never rounded up: 100 % is all of them."""
    return tenths(k * 1000 // n)


def count(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
