"""The controls of a plan as an auditor reads them: `plan.json`, whose hash the first record names."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from evidence.canonical import NotCanonicalError, read_written
from evidence.canonical import written as write_json
from evidence.record import Hash, Kind, Short


class ControlsError(Exception):
    """What was read is no `plan.json`: got, expected."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the plan: no other fields than its own."""


class Control(_Part, frozen=True, kw_only=True):
    """A requirement. A record meets it that is of this `kind` and names it, for `valid_for_s` seconds from
    when it was captured, and where it is `reviewed` only once somebody else has accepted it.
    """

    id: Short
    title: Short
    kind: Kind
    required: bool
    before: Literal["go", "close"]
    valid_for_s: Annotated[int, Meta(ge=1)] | None
    reviewed: bool


class Controls(_Part, frozen=True, kw_only=True):
    """All controls of a plan. `plan_sha256` is the hash of the plan's own text."""

    plan_id: Short
    title: Short
    plan_sha256: Hash
    controls: tuple[Control, ...]

    def required(self, before: Literal["go", "close"]) -> tuple[Control, ...]:
        """Those that must be met by then."""
        return tuple(control for control in self.controls if control.required and control.before == before)


def written(controls: Controls) -> bytes:
    """The bytes of `plan.json`. Raises `ControlsError` where two controls have one id."""
    _refuse_twice(controls)
    return write_json(msgspec.to_builtins(controls))


def parsed(data: bytes) -> Controls:
    """What `plan.json` says. Raises `ControlsError` for any other shape, and for another spelling."""
    try:
        controls = msgspec.convert(read_written(data), Controls, strict=True)
    except (NotCanonicalError, msgspec.ValidationError) as error:
        raise ControlsError(f"{error}; expected the controls of a plan") from error
    _refuse_twice(controls)
    return controls


def _refuse_twice(controls: Controls) -> None:
    ids = [control.id for control in controls.controls]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise ControlsError(f"got the control {twice} twice, expected it once")
