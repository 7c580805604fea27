"""The list to take away: a file of every row that is wanted, made when it is asked for and not before."""

from __future__ import annotations

from dashboard.access import Person
from dashboard.finance.values import FinancePanel, Wanted
from dashboard.ui import finance_wording as words
from dashboard.ui import formats
from dashboard.ui.downloads import FINANCE, finance_asked, link
from dashboard.ui.markup import joined, text


def take_away_html(person: Person, panel: FinancePanel, wanted: Wanted) -> str:
    """A link for each kind of file, where there is a row to take."""
    if not panel.found:
        return ""
    asked = finance_asked(wanted)
    links = joined(link(words.DOWNLOADS[kind], what, person, **asked) for kind, what in FINANCE.items())
    note = words.DOWNLOADS_NOTE.format(rows=formats.count(panel.found, "row"))
    return (
        f'<div class="gl"><p class="gl-downloads">{links}<span class="gl-muted">{text(note)}</span></p></div>'
    )
