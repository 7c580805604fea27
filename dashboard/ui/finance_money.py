"""What of a reconciliation's money is known, and how it is written. A sum of nothing is no amount of zero."""

from __future__ import annotations

from dashboard.finance.standing import is_believed, is_wrong
from dashboard.finance.values import AgeBand, FinancePanel, Named, Row, Takings
from dashboard.launch.money.trace_wording import money
from dashboard.reconciliation.classes import Class
from dashboard.reconciliation.line import Line
from dashboard.ui import finance_wording as words
from dashboard.ui import formats
from dashboard.ui.markup import text

_ONE_SIDED = frozenset(
    {
        Class.LEDGER_ONLY,
        Class.STRIPE_ONLY,
        Class.UNLINKED,
        Class.PENDING,
        Class.DUPLICATE_PAYMENT,
        Class.REFUNDED,
    }
)


def has_drift(line: Line, currency: str) -> bool:
    """Whether its drift was told: nothing is converted, and so what is in another currency has none."""
    return line.found is not Class.CURRENCY_MISMATCH and line.currency == currency


def stripe_of(line: Line) -> str:
    """Stripe's side of a class."""
    return _side(line.stripe_cents, line.currency, line.found)


def ledger_of(line: Line, currency: str) -> str:
    """The ledger's side: of a payment in the currency that is reconciled, of a purchase alone in its own."""
    theirs = line.currency if line.found in {Class.LEDGER_ONLY, Class.PENDING} else currency
    return _side(line.ledger_cents, theirs, line.found)


def drift_of(line: Line, currency: str) -> str:
    """The drift of a class with its sign."""
    told = formats.signed(line.drift_cents, line.currency) if has_drift(line, currency) else ""
    return _money(told or words.NOT_CONVERTED)


def row_stripe(row: Row) -> str:
    """Stripe's side of one row."""
    return _side(row.stripe_cents or 0, row.currency, row.found)


def row_ledger(row: Row, currency: str) -> str:
    """The ledger's side of one row."""
    return _side(row.ledger_cents or 0, row.currency if row.charge is None else currency, row.found)


def row_drift(row: Row, currency: str) -> str:
    """The drift of one row with its sign."""
    return _money(
        words.NOT_CONVERTED if row.drift_cents is None else formats.signed(row.drift_cents, currency)
    )


def drift_sum(panel: FinancePanel) -> str:
    """What the classes that do not match come to: two directions do not make each other good."""
    wrong = [line for line in panel.lines if is_wrong(line.found)]
    told = [line.drift_cents for line in wrong if has_drift(line, panel.currency)]
    much, little = sum(each for each in told if each > 0), sum(each for each in told if each < 0)
    parts = (
        _directed(words.TOO_MUCH, much, panel.currency),
        _directed(words.TOO_LITTLE, little, panel.currency),
        words.IN_ALL.format(drift=formats.signed(much + little, panel.currency)) if much and little else "",
        words.NO_DRIFT if told and not much and not little else "",
        words.NOT_COUNTED if len(told) < len(wrong) else "",
    )
    return ", ".join(filter(None, parts))


def identity(panel: FinancePanel) -> str:
    """Stripe's own gross, and the classes that it must be the sum of."""
    parts = [
        f"{bare(line.stripe_cents, line.currency)} {words.CLASS_WORD[line.found].lower()}"
        for line in panel.lines
        if line.currency == panel.currency and line.stripe_cents
    ]
    gross = panel.takings and formats.amount(panel.takings.gross_cents, panel.currency)
    total = f"{words.GROSS} {gross or words.NOT_KNOWN}"
    return f"{total} = {' + '.join(parts) or formats.amount(0, panel.currency)}"


def disbelief(panel: FinancePanel) -> str:
    """Why nothing is to be believed, with both sums; "" where it is."""
    if panel.broken or is_believed(panel) or panel.takings is None:
        return panel.broken
    return words.SUMS_DIFFER.format(
        classes=formats.amount(panel.gross_cents, panel.currency),
        gross=formats.amount(panel.takings.gross_cents, panel.currency),
    )


def is_net_known(said: Takings) -> bool:
    """Whether fees and net are of any payment at all, so that no zero is shown for nothing known."""
    return bool(said.net_cents or said.fee_cents) or not (said.fees_pending or said.wrong_net.count)


def left_out(said: Takings) -> list[str]:
    """What the net is without, a sentence each."""
    counted = ((words.FEE_PENDING, said.fees_pending), (words.NET_LEFT_OUT, said.wrong_net.count))
    return [sentence.format(payments=formats.count(n, "payment")) for sentence, n in counted if n]


def left(said: Takings, currency: str) -> tuple[str, str]:
    """What of the net is left once refunds and disputes are taken off it, and a note. It is known only where
    each part of it is: of every payment the fee, and both lists.
    """
    note = words.LEFT_NOTE
    if said.refunded_cents is None or said.disputed_cents is None or left_out(said):
        return words.NOT_KNOWN_YET, note
    kept = formats.amount(said.net_cents - said.refunded_cents - said.disputed_cents, currency)
    return kept, f"{note}; {words.DISPUTE_FEES}" if said.disputed_cents else note


def fee_alarms(panel: FinancePanel) -> list[tuple[str, str]]:
    """What is wrong with what Stripe kept, each a title and a sentence; none where nothing is."""
    said = panel.takings
    if said is None:
        return []
    told = (
        (words.WRONG_NET, words.WRONG_NET_SAID, said.wrong_net, "balance transaction"),
        (words.FEE_LATE, words.FEE_LATE_SAID, said.fees_late, "payment"),
    )
    return [
        (title, sentence.format(n=formats.count(found.count, noun), ids=_ids(found)))
        for title, sentence, found, noun in told
        if found.count
    ]


def _ids(found: Named) -> str:
    ids, more = ", ".join(found.ids), found.count - len(found.ids)
    return words.MORE_IDS.format(ids=ids, more=f"{more:,}") if more else ids


def band(age: AgeBand) -> str:
    """From when to when, in words."""
    least, below = formats.span(age.least_s), formats.span(age.below_s or 0)
    if age.below_s is None:
        return words.OLDER.format(least=least) if age.least_s else words.ANY_AGE
    return (
        words.BETWEEN.format(least=least, below=below) if age.least_s else words.YOUNGER.format(below=below)
    )


def bare(cents: int, currency: str) -> str:
    """An amount whose currency stands beside it already."""
    return money(cents, currency).removesuffix(f" {currency.upper()}")


def _directed(sentence: str, cents: int, currency: str) -> str:
    """The sentence says the direction, so the amount has no sign."""
    return sentence.format(drift=formats.amount(abs(cents), currency)) if cents else ""


def _side(cents: int, currency: str, found: Class) -> str:
    if not cents and found in _ONE_SIDED:
        return words.NONE
    if not cents and found is Class.CURRENCY_MISMATCH:
        return words.OTHER_CURRENCY
    return _money(formats.amount(cents, currency))


def _money(told: str) -> str:
    return f'<span class="gl-money">{text(told)}</span>'
