"""How each verdict looks: a word, an icon and a colour, never a colour alone.

UNKNOWN has a look of its own, and what is no longer alive looks like nothing that was ever judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.launch.board import BoardVerdict, CheckResult, Verdict
from dashboard.launch.kpi import KpiState
from dashboard.launch.money.trace import HopState
from dashboard.launch.proof import Completeness, ItemState
from dashboard.reconciliation.classes import Class
from dashboard.ui import evidence_wording, finance_wording, wording
from dashboard.ui.markup import icon, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`tone` names a colour, `icon` a shape of the style sheet."""

    word: str
    tone: str
    icon: str


STALE = Look(word=wording.STALE, tone="stale", icon="stale")

_BOARD: Mapping[BoardVerdict, tuple[str, str]] = {
    BoardVerdict.GO: ("go", "go"),
    BoardVerdict.NO_GO: ("nogo", "nogo"),
    BoardVerdict.HOLD: ("unknown", "hold"),
}
_GATE: Mapping[Verdict, tuple[str, str]] = {
    Verdict.GO: ("go", "go"),
    Verdict.NO_GO: ("nogo", "nogo"),
    Verdict.UNKNOWN: ("unknown", "unknown"),
}
_RESULT: Mapping[CheckResult, tuple[str, str]] = {
    CheckResult.PASS: ("go", "go"),
    CheckResult.FAIL: ("nogo", "nogo"),
}

_KPI: Mapping[KpiState, tuple[str, str]] = {
    KpiState.MET: ("go", "go"),
    KpiState.NOT_YET: ("work", "work"),
    KpiState.MISSED: ("warn", "warning"),
    KpiState.NOT_KNOWN: ("unknown", "unknown"),
}


_HOP: Mapping[HopState, tuple[str, str]] = {
    HopState.DONE: ("go", "go"),
    HopState.WAITING: ("stale", "stale"),
    HopState.LATE: ("warn", "warning"),
    HopState.FAILED: ("nogo", "nogo"),
    HopState.UNKNOWN: ("unknown", "unknown"),
}


_CLASS: Mapping[Class, tuple[str, str]] = {
    Class.MATCHED: ("go", "go"),
    Class.REFUNDED: ("go", "go"),
    Class.PENDING: ("stale", "stale"),
    Class.UNLINKED: ("unknown", "unknown"),
    Class.CURRENCY_MISMATCH: ("unknown", "unknown"),
}


def of_class(found: Class, *, believed: bool) -> Look:
    """Of one class of a reconciliation; where its sums do not add up, none is green or red."""
    tone, shape = _CLASS.get(found, ("nogo", "nogo")) if believed else ("stale", "warning")
    return Look(word=finance_wording.CLASS_WORD[found], tone=tone, icon=shape)


_ITEM: Mapping[ItemState, tuple[str, str]] = {
    ItemState.CAPTURED: ("go", "go"),
    ItemState.OPEN: ("warn", "warning"),
    ItemState.IN_REVIEW: ("warn", "warning"),
    ItemState.MISSING: ("stale", "stale"),
    ItemState.ERASED: ("unknown", "unknown"),
    ItemState.EXPIRED: ("unknown", "unknown"),
}


def of_item(state: ItemState) -> Look:
    """Of one thing that must be proven."""
    tone, shape = _ITEM.get(state, ("nogo", "nogo"))
    return Look(word=evidence_wording.STATE_WORD[state], tone=tone, icon=shape)


def of_completeness(found: Completeness) -> Look:
    """Of all that must be; what requires nothing is not complete."""
    is_whole = found.n > 0 and found.k == found.n
    tone, shape = ("go", "go") if is_whole else ("unknown", "unknown")
    return Look(word=evidence_wording.WHOLE[is_whole], tone=tone, icon=shape)


def of_hop(state: HopState) -> Look:
    """Of one hop of a purchase."""
    tone, shape = _HOP[state]
    return Look(word=state.value, tone=tone, icon=shape)


def of_board(verdict: BoardVerdict) -> Look:
    """Of the verdict banner."""
    tone, shape = _BOARD[verdict]
    return Look(word=wording.BOARD_WORD[verdict], tone=tone, icon=shape)


def of_gate(verdict: Verdict, *, lost: bool) -> Look:
    """Of a gate or a service; on a board that is not alive there is only STALE."""
    if lost:
        return STALE
    tone, shape = _GATE[verdict]
    return Look(word=wording.GATE_WORD[verdict], tone=tone, icon=shape)


def of_result(result: CheckResult, *, lost: bool) -> Look:
    """Of one rule."""
    if lost:
        return STALE
    tone, shape = _RESULT.get(result, ("unknown", "unknown"))
    return Look(word=wording.RESULT_WORD[result], tone=tone, icon=shape)


def of_kpi(state: KpiState, *, lost: bool) -> Look:
    """Of a KPI; one that is missed decides nothing, so it warns and is not red."""
    if lost:
        return STALE
    tone, shape = _KPI[state]
    return Look(word=wording.KPI_WORD[state], tone=tone, icon=shape)


def badge(look: Look, *, word: str | None = None) -> str:
    """Icon and word on the look's colour. The second word is the one a browser shows when it lost us."""
    shown = look.word if word is None or look is STALE else word
    stale = "" if look is STALE else f'<span class="gl-word-lost">{wording.STALE}</span>'
    words = f'<span class="gl-word">{text(shown)}</span>{stale}'
    return f'<span class="gl-badge gl-{look.tone}">{icon(look.icon)}{words}</span>'
