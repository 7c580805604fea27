"""The top of the Control room as HTML: the verdict, why, what would change it, and how old all that is."""

from __future__ import annotations

from datetime import datetime

from dashboard.launch.view import View
from dashboard.ui import looks, wording
from dashboard.ui.markup import icon, joined, moment, text


def banner(view: View) -> str:
    """The verdict as a word, an icon and a colour, with its sentence."""
    look = looks.of_board(view.verdict)
    tone = "stale" if view.lost else look.tone
    change = (
        f'<p class="gl-change"><span class="gl-label">{wording.CHANGE_LABEL}</span> {text(view.change)}</p>'
        if view.change
        else ""
    )
    return (
        f'<section class="gl-banner gl-solid-{tone}" aria-labelledby="verdict">'
        f'<div class="gl-banner-main"><h1 id="verdict">{icon(look.icon)}'
        f'<span class="gl-word">{look.word}</span><span class="gl-word-lost">{wording.HOLD}</span></h1>'
        f'<p class="gl-sentence">{text(_without_word(view))}</p>{change}</div>{_facts(view)}</section>'
    )


def notices(view: View) -> str:
    """What stands between the verdict and the gates: a dead board, blindness, silent channels, warnings."""
    blind, warnings = ((), ()) if view.board is None else (view.board.blind, view.board.warnings)
    parts = (
        _notice(
            "lost", wording.LOST, "", (view.lost,) if view.lost and view.lost not in view.sentence else ()
        ),
        _notice("blind", wording.BLIND, wording.BLIND_NOTE, blind),
        _notice("warning", wording.UNDELIVERED, wording.UNDELIVERED_NOTE, view.undelivered),
        _notice("warning", wording.WARNINGS, "", (*view.notices, *warnings)),
    )
    return joined(parts)


def not_alive(view: View) -> str:
    """For every page without a banner, while the board is lost: what is on it is of before. Else empty."""
    if view.lost is None:
        return ""
    return f'<div class="gl">{_notice("lost", wording.NOT_ALIVE, wording.NOT_ALIVE_NOTE, (view.lost,))}</div>'


def _without_word(view: View) -> str:
    """The sentence may begin with the verdict, which stands above it already."""
    rest = view.sentence.removeprefix(f"{wording.BOARD_WORD[view.verdict]} — ")
    return rest[:1].upper() + rest[1:]


def _facts(view: View) -> str:
    oldest = None if view.board is None else view.board.oldest_input_at
    return (
        '<dl class="gl-facts">'
        f'<div class="gl-clock"><dt>{wording.CLOCK}</dt><dd><span class="gl-word">{text(view.clock)}</span>'
        f'<span class="gl-word-lost">{wording.HOLD}</span></dd></div>'
        f"{_fact(wording.JUDGED, view.judged_at)}{_fact(wording.OLDEST_INPUT, oldest)}"
        f"<div><dt>{wording.VERSION}</dt><dd>{view.version:,}</dd></div></dl>"
    )


def _fact(name: str, at: datetime | None) -> str:
    return f"<div><dt>{name}</dt><dd>{moment(at)}</dd></div>"


def _notice(kind: str, title: str, note: str, sentences: tuple[str, ...]) -> str:
    if not sentences:
        return ""
    items = joined(f"<li>{text(sentence)}</li>" for sentence in sentences)
    return (
        f'<div class="gl-notice gl-notice-{kind}" role="note">{icon("warning")}'
        f"<div><p><strong>{title}.</strong> {note}</p><ul>{items}</ul></div></div>"
    )
