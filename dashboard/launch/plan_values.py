"""What the values of a plan are made of: names, paths, durations, and the strictness of every section."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
EnvironmentName = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{1,79}$")]
Path = Annotated[str, Meta(pattern=r"^/[^\s?#]*$")]
Account = Annotated[str, Meta(pattern=r"^acct_[A-Za-z0-9]{1,60}$")]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]
Milliseconds = Annotated[int, Meta(ge=1, le=60_000)]
Minutes = Annotated[int, Meta(ge=0, le=1_440)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Percent = Annotated[int, Meta(ge=1, le=100)]
NonEmpty = Annotated[str, Meta(min_length=1, max_length=500)]
Sealable = Annotated[str, Meta(min_length=1, max_length=200)]
"""As much as a record of evidence takes of one text; a longer one nobody could read who verifies it."""


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all plan values: immutable, keyword-only, and strict about unknown keys."""


class FromEnvironment(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that the plan names but does not hold, such as an address or a secret."""

    env: EnvironmentName
    default: NonEmpty | None = None
