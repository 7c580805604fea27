"""The rows of a reconciliation as HTML: what each is, its ids, its drift with its sign, and how old it is."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.finance.standing import is_believed
from dashboard.finance.values import FinancePanel, Row, Wanted
from dashboard.ui import finance_money as amounts
from dashboard.ui import finance_wording as words
from dashboard.ui import formats, looks
from dashboard.ui.markup import joined, purchase, table, text


def list_html(panel: FinancePanel, wanted: Wanted) -> str:
    """How many of how many, and each; or that there is none, which is not that all is well."""
    if not panel.rows:
        none = words.NOTHING_WANTED if wanted.is_narrowed else words.NOTHING_UNMATCHED
        return f'<div class="gl"><p class="gl-muted">{none}</p></div>'
    believed = is_believed(panel)
    rows = [_row(row, panel.currency, believed=believed) for row in panel.rows]
    listed = table(words.LIST_COLUMNS, rows, label=words.LIST_OF_WANTED, kind="gl-rows")
    return f'<div class="gl"><p class="gl-muted">{showing(panel)}</p>{listed}</div>'


def showing(panel: FinancePanel) -> str:
    """How many of those that are wanted are shown."""
    return words.SHOWING.format(shown=f"{len(panel.rows):,}", found=f"{panel.found:,}")


def _row(row: Row, currency: str, *, believed: bool) -> Sequence[str]:
    return (
        looks.badge(looks.of_class(row.found, believed=believed)),
        amounts.row_drift(row, currency),
        f'<span class="gl-money">{formats.age(row.age_s)}</span>',
        _ids(row),
        _code(row.correlation_id) or words.NONE,
        amounts.row_stripe(row),
        amounts.row_ledger(row, currency),
        words.NONE if row.credits is None else f"{row.credits:,}",
        f'<span class="gl-money">{formats.date(row.created)} {formats.clock_time(row.created)}</span>',
    )


def _ids(row: Row) -> str:
    intent = "" if row.payment_intent is None else purchase(row.payment_intent)
    others = (_code(each) for each in (row.charge, row.entry, row.other_entry))
    return f'<span class="gl-ids">{intent}{joined(others)}</span>'


def _code(value: str | None) -> str:
    return "" if value is None else f"<code>{text(value)}</code>"
