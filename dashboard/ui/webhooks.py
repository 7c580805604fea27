"""The truth of the hops as HTML: four shares, then every cell that holds a payment, with its ids and ages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard.launch.board import CheckResult
from dashboard.launch.money.interval import Interval
from dashboard.launch.money.notifying import Notified, Unnotified
from dashboard.launch.money.truth import UNKNOWABLE, Share, Told
from dashboard.launch.money.webhook_panel import CellRow, WebhookPanel
from dashboard.ui import formats, looks, wording
from dashboard.ui.markup import joined, moment, purchase, table, text


def webhooks_html(panel: WebhookPanel) -> str:
    """Shares, cells, what cannot be known, and where all that is from."""
    return (
        f'<div class="gl gl-page">{_shares(panel)}{_cells(panel)}{_blind(panel)}{_unknowable()}'
        f'<p class="gl-muted">{_source(panel)} {moment(panel.judged_at)}</p></div>'
    )


def _shares(panel: WebhookPanel) -> str:
    found = panel.truth
    tiles = (
        (wording.HOP_1, wording.HOP_1_NOTE, found.hop_1),
        (wording.END_TO_END, wording.END_TO_END_NOTE, found.end_to_end),
        (wording.FIRST_TRIES, wording.FIRST_TRIES_NOTE, panel.first_tries),
    )
    shares = joined(_share(*tile) for tile in tiles)
    return f'<div class="gl-shares">{shares}{_notified(panel.notified, panel.judged_at)}</div>'


def _notified(found: Notified, now: datetime) -> str:
    title = text(wording.NOTIFIED.format(hop=found.hop))
    return _share(title, wording.NOTIFIED_NOTE, found.share, more=f"{_window(found)}{_missing(found, now)}")


def _window(found: Notified) -> str:
    if found.start is None or found.end is None:
        return ""
    said = wording.NOTIFIED_WINDOW.format(
        start=f"{formats.date(found.start)} {formats.clock_time(found.start)}",
        end=f"{formats.date(found.end)} {formats.clock_time(found.end)}",
    )
    return f'<p class="gl-muted">{said}</p>'


def _missing(found: Notified, now: datetime) -> str:
    if not found.missing:
        return ""
    ids = joined(_unnotified(each, now) for each in found.missing)
    more = f"<li>{wording.MORE_IDS.format(n=f'{found.more:,}')}</li>" if found.more else ""
    n = formats.count(len(found.missing) + found.more, "payment")
    said = wording.NOT_NOTIFIED.format(payments=n)
    return f"<details open><summary>{said}</summary><ul>{ids}{more}</ul></details>"


def _unnotified(found: Unnotified, now: datetime) -> str:
    age = wording.AGED.format(age=formats.minutes((now - found.created).total_seconds()))
    said = text(found.result or wording.NO_DELIVERY)
    return f"<li>{purchase(found.payment_intent)} {age}: {said}</li>"


def _share(title: str, note: str, share: Share, *, more: str = "") -> str:
    """Four parts, one below the other, so that those of all the shares begin on one line each."""
    big = wording.NO_SHARE if share.k is None else _percent(share)
    said = text(share.why) if share.k is None else f"{_counted(share)}{_interval(share.interval)}"
    return (
        f'<section class="gl-panel"><h2>{title}</h2><p class="gl-muted">{note}</p>'
        f'<p class="gl-big">{big}</p><div><p>{said}</p>{more}</div></section>'
    )


def _percent(share: Share) -> str:
    """One figure where it is exact, both bounds where a failure may be another endpoint's."""
    best, least = share.k or 0, share.k if share.least_k is None else share.least_k
    exact = formats.share(best, share.n)
    return exact if least == best else f"{formats.share(least or 0, share.n)} to {exact}"


def _counted(share: Share) -> str:
    least = share.k if share.least_k is None else share.least_k
    k = f"{share.k:,}" if least == share.k else f"{least:,} to {share.k:,}"
    return wording.K_OF_N.format(k=k, n=f"{share.n:,}")


def _interval(interval: Interval | None) -> str:
    if interval is None:
        return ""
    low, high = formats.tenths(interval.low), formats.tenths(interval.high)
    return f' <span class="gl-muted">{wording.WILSON.format(low=low, high=high)}</span>'


def _cells(panel: WebhookPanel) -> str:
    if not panel.rows:
        return f'<p class="gl-muted">{wording.NO_PAYMENT_YET}</p>'
    listed = table(
        wording.CELL_COLUMNS, (_row(row, panel) for row in panel.rows), label=wording.CELLS, kind="gl-cells"
    )
    return f"<section><h2>{wording.CELLS}</h2>{listed}</section>"


def _row(row: CellRow, panel: WebhookPanel) -> Sequence[str]:
    ids = joined(_told(each, panel) for each in row.told)
    more = f"<li>{wording.MORE_IDS.format(n=f'{row.more:,}')}</li>" if row.more else ""
    is_wrong = CheckResult.FAIL in (row.cell.webhook, row.cell.money)
    shown = "<details open>" if is_wrong else "<details>"
    listed = f"{shown}<summary>{wording.IDS}</summary><ul>{ids}{more}</ul></details>"
    results = (looks.badge(looks.of_result(each, lost=False)) for each in (row.cell.webhook, row.cell.money))
    return text(row.cell.name), f"{row.n:,}", *results, listed


def _told(told: Told, panel: WebhookPanel) -> str:
    age = formats.minutes((panel.judged_at - told.created).total_seconds())
    return f"<li>{purchase(told.payment_intent)} {wording.AGED.format(age=age)}</li>"


def _blind(panel: WebhookPanel) -> str:
    items = joined(f"<li>{text(sentence)}</li>" for sentence in panel.blind)
    return f'<ul class="gl-trace-notes">{items}</ul>' if panel.blind else ""


def _unknowable() -> str:
    items = joined(f"<li>{text(each)}</li>" for each in UNKNOWABLE)
    return f'<section class="gl-unknowable"><h2>{wording.UNKNOWABLE}</h2><ul>{items}</ul></section>'


def _source(panel: WebhookPanel) -> str:
    endpoints = (
        wording.ENDPOINTS_UNKNOWN if panel.endpoints is None else formats.count(panel.endpoints, "endpoint")
    )
    return wording.WEBHOOK_SOURCE.format(
        start=f"{formats.date(panel.truth.start)} {formats.clock_time(panel.truth.start)}",
        end=f"{formats.date(panel.truth.end)} {formats.clock_time(panel.truth.end)}",
        young=formats.count(panel.young, "payment"),
        grace=formats.span(panel.grace_s),
        endpoints=endpoints,
        requests=f"{panel.month_requests:,}",
    )
