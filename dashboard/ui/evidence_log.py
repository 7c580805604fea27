"""The log of a run as HTML: its heads and time stamps, the decisions in it, and one record opened."""

from __future__ import annotations

from datetime import datetime

from dashboard.launch.evidence_view import Decided, EvidencePanel, LogState, OpenedRecord, StampedHead
from dashboard.launch.plan import Role
from dashboard.launch.proof import Reviewed
from dashboard.ui import evidence_wording as words
from dashboard.ui import formats
from dashboard.ui.evidence_items import record_link, role_title
from dashboard.ui.markup import joined, link, moment, table, text

_SHOWN = 12
"""So many heads are listed, the newest: the others are in the bundle."""


def log_html(log: LogState) -> str:
    """How far it goes, who stamped it, and what waits."""
    state = words.CLOSED_LOG if log.is_closed else words.OPEN_LOG
    facts = zip(words.LOG_FACTS, (f"{log.size:,}", log.vkey, state), strict=True)
    listed = joined(
        f"<div><dt>{text(name)}</dt><dd><code>{text(value)}</code></dd></div>" for name, value in facts
    )
    rows = _heads(log.heads)[:_SHOWN]
    heads = table(words.LOG_COLUMNS, rows, label=words.LOG)
    waits = joined(f'<p class="gl-warn-line">{text(line)}</p>' for line in _waiting(log))
    return (
        f'<div class="gl gl-page"><section class="gl-panel"><h2>{words.LOG}</h2>'
        f'<dl class="gl-facts-line gl-wrap">{listed}</dl>{waits}{heads}</section></div>'
    )


def _waiting(log: LogState) -> list[str]:
    lines = []
    if log.unsealed > 0:
        lines.append(words.UNSEALED.format(n=formats.count(log.unsealed, "event")))
    if log.pending:
        lines.append(words.PENDING.format(names=", ".join(log.pending)))
    if not log.pending and not any(head.stamps for head in log.heads):
        lines.append(words.UNSTAMPED)
    return lines


def _heads(heads: tuple[StampedHead, ...]) -> list[tuple[str, str, str]]:
    """The newest first. What no stamp is on may still be under a later one, which covers all before it."""
    rows, unstamped = [], words.NOT_STAMPED
    for head in reversed(heads):
        stamps = joined(f"<span>{text(tsa)} {moment(at)}</span> " for tsa, at in head.stamps)
        rows.append((f"{head.size:,}", f"<code>{head.root[:16]}…</code>", stamps or unstamped))
        if head.stamps:
            unstamped = words.STAMPED_LATER.format(size=f"{head.size:,}")
    return rows


def runs_html(runs: tuple[int, ...]) -> str:
    """Where the evidence of each of these runs is."""
    listed = " · ".join(link(f"evidence?run={run}", words.RUN.format(run=run)) for run in runs)
    return f'<div class="gl gl-heading"><h2>{words.EARLIER}</h2><p>{listed}</p></div>'


def earlier_html(run: int) -> str:
    """What stands above the evidence of an earlier run."""
    name, back = text(words.RUN.format(run=run)), link("evidence", words.BACK_TO_NOW)
    note = f'<p class="gl-muted">{words.EARLIER_NOTE} {back}</p>'
    return f'<div class="gl gl-heading"><h2>{name[:1].upper()}{name[1:]}</h2>{note}</div>'


def decisions_html(panel: EvidencePanel, roles: dict[str, Role]) -> str:
    """Every decision with what it rests on."""
    found, titles = panel.decisions, {each.item.id: each.item.title for each in panel.standings}
    note = f'<p class="gl-muted">{text(words.DECISIONS_NOTE)}</p>'
    if not found:
        body = f'<p class="gl-muted">{words.NO_DECISIONS}</p>'
    else:
        body = table(
            words.DECISION_COLUMNS,
            [_decided(each, titles, roles, panel.run) for each in found],
            label=words.DECISIONS,
        )
    return f'<div class="gl"><h2>{words.DECISIONS}</h2>{note}{body}</div>'


def _decided(each: Decided, titles: dict[str, str], roles: dict[str, Role], run: int) -> tuple[str, ...]:
    unmet = ", ".join(titles.get(name, name) for name in each.unmet) or words.NOTHING_UNMET
    return (
        f"<strong>{text(each.verdict)}</strong>",
        f"{formats.date(each.recorded_at)} {formats.clock_time(each.recorded_at)} UTC",
        text(role_title(each.role, roles)),
        formats.count(each.rests_on, "record"),
        text(unmet),
        record_link(each.index, run),
    )


def record_html(record: OpenedRecord, roles: dict[str, Role]) -> str:
    """All that one record says, and where it stands."""
    cited = joined(f"{text(each.verdict)} {record_link(each.index, record.run)} " for each in record.cited_by)
    system = f"{record.system}, {record.environment} {record.url}"
    values = (
        text(record.proves or record.kind),
        text(f"{record.role} ({record.identity})"),
        text(_at(record.captured_at)),
        text(_at(record.recorded_at)),
        text(_bounds(record)),
        text(_looked_at(record.review, roles)),
        text(system.strip()),
        text(f"{record.method} ({record.tool})"),
        text(record.gate),
        cited or words.NOT_RELIED_ON,
        f"<code>{text(record.leaf)}</code>",
        f"<code>{text(record.prev)}</code>",
    )
    rows = joined(
        f'<tr><th scope="row">{text(name)}</th><td>{value}</td></tr>'
        for name, value in zip(words.FACTS, values, strict=True)
    )
    title = words.OPENED.format(index=record.index, kind=record.kind)
    return (
        f'<div class="gl gl-page"><section class="gl-panel gl-record"><h2 id="record">{text(title)}</h2>'
        f"<table>{rows}</table><h3>{words.SAYS}</h3><pre>{text(record.data)}</pre></section></div>"
    )


def _looked_at(review: Reviewed | None, roles: dict[str, Role]) -> str:
    """The second person's word."""
    if review is None:
        return words.NOT_LOOKED_AT
    line = words.REVIEWED_BY if review.accepted else words.REFUSED_BY
    return line.format(role=role_title(review.role, roles), reason=review.reason)


def _bounds(record: OpenedRecord) -> str:
    """Between which time stamps it was recorded: an authority's word, not ours."""
    start, end = record.not_before, record.not_after
    parts = (
        "" if start is None else words.BOUNDED_AFTER.format(start=_at(start)),
        "" if end is None else words.BOUNDED_BEFORE.format(end=_at(end)),
    )
    return ", ".join(part for part in parts if part) or words.NOT_BOUNDED


def _at(at: datetime) -> str:
    return f"{formats.date(at)} {formats.clock_time(at)} UTC"
