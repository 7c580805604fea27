"""The report in a bundle, for people: made from the sealed records alone, so that it is the same each time.

It says so itself: it proves nothing, the records do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from dashboard.sealing.reading import CAPTURES, record_of
from dashboard.store.store import Store
from dashboard.store.values import Run
from evidence.blobs import Blobs
from evidence.canonical import read
from evidence.contents import Decision, Erasure, Genesis, Review, content
from evidence.record import Kind, Predicate

HANDOVER = "handover.json"

_LONG = re.compile(r"[^\s&]{40,}")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
body{color:#1b1f24;background:#fff}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}
code{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
.brand{padding:.4rem .8rem;font-weight:700;letter-spacing:.06em;color:#fff;background:#6b3fa0}
.live{background:#a40e26}.note{color:#57606a}
.wide{overflow-x:auto}
@media print{body{margin:0}.wide{overflow:visible}table{font-size:.75rem}th,td{overflow-wrap:anywhere}}
"""


@dataclass(slots=True)
class _Told:
    """What the records say, sorted by what they are about."""

    genesis: Genesis | None = None
    recorded_at: str = ""
    decisions: list[tuple[int, Predicate, Decision]] = field(default_factory=list)
    events: list[tuple[int, Predicate]] = field(default_factory=list)
    flips: list[tuple[int, Predicate]] = field(default_factory=list)
    captures: list[tuple[int, Predicate, str]] = field(default_factory=list)
    reviews: dict[int, tuple[int, Predicate, Review]] = field(default_factory=dict)
    handled: list[tuple[int, Predicate]] = field(default_factory=list)
    anchors: int = 0
    handover: str | None = None

    @property
    def erased(self) -> frozenset[str]:
        """The digests of what is gone."""
        said = (each for _, each in self.handled if each.kind is Kind.ERASURE)
        return frozenset(content(each.data, Erasure).blob for each in said)


def report_of(store: Store, run: Run, blobs: Blobs, size: int) -> bytes:
    """The report over the first `size` records of a run. Raises `StoreError` and `BlobError`."""
    told = _told(store, run.id, size)
    controls = _json(blobs, "" if told.genesis is None else told.genesis.plan_sha256) or {}
    handed = _json(blobs, told.handover or "")
    parts = (
        _head(run, told, controls, size),
        _decisions(told),
        _items(told, controls.get("controls", [])),
        _unproven(told, controls.get("controls", [])),
        _waived(told),
        _handled(told),
        _handed(handed, was_frozen=told.handover is not None),
        _timeline(told),
        _flips(told),
    )
    body = "".join(parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>golive evidence</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    ).encode()


def _told(store: Store, run_id: int, size: int) -> _Told:
    told = _Told()
    for stored in store.evidence.each(run_id, size=size):
        record = record_of(stored)
        said = record.predicate
        told.recorded_at = said.recorded_at
        match said.kind:
            case Kind.GENESIS:
                told.genesis = content(said.data, Genesis)
            case Kind.DECISION | Kind.CLOSE:
                told.decisions.append((stored.index, said, content(said.data, Decision)))
                named = {subject.name: subject.digest.sha256 for subject in record.subject}
                told.handover = named.get(HANDOVER, told.handover)
            case Kind.EVENT:
                told.events.append((stored.index, said))
            case Kind.FLIP:
                told.flips.append((stored.index, said))
            case Kind.REVIEW:
                review = content(said.data, Review)
                told.reviews[review.of.index] = (stored.index, said, review)
            case Kind.ERASURE | Kind.KEY_ROTATE:
                told.handled.append((stored.index, said))
            case Kind.ANCHOR:
                told.anchors += 1
            case kind if kind in CAPTURES:
                told.captures.append((stored.index, said, record.subject[0].digest.sha256))
            case _:
                pass
    return told


def _json(blobs: Blobs, digest: str) -> Any:
    stream = blobs.open(digest) if digest else None
    if stream is None:
        return None
    with stream:
        return read(stream.read())


