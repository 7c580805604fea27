"""How the books stand: the worst that is so, and green only where all was read, adds up and matches."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from dashboard.finance.values import FinancePanel
from dashboard.reconciliation.classes import SETTLED, Class
from dashboard.reconciliation.line import Line

_NOT_WRONG = SETTLED | {Class.PENDING}


class Standing(Enum):
    """The worst comes first; MATCHED alone is good, and NOTHING is not."""

    NOT_BELIEVED = auto()
    NOT_MATCHED = auto()
    FEES_NOT_RIGHT = auto()
    NOTHING = auto()
    WAITING = auto()
    AS_FAR_AS_READ = auto()
    MATCHED = auto()


def standing(panel: FinancePanel) -> Standing:
    """The one word for all of it."""
    if not is_believed(panel):
        return Standing.NOT_BELIEVED
    if rows(panel.lines, *filter(is_wrong, Class)):
        return Standing.NOT_MATCHED
    if panel.takings is not None and (panel.takings.wrong_net.count or panel.takings.fees_late.count):
        return Standing.FEES_NOT_RIGHT
    if not panel.lines:
        return Standing.NOTHING
    if rows(panel.lines, Class.PENDING):
        return Standing.WAITING
    return Standing.AS_FAR_AS_READ if panel.blind or not adds_up(panel) else Standing.MATCHED


def is_wrong(found: Class) -> bool:
    """Whether rows of this class do not match, and will not by waiting."""
    return found not in _NOT_WRONG


def rows(lines: Iterable[Line], *classes: Class) -> int:
    """How many rows are of these classes."""
    return sum(line.count for line in lines if line.found in classes)


def adds_up(panel: FinancePanel) -> bool | None:
    """Whether the classes come to Stripe's own gross; None where that is not known."""
    if panel.broken:
        return False
    if panel.takings is None or not (panel.lines or panel.takings.gross_cents):
        return None
    return panel.takings.gross_cents == panel.gross_cents


def is_believed(panel: FinancePanel) -> bool:
    """Whether no two sums contradict each other; where they do, nothing of it is to be believed."""
    return adds_up(panel) is not False
