"""What is taken away: a receipt of each decision, as a file and to print, and the bundle of it all."""

from __future__ import annotations

from dashboard.access import Person
from dashboard.launch.evidence_view import Decided, EvidencePanel
from dashboard.ui import evidence_wording as words
from dashboard.ui.downloads import BUNDLE, PRINTABLE, RECEIPT, link
from dashboard.ui.markup import joined, text


def take_away_html(person: Person, panel: EvidencePanel) -> str:
    """A link for each file; it is made when it is asked for."""
    receipts = joined(_receipt(person, each, panel.run) for each in panel.decisions if each.size is not None)
    return (
        f'<div class="gl gl-heading">{receipts}<h2>{words.BUNDLE}</h2>'
        f'<p class="gl-muted">{text(words.BUNDLE_NOTE)}</p>'
        f'<p class="gl-downloads">{link(words.DOWNLOAD, BUNDLE, person, run=f"{panel.run}")}</p></div>'
    )


def _receipt(person: Person, each: Decided, run: int) -> str:
    said, asked = words.RECEIPT.format(verdict=each.verdict, index=each.index), {"decision": each.key}
    plain = link(said, RECEIPT, person, run=f"{run}", **asked)
    to_print = link(f"{said}, {words.PRINTABLE}", PRINTABLE, person, run=f"{run}", **asked)
    return f'<p class="gl-downloads">{plain}{to_print}</p>'