def _head(run: Run, told: _Told, controls: Mapping[str, Any], size: int) -> str:
    where = run.environment.value.upper()
    kind = "brand live" if where == "LIVE" else "brand"
    vkey = "" if told.genesis is None else told.genesis.vkey
    rows = (
        ("Launch", controls.get("title", "")),
        ("Run", f"{run.id}, attempt {run.attempt}"),
        ("Log key", vkey),
        ("Records", f"{size}, the newest of {told.recorded_at}"),
        ("Time stamps", f"{told.anchors}" if told.anchors else "none in the log"),
    )
    return (
        f'<p class="{kind}">{where}</p><h1>Evidence of a go-live</h1>'
        '<p class="note">Made from the sealed records, for reading. It proves nothing itself: '
        "<code>golive verify</code> or VERIFY.md says what the records prove.</p>"
        f"{_table(('What', 'Is'), rows)}"
    )


def _decisions(told: _Told) -> str:
    rows = [
        (
            f"{index}",
            said.recorded_at,
            decision.verdict,
            decision.gate,
            said.actor.role,
            said.actor.identity,
            ", ".join(f"{cited.index}" for cited in decision.evidence) or "none",
            ", ".join(decision.unmet) or "nothing",
            str(decision.event.get("reason", "")),
        )
        for index, said, decision in told.decisions
    ]
    columns = ("Record", "At", "Verdict", "On", "By", "Identity", "Rests on records", "Not met", "Reason")
    return f"<h2>Decisions</h2>{_table(columns, rows, none='Nobody decided anything.')}"


def _items(told: _Told, controls: Sequence[Mapping[str, Any]]) -> str:
    titles, erased = {each["id"]: each["title"] for each in controls}, told.erased
    rows = [
        (
            f"{index}",
            ", ".join(titles.get(control, control) for control in said.controls),
            said.kind.value,
            said.source.system,
            said.captured_at,
            said.recorded_at,
            said.actor.role,
            _review(told.reviews.get(index)),
            "erased" if digest in erased else digest,
        )
        for index, said, digest in told.captures
    ]
    columns = ("Record", "Item", "Kind", "System", "Captured", "Recorded", "By", "Review", "SHA-256")
    return f"<h2>Evidence</h2>{_table(columns, rows, none='Nothing was captured.')}"


def _review(found: tuple[int, Predicate, Review] | None) -> str:
    if found is None:
        return ""
    index, said, review = found
    word = "accepted" if review.accepted else f"refused: {review.reason_code}"
    return f"{word} by {said.actor.role}, record {index}"


def _unproven(told: _Told, controls: Sequence[Mapping[str, Any]]) -> str:
    if told.decisions:
        _, _, last = told.decisions[-1]
        unmet = set(last.unmet) if last.gate == "close" else None
    else:
        unmet = None
    if unmet is None:
        return '<h2>Not proven</h2><p class="note">The run is not closed; nothing is settled yet.</p>'
    rows = [(each["id"], each["title"]) for each in controls if each["id"] in unmet]
    return f"<h2>Not proven</h2>{_table(('Item', 'Title'), rows, none='All that is required is proven.')}"


def _waived(told: _Told) -> str:
    waiver = {"waiver asked for", "waiver granted", "waiver ended", "override granted"}
    rows = [_event(index, said) for index, said in told.events if said.data.get("what") in waiver]
    return f"<h2>Waived</h2>{_table(_EVENT_COLUMNS, rows, none='Nothing was waived.')}"


def _handled(told: _Told) -> str:
    rows = [(f"{index}", said.recorded_at, *_what(said), said.actor.role) for index, said in told.handled]
    columns = ("Record", "At", "What", "Why", "By")
    none = "Nothing was erased, and no key replaced."
    return f"<h2>Erased, and keys replaced</h2>{_table(columns, rows, none=none)}"


def _what(said: Predicate) -> tuple[str, str]:
    """What was done, and why, if that was said."""
    if said.kind is Kind.KEY_ROTATE:
        return "the recorder's key was replaced", ""
    erasure = content(said.data, Erasure)
    return f"erased: {erasure.blob}", erasure.reason_code


