"""What must be proven, as HTML: one card an item, with its state, its window and what was captured."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.launch.clock import t_text
from dashboard.launch.evidence_view import EvidencePanel
from dashboard.launch.plan import Role
from dashboard.launch.plan_evidence import EvidenceItem
from dashboard.launch.proof import Capture, Standing
from dashboard.ui import evidence_wording as words
from dashboard.ui import looks
from dashboard.ui.markup import joined, moment, sealed, text

_MINUTE_S = 60
MOST = 30
"""So many cards are drawn."""
MOST_OTHERS = 5
"""So many of what counts for nothing are named."""


def items_html(panel: EvidencePanel, roles: dict[str, Role]) -> str:
    """How complete it is, and every item."""
    found = panel.completeness
    head = words.COMPLETE.format(k=found.k, n=found.n) if found.n else words.NOTHING_REQUIRED
    look = looks.of_completeness(found)
    shown, proven = _shown(panel.standings)
    cards = joined(_card(each, roles, panel.run) for each in shown)
    rest = words.NOT_SHOWN.format(n=f"{proven:,}") if proven else ""
    return (
        f'<div class="gl gl-page"><section class="gl-panel"><h2 id="completeness">{looks.badge(look)} '
        f'{text(head)}</h2></section><ol class="gl-items">{cards}</ol>'
        f'<p class="gl-muted">{text(rest)}</p></div>'
    )


def _shown(found: Sequence[Standing]) -> tuple[Sequence[Standing], int]:
    """All of them, in the order of the plan; of very many what is not proven first, and how many are left."""
    if len(found) <= MOST:
        return found, 0
    ordered = sorted(found, key=lambda each: each.counts)
    return ordered[:MOST], len(found) - MOST


def _card(standing: Standing, roles: dict[str, Role], run: int) -> str:
    item, look = standing.item, looks.of_item(standing.state)
    parts = [
        roles[item.owner].title,
        words.KIND_WORD[item.kind],
        words.WINDOW.format(**window(item)),
        "" if item.required else words.OPTIONAL,
        words.BEFORE_GO if item.before == "go" else "",
    ]
    meta = joined(f"<span>{text(part)}</span>" for part in parts if part)
    captured = "" if standing.capture is None else _captured(standing, standing.capture, roles, run)
    return (
        f'<li class="gl-hop-{look.tone}" id="item-{text(item.id)}"><p><strong>{text(item.title)}</strong></p>'
        f"{looks.badge(look)}<p>{text(item.proves)}</p>"
        f'<p class="gl-meta">{meta}</p>{captured}<p class="gl-muted">{_others(standing, run)}</p></li>'
    )


def window(item: EvidenceItem) -> dict[str, str]:
    """From when and up to when it counts, by the clock of the run."""
    start = words.FROM_THE_START if item.from_min is None else t_text(item.from_min * _MINUTE_S)
    return {"start": start, "end": t_text(item.to_min * _MINUTE_S)}


def _others(standing: Standing, run: int) -> str:
    """What else was captured, each to be opened: the newest, and how many there are."""
    if not standing.others:
        return ""
    newest = sorted((each.index for each in standing.others), reverse=True)[:MOST_OTHERS]
    listed = " ".join(record_link(index, run) for index in newest)
    return f"{text(words.OTHERS.format(n=len(standing.others)))}: {listed}"


def _captured(standing: Standing, capture: Capture, roles: dict[str, Role], run: int) -> str:
    said = [
        f"{moment(capture.recorded_at)}",
        text(words.CAPTURED_BY.format(role=role_title(capture.role, roles))),
    ]
    review = standing.review
    if review is not None:
        line = words.REVIEWED_BY if review.accepted else words.REFUSED_BY
        said.append(text(line.format(role=role_title(review.role, roles), reason=review.reason)))
    parts = joined(f"<span>{part}</span>" for part in said)
    return f'<p class="gl-meta">{parts} {record_link(capture.index, run)}</p>'


def record_link(index: int, run: int) -> str:
    """Where one record of the log of a run is opened."""
    return sealed(f"{index}", words.RECORD.format(index=index), run=run)


def role_title(role: str, roles: dict[str, Role]) -> str:
    """What a role is called; golive itself by its name."""
    return roles[role].title if role in roles else role
