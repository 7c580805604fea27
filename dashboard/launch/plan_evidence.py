"""What must be proven of a launch, and when: the shape of `[evidence]`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from dashboard.launch.plan_values import Frozen, Identifier, Minutes, NonEmpty, Path, Sealable

_DAY_S = 86_400


class ItemKind(StrEnum):
    """What proves it. Of the first two a person hands in, the others golive captures by itself."""

    SCREENSHOT = "screenshot"
    COMMAND = "command"
    STRIPE_CHARGE = "stripe.charge"
    STRIPE_ENDPOINT = "stripe.endpoint"
    LEDGER_BALANCE = "ledger.balance"
    LEDGER_TRANSACTIONS = "ledger.transactions"


BY_PERSON = frozenset({ItemKind.SCREENSHOT, ItemKind.COMMAND})


class Page(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of a service that golive may take the picture of, where a Chromium is there. `masks` are CSS
    selectors of what is covered before the picture is taken; `{user}` stands for the ledger's user.
    """

    service: Identifier
    path: Path
    masks: tuple[NonEmpty, ...] = ()


class EvidenceItem(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to be proven. It counts when it was captured from T+`from_min` to T+`to_min` (from the
    opening of the run on, where `from_min` is left out), and a picture once a second person has looked at it.
    Without what is needed `before = "go"` there is no GO.
    """

    id: Identifier
    title: Sealable
    kind: ItemKind
    proves: NonEmpty
    system: Sealable
    owner: Identifier
    to_min: Minutes
    from_min: Minutes | None = None
    required: bool = True
    before: Literal["go", "close"] = "close"
    page: Page | None = None

    @property
    def is_by_person(self) -> bool:
        """Whether a person hands it in."""
        return self.kind in BY_PERSON

    @property
    def is_reviewed(self) -> bool:
        """Whether a second person must look at it before it counts."""
        return self.kind is ItemKind.SCREENSHOT


class Evidence(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be proven. `valid_for_s` is how long a capture proves something, `require_anchor_before_go`
    whether a GO needs a time stamp of the head that it is bound to.
    """

    items: Annotated[tuple[EvidenceItem, ...], Meta(min_length=1)]
    valid_for_s: Annotated[int, Meta(ge=60, le=365 * _DAY_S)] = _DAY_S
    require_anchor_before_go: bool = False
