"""The fault catalogue: reads `faults.toml` and refuses a fault that turns a knob the world does not have."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rehearsal.knobs import Knobs, merged
from rehearsal.places import Place

_WHERE = f"^({'|'.join(place for place in Place if place is not Place.CONTROL)}|golive)$"
CATALOGUE = Path(__file__).with_name("faults.toml")


class Flipped(StrEnum):
    """What a gate must become."""

    NO_GO = "NO_GO"
    UNKNOWN = "UNKNOWN"


class Provocation(StrEnum):
    """What has to happen before the fault can be seen."""

    NONE = "none"
    PURCHASE = "purchase"
    WRITE_PROBE = "write_probe"
    REFUND = "refund"
    USAGE = "usage"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One named deviation, the gate that must notice it, and the gates that honestly fall with it."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{2,49}$")]
    title: Annotated[str, Meta(min_length=1)]
    where: Annotated[str, Meta(pattern=_WHERE)]
    set: Annotated[dict[str, Any], Meta(min_length=1)]
    gate: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    to: Flipped
    provoke: Provocation = Provocation.NONE
    also: dict[str, Flipped] = {}

    @property
    def knobs(self) -> Knobs:
        """The world with this fault alone."""
        return merged([self.set])


class InvalidCatalogueError(ValueError):
    """The catalogue cannot be used as it is written."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


def load(path: Path = CATALOGUE) -> dict[str, Fault]:
    """Every fault by id, in the order of the file."""
    try:
        faults = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).fault
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidCatalogueError(f"{path.name}: {error}; correct the file.") from error
    catalogue: dict[str, Fault] = {}
    for fault in faults:
        _check(fault, catalogue, path.name)
        catalogue[fault.id] = fault
    return catalogue


def _check(fault: Fault, known: dict[str, Fault], name: str) -> None:
    if fault.id in known:
        raise InvalidCatalogueError(f"{name}: got fault {fault.id!r} twice, expected once; rename one.")
    try:
        turned = fault.knobs
    except msgspec.ValidationError as error:
        raise InvalidCatalogueError(
            f"{name}: fault {fault.id!r}: {error}; rehearsal/knobs.py has the knobs."
        ) from error
    if turned == Knobs():
        raise InvalidCatalogueError(
            f"{name}: fault {fault.id!r} sets only healthy values; set one that differs."
        )
