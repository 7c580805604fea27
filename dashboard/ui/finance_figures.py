"""The figures of the Finance page as HTML: as of when, what does not match, takings, liability, users."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.finance.standing import Standing, adds_up, is_believed, is_wrong, rows, standing
from dashboard.finance.values import AgeBand, Denials, FinancePanel, Liability, Spender, Takings
from dashboard.launch.money.purchase import AsOf
from dashboard.reconciliation.classes import MENDS, SENTENCES, Class
from dashboard.ui import finance_money as amounts
from dashboard.ui import finance_wording as words
from dashboard.ui import formats, looks
from dashboard.ui.looks import Look, badge
from dashboard.ui.markup import dated, joined, table, text

_RIGHT, _WRONG = {"tone": "go", "icon": "go"}, {"tone": "nogo", "icon": "nogo"}
_UNKNOWN = {"tone": "unknown", "icon": "unknown"}
_LOOKS = {
    Standing.NOT_BELIEVED: Look(word=words.NOT_BELIEVED, **_WRONG),
    Standing.NOT_MATCHED: Look(word=words.NOT_MATCHED, **_WRONG),
    Standing.FEES_NOT_RIGHT: Look(word=words.FEES_NOT_RIGHT, **_WRONG),
    Standing.NOTHING: Look(word=words.NOTHING_TO_MATCH, **_UNKNOWN),
    Standing.WAITING: Look(word=words.WAITING, **_UNKNOWN),
    Standing.AS_FAR_AS_READ: Look(word=words.AS_FAR_AS_READ, **_UNKNOWN),
    Standing.MATCHED: Look(word=words.ALL_MATCHED, **_RIGHT),
}


def summary_html(panel: FinancePanel) -> str:
    """What is to be read within five seconds, and under it what it is made of."""
    return (
        f'<div class="gl gl-page">{_alarm(panel)}{_as_of(panel)}{_blind(panel)}'
        f"{_verdict(panel)}{_classes(panel)}{_ageing(panel)}</div>"
    )


def takings_html(panel: FinancePanel) -> str:
    """What was taken, and what is owed for it."""
    return f'<div class="gl gl-page"><div class="gl-pair">{_takings(panel)}{_liability(panel)}</div></div>'


def users_html(panel: FinancePanel) -> str:
    """Who uses most, and which paying users were turned away."""
    return f'<div class="gl gl-page"><div class="gl-pair">{_spenders(panel)}{_denials(panel)}</div></div>'


def _alarm(panel: FinancePanel) -> str:
    why = amounts.disbelief(panel)
    told = [(words.BROKEN, why)] if why else []
    return joined(
        f'<div class="gl-alarm" role="alert"><p><strong>{title}</strong></p><p>{text(said)}</p></div>'
        for title, said in (*told, *amounts.fee_alarms(panel))
    )


def _as_of(panel: FinancePanel) -> str:
    since = f"{formats.date(panel.since)} {formats.clock_time(panel.since)} UTC"
    return (
        f'<dl class="gl-facts-line">{_side(text(words.PAYMENTS_AS_OF), panel.stripe)}'
        f"{_side(words.LEDGER_AS_OF, panel.ledger)}<div><dt>{words.SINCE}</dt><dd>{since}</dd></div></dl>"
    )


def _side(name: str, side: AsOf) -> str:
    at = words.NEVER_READ if side.at is None else dated(side.at)
    read = (
        ""
        if side.read_at is None
        else f'<span class="gl-muted">{words.READ_AT} {formats.clock_time(side.read_at)} UTC</span>'
    )
    why = f'<br><span class="gl-bad">{text(side.why)}</span>' if side.why else ""
    return f"<div><dt>{name}</dt><dd>{at} {read}{why}</dd></div>"


def _blind(panel: FinancePanel) -> str:
    items = joined(f"<li>{text(sentence)}</li>" for sentence in panel.blind)
    return f'<ul class="gl-trace-notes">{items}</ul>' if panel.blind else ""


def _verdict(panel: FinancePanel) -> str:
    look, said = _headline(panel)
    up = _adding_up(panel)
    line = text(amounts.identity(panel)) if panel.lines else ""
    return (
        f'<section class="gl-panel"><h2 id="finance-state">{badge(look)} {text(said)}</h2>'
        f'<p class="gl-identity">{badge(up) if line else ""} {line}</p></section>'
    )


def _headline(panel: FinancePanel) -> tuple[Look, str]:
    """The word for how the books stand, and what it is about."""
    stands, lines = standing(panel), panel.lines
    total = sum(line.count for line in lines)
    every = formats.count(total, "row")
    waiting = rows(lines, Class.PENDING)
    pending = words.ROWS_PENDING.format(rows=f"{waiting:,}", all=every, verb=_verb(waiting, "wait"))
    match stands:
        case Standing.NOT_BELIEVED:
            said = words.PROVES_NOTHING
        case Standing.NOT_MATCHED | Standing.FEES_NOT_RIGHT:
            wrong = rows(lines, *filter(is_wrong, Class))
            alarms = [title for title, _ in amounts.fee_alarms(panel)]
            parts = [_unmatched(panel, wrong, every) if wrong else "", pending if waiting else "", *alarms]
            said = "; ".join(filter(None, parts))
        case Standing.NOTHING:
            said = words.NOTHING_RECONCILED
        case Standing.WAITING:
            said = pending
        case Standing.AS_FAR_AS_READ:
            said = words.AS_FAR_AS.format(settled=_settled(panel, total))
        case Standing.MATCHED:
            said = _settled(panel, total)
    return _LOOKS[stands], said.format(rows=every)


def _settled(panel: FinancePanel, total: int) -> str:
    """That every row is settled; what was given back is not called a match."""
    if rows(panel.lines, Class.REFUNDED):
        return words.ONE_ROW_GIVEN_BACK if total == 1 else words.ALL_ROWS_SETTLED
    return words.ONE_ROW_MATCHES if total == 1 else words.ALL_ROWS_MATCH


def _unmatched(panel: FinancePanel, wrong: int, every: str) -> str:
    said = words.ROWS_DO_NOT_MATCH.format(
        rows=f"{wrong:,}",
        all=every,
        drift=amounts.drift_sum(panel),
    )
    return "; ".join(filter(None, (said, _oldest(panel.ages))))


def _verb(n: int, verb: str) -> str:
    return f"{verb}s" if n == 1 else verb


def _oldest(ages: Sequence[AgeBand]) -> str:
    found = [age for age in ages if age.count and is_wrong(age.found)]
    if not found:
        return ""
    return words.OLDEST.format(band=amounts.band(max(found, key=lambda age: age.least_s)))


def _adding_up(panel: FinancePanel) -> Look:
    up = adds_up(panel)
    if up is None:
        return Look(word=words.NOT_PROVEN, **_UNKNOWN)
    return Look(word=words.ADDS_UP, **_RIGHT) if up else Look(word=words.ADDS_NOT_UP, **_WRONG)


def _classes(panel: FinancePanel) -> str:
    if not panel.lines:
        return ""
    believed = is_believed(panel)
    rows = (
        (
            badge(looks.of_class(line.found, believed=believed)),
            f"{line.count:,}",
            amounts.drift_of(line, panel.currency),
            amounts.stripe_of(line),
            amounts.ledger_of(line, panel.currency),
            text(SENTENCES[line.found]),
            text(MENDS[line.found]),
        )
        for line in panel.lines
    )
    head = f'<h2>{words.CLASSES}</h2><p class="gl-muted">{words.CLASSES_NOTE}</p>'
    return (
        f"<section>{head}{table(words.CLASS_COLUMNS, rows, label=words.CLASSES, kind='gl-classes')}</section>"
    )


def _ageing(panel: FinancePanel) -> str:
    if not panel.ages:
        return ""
    bands = sorted({(age.least_s, age.below_s or 0): amounts.band(age) for age in panel.ages}.items())
    counts = {(age.found, age.least_s, age.below_s or 0): age.count for age in panel.ages}
    classes = [one for one in Class if any(age.found is one for age in panel.ages)]
    rows = [
        (
            words.CLASS_WORD[one],
            *(f"{counts[one, *key]:,}" if (one, *key) in counts else "" for key, _ in bands),
        )
        for one in classes
    ]
    columns = (words.AGE_COLUMN, *(name for _, name in bands))
    head = f'<h2>{words.AGEING}</h2><p class="gl-muted">{words.AGEING_NOTE}</p>'
    return f"<section>{head}{table(columns, rows, label=words.AGEING, kind='gl-narrow')}</section>"


def _takings(panel: FinancePanel) -> str:
    said = panel.takings
    body = f"<p>{words.NOT_KNOWN}</p>" if said is None else _taken(said, panel)
    return _section(words.TAKINGS, words.TAKINGS_NOTE, body)


def _taken(said: Takings, panel: FinancePanel) -> str:
    currency, is_known = panel.currency, amounts.is_net_known(said)
    fees = formats.amount(said.fee_cents, currency) if is_known else words.NOT_KNOWN_YET
    net = formats.amount(said.net_cents, currency) if is_known else words.NOT_KNOWN_YET
    missing = amounts.left_out(said)
    others = [words.OF_KNOWN_FEE] if is_known and missing else []
    left, left_note = amounts.left(said, currency)
    return _facts(
        (words.GROSS_TERM, formats.amount(said.gross_cents, currency), "", panel.stripe),
        (words.FEES, fees, "", panel.fees),
        (words.NET, net, "; ".join([words.NET_NOTE, *others, *missing]), panel.fees),
        _back(words.REFUNDS, said.refunds, said.refunded_cents, panel.refunds, currency),
        _back(words.DISPUTES, said.disputes, said.disputed_cents, panel.disputes, currency),
        (words.LEFT, left, left_note, None),
    )


def _back(
    term: str, count: int | None, cents: int | None, side: AsOf, currency: str
) -> tuple[str, str, str, AsOf]:
    """How many and how much; what was never read is not none."""
    if count is None or cents is None:
        return term, words.NOT_KNOWN_YET, "", side
    if not count and not cents:
        return term, words.NONE, "", side
    return term, f"{count:,}", formats.amount(cents, currency), side


def _liability(panel: FinancePanel) -> str:
    said = panel.liability
    body = f"<p>{words.NOT_KNOWN}</p>" if said is None else _owed(said)
    return _section(words.LIABILITY, words.LIABILITY_NOTE, body)


def _owed(said: Liability) -> str:
    line = words.LIABILITY_SUM.format(
        purchased=f"{said.purchased:,}",
        used=f"{said.used:,}",
        back=f"{said.taken_back:,}",
        net=f"{said.net:,}",
    )
    word = words.OWED if said.net > 0 else words.NOTHING_OWED if said.net == 0 else words.OVERDRAWN
    shown = badge(Look(word=word, **_WRONG)) if said.net < 0 else f"<strong>{word}</strong>"
    other = f"{words.OTHER}: {said.other:+,}" if said.other else ""
    return f'<p class="gl-big">{line}</p><p>{shown}</p><p class="gl-muted">{other}</p>'


def _spenders(panel: FinancePanel) -> str:
    rows = [_spender(spender) for spender in panel.spenders]
    listed = table(words.SPENDER_COLUMNS, rows, label=words.SPENDERS, kind="gl-narrow")
    return _section(words.SPENDERS, words.SPENDERS_NOTE, listed if rows else f"<p>{words.NO_SPENDERS}</p>")


def _spender(spender: Spender) -> Sequence[str]:
    counted = (spender.used, spender.taken_back, spender.purchased)
    return f"<code>{text(spender.user)}</code>", *(f"{credits:,}" for credits in counted)


def _denials(panel: FinancePanel) -> str:
    said = panel.denials
    body = f"<p>{text(panel.no_denials or words.NOT_KNOWN)}</p>" if said is None else _denied(said)
    return _section(words.DENIALS, words.DENIALS_NOTE, body)


def _denied(said: Denials) -> str:
    line = words.DENIED.format(n=formats.count(said.n, "denial"), of_paying=f"{said.of_paying:,}")
    rows = [(f"<code>{text(user)}</code>", f"{times:,}") for user, times in said.paying]
    listed = table(words.DENIAL_COLUMNS, rows, label=words.DENIALS, kind="gl-narrow") if rows else ""
    return f'<p class="gl-big">{line}</p>{listed}'


def _section(title: str, note: str, body: str) -> str:
    return f'<section class="gl-panel"><h2>{title}</h2><p class="gl-muted">{note}</p>{body}</section>'


def _facts(*facts: tuple[str, str, str, AsOf | None]) -> str:
    items = joined(
        f'<div><dt>{name}</dt><dd><span class="gl-money">{text(value)}</span> '
        f'<span class="gl-muted">{text(note)} {_as_of_list(side)}</span></dd></div>'
        for name, value, note, side in facts
    )
    return f'<dl class="gl-facts-line">{items}</dl>'


def _as_of_list(side: AsOf | None) -> str:
    """When the list of a figure was read; nothing of one that is of several."""
    return "" if side is None or side.at is None else f"{words.AS_OF} {dated(side.at)}"