def _handed(handed: Mapping[str, Any] | None, *, was_frozen: bool) -> str:
    if handed is None:
        why = "They were frozen, and are not there any more." if was_frozen else "The run is not closed."
        return f'<h2>Figures at the end</h2><p class="note">{why}</p>'
    kpis = [
        (each["title"], each["target"], each["value"] or "not known", each["state"], each["why"])
        for each in handed["kpis"]
    ]
    gates = [
        (each["title"], each["verdict"], each["reason"])
        for each in (handed["board"] or {"gates": []})["gates"]
    ]
    return (
        f"<h2>Figures at the end</h2><p>Frozen at {_text(handed['cut_off'])}.</p>"
        f"<h3>Gates</h3>{_table(('Gate', 'Verdict', 'Why'), gates, none='Nothing was judged.')}"
        f"<h3>KPIs</h3>{_table(('KPI', 'Target', 'Value', 'State', 'Why'), kpis, none='None.')}"
        f"<h3>Reconciliation</h3>{_money(handed['money'])}"
    )


def _money(money: Mapping[str, Any]) -> str:
    if "classes" not in money:
        return f'<p class="note">{_text(money["why"])}</p>'
    rows = [
        (
            each["class"],
            each["currency"],
            f"{each['count']}",
            f"{each['stripe_cents']}",
            f"{each['ledger_cents']}",
            f"{each['drift_cents']}",
        )
        for each in money["classes"]
    ]
    columns = ("Class", "Currency", "Count", "Stripe, cents", "Ledger, cents", "Drift, cents")
    said = f"Stripe as of {money['stripe_as_of']}, ledger as of {money['ledger_as_of']}. {money['why']}"
    sums = [
        (part, name.removesuffix("_cents").replace("_", " "), *_valued(part, name, value, money["currency"]))
        for part in ("takings", "liability")
        for name, value in (money[part] or {}).items()
    ]
    unmatched = [(each["class"], each["id"], f"{each['age_s']} s") for each in money["unmatched"]]
    return (
        f"<p>{_text(said)}</p>{_table(columns, rows, none='No payment.')}"
        f"{_table(('Of', 'Figure', 'Value', 'Unit'), sums, none='No figures.')}"
        f"<h3>Unmatched</h3>{_table(('Class', 'Id', 'Age'), unmatched, none='Nothing is unmatched.')}"
    )


def _valued(part: str, name: str, value: int | None, currency: str) -> tuple[str, str]:
    """Money is in cents, what is owed in credits, and what is left are counts of payments."""
    if value is None:
        return "not known", ""
    if name.endswith("_cents"):
        return f"{value}", f"cents, {currency}"
    return f"{value}", "credits" if part == "liability" else "payments"


_EVENT_COLUMNS = ("Record", "At", "What", "About", "By", "Before", "After", "Reason")


def _timeline(told: _Told) -> str:
    rows = [_event(index, said) for index, said in told.events]
    return f"<h2>Timeline</h2>{_table(_EVENT_COLUMNS, rows, none='Nobody did anything.')}"


def _event(index: int, said: Predicate) -> Sequence[str]:
    names = ("recorded_at", "what", "subject", "role", "before", "after", "reason")
    return (f"{index}", *(str(said.data.get(name, "")) for name in names))


def _flips(told: _Told) -> str:
    rows = [
        (f"{index}", *(str(said.data.get(name, "")) for name in ("at", "gate", "before", "after")))
        for index, said in told.flips
    ]
    columns = ("Record", "At", "Gate", "Before", "After")
    return f"<h2>Flips</h2>{_table(columns, rows, none='No gate changed its verdict.')}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, none: str = "") -> str:
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    if not body:
        return f'<p class="note">{_text(none)}</p>'
    head = "".join(f"<th scope=col>{_text(column)}</th>" for column in columns)
    return (
        f"<div class=wide tabindex=0><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str]) -> Iterator[str]:
    return (f"<td>{_LONG.sub(_breakable, _text(cell))}</td>" for cell in row)


def _breakable(found: re.Match[str]) -> str:
    """What has no place to break, as a hash, would push its table off the page."""
    return f"<code>{found[0]}</code>"


def _text(value: str) -> str:
    return escape(str(value), quote=True)
