"""What came back from each probe of a source, as HTML: the last answer's facts and every failed answer."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.observation import CollectorFailure, Observation, Sample
from dashboard.launch.view import ProbeHistory, ServiceHistory
from dashboard.ui import formats, wording
from dashboard.ui.drawn import Drawn
from dashboard.ui.markup import icon, joined, moment, text

_OPEN_FAILURES = 5


def draw(history: ServiceHistory) -> str:
    """All probes of the source, one section each."""
    return f'<div class="gl gl-page">{joined(_probe(probe) for probe in history.probes)}</div>'


answers_html = Drawn(draw)


def _probe(history: ProbeHistory) -> str:
    newest = history.samples[0] if history.samples else None
    judges = ", ".join(history.gates) if history.gates else wording.JUDGES_NOTHING
    return (
        f'<section class="gl-panel"><div class="gl-probe-head"><h2>{text(history.probe)}</h2>{_state(newest)}'
        f'<span class="gl-muted">{wording.JUDGES}: {text(judges)}</span></div>{_asked(newest)}'
        f'<div class="gl-halves"><div>{_facts(history)}</div><div>{_failures(history)}</div></div></section>'
    )


def _state(newest: Sample | None) -> str:
    if newest is None:
        return f'<span class="gl-badge gl-unknown">{icon("unknown")}{wording.NOT_YET}</span>'
    if isinstance(newest, CollectorFailure):
        return (
            f'<span class="gl-badge gl-unknown">{icon("unknown")}{wording.REASON_WORD[newest.reason]}</span>'
        )
    return f'<span class="gl-badge gl-stale">answered in {formats.duration(newest.elapsed_ms)}</span>'


def _asked(newest: Sample | None) -> str:
    if newest is None:
        return ""
    parts = [f"<code>{text(newest.asked)}</code>", f"asked {moment(newest.observed_at)}"]
    if newest.status is not None:
        parts.append(f"status {newest.status}")
    if newest.request_id:
        parts.append(f"request <code>{text(newest.request_id)}</code>")
    return f'<p class="gl-meta">{joined(f"<span>{part}</span>" for part in parts)}</p>'


def _facts(history: ProbeHistory) -> str:
    answer = next((sample for sample in history.samples if isinstance(sample, Observation)), None)
    if answer is None:
        return f'<p class="gl-muted">{wording.NO_FACTS}</p>'
    rows = joined(
        f'<tr><th scope="row">{text(name)}</th><td><code>{text(formats.fact(value))}</code></td></tr>'
        for name, value in _with_origin(answer)
    )
    caption = f"{wording.LAST_FACTS}, {formats.clock_time(answer.observed_at)} UTC"
    return f"<table><caption>{caption}</caption>{rows}</table>"


def _with_origin(answer: Observation) -> Sequence[tuple[str, bool | int | str]]:
    origin = {"build": answer.build, "account": answer.account, "livemode": answer.livemode}
    extra = [
        (name, value) for name, value in origin.items() if value is not None and name not in answer.facts
    ]
    return [*answer.facts.items(), *extra]


def _failures(history: ProbeHistory) -> str:
    failed = [sample for sample in history.samples if isinstance(sample, CollectorFailure)]
    if not failed:
        return f'<p class="gl-muted">{wording.NO_FAILED.format(n=len(history.samples))}</p>'
    caption = f"{wording.FAILED_ANSWERS}: {len(failed)} of the newest {len(history.samples)} attempts"
    table = _table(failed[:_OPEN_FAILURES], history.probe, caption)
    older = failed[_OPEN_FAILURES:]
    if not older:
        return table
    summary = f"<summary>{wording.OLDER_FAILED.format(n=len(older))}</summary>"
    folded = _table(older, f"{history.probe}, {wording.OLDER}", wording.OLDER)
    return f'{table}<details id="failed-{text(history.probe)}">{summary}{folded}</details>'


def _table(failed: Sequence[CollectorFailure], of: str, caption: str) -> str:
    rows = joined(_failure(sample) for sample in failed)
    heads = joined(f'<th scope="col">{name}</th>' for name in ("At", "Why", "Detail", "Asked", "After"))
    label = text(f"{wording.FAILED_ANSWERS}, {of}")
    return (
        f'<div class="gl-scroll gl-failed" role="region" tabindex="0" aria-label="{label}">'
        f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _failure(sample: CollectorFailure) -> str:
    return (
        f"<tr><td>{moment(sample.observed_at)}</td><td><strong>{wording.REASON_WORD[sample.reason]}</strong></td>"
        f"<td>{text(sample.detail)}</td><td><code>{text(sample.asked)}</code></td>"
        f"<td>{formats.duration(sample.elapsed_ms)}</td></tr>"
    )
