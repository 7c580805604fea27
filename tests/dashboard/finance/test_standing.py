"""How the books stand: no figure, an old side and a sum that is not proven are never MATCHED."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.finance.standing import Standing, standing
from dashboard.finance.values import FinancePanel, Named
from dashboard.reconciliation.classes import SETTLED, Class
from tests.dashboard.ui.finance_panels import healthy, takings

ALARM = Named(count=1, ids=("txn_1",))


@pytest.mark.parametrize(
    ("panel", "stands"),
    [
        (healthy(), Standing.MATCHED),
        (healthy(blind=("the ledger cannot be seen",)), Standing.AS_FAR_AS_READ),
        (healthy(takings=None), Standing.AS_FAR_AS_READ),
        (healthy(lines=(), takings=takings(gross_cents=0)), Standing.NOTHING),
        (healthy(lines=(), takings=None), Standing.NOTHING),
        (healthy(takings=takings(wrong_net=ALARM)), Standing.FEES_NOT_RIGHT),
        (healthy(takings=takings(fees_late=ALARM)), Standing.FEES_NOT_RIGHT),
        (healthy(broken="got 1, expected 2"), Standing.NOT_BELIEVED),
        (healthy(takings=takings(gross_cents=1)), Standing.NOT_BELIEVED),
    ],
)
def test_only_what_was_read_adds_up_and_matches_is_matched(panel: FinancePanel, stands: Standing) -> None:
    assert stands is standing(panel)


@pytest.mark.parametrize("found", Class)
def test_each_class_that_is_not_settled_keeps_the_books_from_being_matched(found: Class) -> None:
    panel = healthy()
    other = replace(panel, lines=(replace(panel.lines[0], found=found),))

    good = dict.fromkeys(SETTLED, Standing.MATCHED) | {Class.PENDING: Standing.WAITING}
    assert good.get(found, Standing.NOT_MATCHED) is standing(other)
