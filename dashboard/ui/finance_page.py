"""The Finance page: what does not match, the list to take away, and the money over time."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Person
from dashboard.finance.values import FinancePanel, Wanted
from dashboard.reconciliation.classes import Class
from dashboard.room import RefusedError
from dashboard.ui import finance_charts as charts
from dashboard.ui import finance_over_time as over_time
from dashboard.ui import finance_wording as words
from dashboard.ui import formats, state, wording
from dashboard.ui.finance_figures import summary_html, takings_html, users_html
from dashboard.ui.finance_list import list_html
from dashboard.ui.finance_take import take_away_html
from dashboard.ui.live import live
from dashboard.ui.markup import text
from dashboard.ui.room import room

_PACE_MS = 10_000  # a Plotly chart is remounted when it changes, and a list that is being read would move
_MOST_TEXT = 255


def finance(person: Person) -> None:
    """Figures, the list and charts, redrawn at a reader's pace."""
    head = f'<h1>{wording.FINANCE}</h1><p class="gl-muted">{words.FINANCE_NOTE}</p>'
    st.html(f'<div class="gl gl-heading">{head}</div>')
    # Whoever looks first waits until the books are open, which takes seconds.
    waiting = st.empty()
    waiting.html(f'<div class="gl"><p class="gl-muted">{words.READING}</p></div>')
    live(lambda: _draw(person), every_s=_PACE_MS // 1_000, pace_ms=_PACE_MS)
    waiting.empty()


def _draw(person: Person) -> None:
    wanted = _wanted()
    try:
        panel = room().finance(person, wanted)
    except RefusedError as refused:
        st.error(str(refused))
        return
    if panel.why:
        st.html(f'<div class="gl"><p class="gl-sentence">{text(panel.why)}</p></div>')
        return
    st.html(summary_html(panel))
    _list(person, panel, wanted)
    st.html(takings_html(panel))
    _over_time(panel)
    st.html(users_html(panel))


def _wanted() -> Wanted:
    """What the widgets say that are drawn below."""
    return Wanted.asked(state.picked(state.FINANCE_CLASSES), state.typed(state.FINANCE_TEXT))


def _over_time(panel: FinancePanel) -> None:
    st.html(_heading(words.CHARTS))
    step = st.radio(
        words.STEP,
        list(words.STEP_WORD),
        format_func=words.STEP_WORD.__getitem__,
        horizontal=True,
        key=state.FINANCE_STEP,
    )
    found, currency = over_time.buckets_of(panel, step), panel.currency
    if found:
        left, right = st.columns(2)
        with left:
            sales = charts.sales(found, step, currency)
            _chart(words.SALES, sales, over_time.sales_said(found, step, currency), "finance_sales")
            _owed(panel, step)
        with right:
            drift = charts.drift(found, step, currency)
            _chart(words.DRIFT, drift, over_time.drift_said(found, step, currency), "finance_drift")
            _ages(panel)
        st.html(over_time.buckets_html(found, step, panel))
        return
    since = f"{formats.date(panel.since)} {formats.clock_time(panel.since)}"
    st.info(words.NOTHING_SOLD.format(step=words.STEP_WORD[step], since=since))
    _ages(panel)


def _owed(panel: FinancePanel, step: str) -> None:
    found = over_time.buckets_of(panel, step)
    if panel.liability is None:
        _nothing(words.OWED_CREDITS, words.NOT_OWED)
        return
    _chart(words.OWED_CREDITS, charts.owed(found, step), over_time.owed_said(found, step), "finance_owed")


def _ages(panel: FinancePanel) -> None:
    bands = tuple(panel.ages)
    if not any(band.count for band in bands):
        _nothing(words.AGEING, words.NO_AGES)
        return
    _chart(words.AGEING, charts.ages(bands), over_time.ages_said(bands), "finance_ages")


def _chart(title: str, figure: object, said: str, key: str) -> None:
    st.html(f'<div class="gl"><h3>{text(title)}</h3><p class="gl-muted">{text(said)}</p></div>')
    alt = words.CHART_SAID.format(title=title, said=said)
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)


def _nothing(title: str, why: str) -> None:
    st.html(f'<div class="gl"><h3>{text(title)}</h3><p class="gl-muted">{text(why)}</p></div>')


def _list(person: Person, panel: FinancePanel, wanted: Wanted) -> None:
    st.html(_heading(words.LIST_OF_WANTED if wanted.is_narrowed else words.LIST))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="finance_narrow"):
        st.multiselect(
            words.FILTER_CLASSES,
            [each.value for each in Class],
            format_func=lambda each: words.CLASS_WORD[Class(each)],
            placeholder=words.OF_EVERY_CLASS if wanted.text else words.NOT_SETTLED,
            key=state.FINANCE_CLASSES,
        )
        st.text_input(
            words.FILTER_TEXT,
            key=state.FINANCE_TEXT,
            max_chars=_MOST_TEXT,
            placeholder=words.FILTER_TEXT_HINT,
        )
    st.html(take_away_html(person, panel, wanted) + list_html(panel, wanted))


def _heading(title: str) -> str:
    return f'<div class="gl gl-heading"><h2>{title}</h2></div>'
