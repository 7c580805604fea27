"""What a usage costs and which known usage proves it: the shape of `[usage]`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dashboard.launch.money.usage import Price, Units, WholeCredits, debit
from dashboard.launch.plan_values import FromEnvironment, Frozen, NonEmpty

Prefix = Annotated[str, Meta(pattern=r"^(?!.*\d{7})[A-Za-z0-9_\-:.]{1,60}$")]
"""What may be of a person is not kept of a row, so that it could never be found."""


class Sample(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A usage that is known: so many units of a model. Its debit is the newest row of the ledger since the
    start of the run that is of `debit_kind`, and whose correlation id begins so, or whose user is that, or
    both. `credits` is what it costs, if it is to be written down.
    """

    model: NonEmpty
    input: Units
    output: Units
    debit_kind: NonEmpty
    credits: WholeCredits | None = None
    correlation_prefix: Prefix | None = None
    user: NonEmpty | FromEnvironment | None = None


class Usage(Frozen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The price of each model, and a sample of it."""

    price: Annotated[tuple[Price, ...], Meta(min_length=1)]
    sample: Sample | None = None

    def expected(self) -> int | None:
        """What the sample must cost; None without a sample or without a price for its model."""
        price = next((each for each in self.price if self.sample and each.model == self.sample.model), None)
        if price is None or self.sample is None:
            return None
        return debit(price, self.sample.input, self.sample.output)
