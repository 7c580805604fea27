"""What the charts of the Finance page say, in sentences and as a table: for whoever does not see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard.finance.values import AgeBand, Bucket, FinancePanel
from dashboard.ui import finance_money as amounts
from dashboard.ui import finance_wording as words
from dashboard.ui import formats
from dashboard.ui.finance_charts import PERIOD_MS, in_order
from dashboard.ui.markup import table, text


def buckets_of(panel: FinancePanel, step: str) -> tuple[Bucket, ...]:
    """The buckets of this step; none where nothing was sold in any, so that no empty axis is drawn."""
    found = tuple(panel.days if step == "days" else panel.hours)
    return found if any(each.payments or each.stripe_cents or each.ledger_cents for each in found) else ()


def sales_said(buckets: Sequence[Bucket], step: str, currency: str) -> str:
    """What the chart of both sides shows."""
    most = max(buckets, key=lambda each: each.stripe_cents)
    return words.SALES_SAID.format(
        **_span(buckets, step),
        stripe=formats.amount(sum(each.stripe_cents for each in buckets), currency),
        ledger=formats.amount(sum(each.ledger_cents for each in buckets), currency),
        payments=formats.count(sum(each.payments for each in buckets), "payment"),
        most=formats.amount(most.stripe_cents, currency),
        at=_at(most.start),
    )


def drift_said(buckets: Sequence[Bucket], step: str, currency: str) -> str:
    """What the chart of the drift shows; ups and downs of the same size are not nothing."""
    off = [each for each in buckets if each.drift_cents]
    away = words.NEVER_AWAY
    if off:
        most = max(off, key=lambda each: abs(each.drift_cents))
        away = words.AWAY.format(
            n=formats.count(len(off), words.STEP_UNIT[step]),
            most=formats.signed(most.drift_cents, currency),
            at=_at(most.start),
        )
    drift = formats.signed(sum(each.drift_cents for each in buckets), currency)
    return words.DRIFT_SAID.format(**_span(buckets, step), drift=drift, away=away)


def owed_said(buckets: Sequence[Bucket], step: str) -> str:
    """What the chart of the liability shows."""
    return words.OWED_SAID.format(
        **_span(buckets, step),
        first=f"{buckets[0].liability:,}",
        last=f"{buckets[-1].liability:,}",
        least=f"{min(each.liability for each in buckets):,}",
    )


def ages_said(bands: Sequence[AgeBand]) -> str:
    """What the chart of the ages shows."""
    totals: dict[str, int] = {}
    for each in in_order(bands):
        totals[amounts.band(each)] = totals.get(amounts.band(each), 0) + each.count
    said = ", ".join(
        words.AGES_BAND.format(rows=formats.count(count, "row"), band=band)
        for band, count in totals.items()
        if count
    )
    return words.AGES_SAID.format(bands=said)


def buckets_html(buckets: Sequence[Bucket], step: str, panel: FinancePanel) -> str:
    """All buckets as a table, folded; the newest first."""
    rows = [
        (
            _at(each.start),
            f"{each.payments:,}",
            _money(formats.amount(each.stripe_cents, panel.currency)),
            _money(formats.amount(each.ledger_cents, panel.currency)),
            _money(formats.signed(each.drift_cents, panel.currency)),
            words.NOT_KNOWN if panel.liability is None else f"{each.liability:,}",
        )
        for each in reversed(buckets)
    ]
    listed = table(words.BUCKET_COLUMNS, rows, label=f"{words.AS_TABLE}, {words.STEP_WORD[step]}")
    return (
        f'<div class="gl"><details id="finance-buckets"><summary>{words.AS_TABLE}</summary>'
        f"{listed}</details></div>"
    )


def _span(buckets: Sequence[Bucket], step: str) -> dict[str, str]:
    end = buckets[-1].start + timedelta(milliseconds=PERIOD_MS[step])
    return {
        "step": words.STEP_WORD[step].capitalize(),
        "unit": words.STEP_UNIT[step],
        "start": _at(buckets[0].start),
        "end": _at(end),
    }


def _at(at: datetime) -> str:
    return f"{formats.date(at)} {formats.clock_time(at)[:5]}"


def _money(told: str) -> str:
    return f'<span class="gl-money">{text(told)}</span>'
