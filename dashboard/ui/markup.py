"""Small pieces of HTML. Every text that comes from outside passes through `text`, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote

from dashboard.ui import formats, wording

_MARKDOWN = re.compile(r"([\\`*_\[\]$:~<>#])")
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_WIDTH, _HEIGHT, _PAD = 240, 48, 3
_DIGITS = 9
"""A number in an address has no more."""


class Html(str):
    """HTML that Streamlit takes as it is. It would look through a plain text character by character for
    indents, which takes longer than all else of drawing a board again.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(self)


def text(value: str) -> str:
    """A text, with everything that means something to HTML escaped."""
    return escape(value, quote=True)


def label(word: str, about: str) -> str:
    """The label of a button in Streamlit's Markdown: the word is seen, what it is about is read out only.

    The style sheet hides the emphasis; so twenty buttons that show "Skip" have twenty names.
    """
    plain = _MARKDOWN.sub(r"\\\1", about)
    return f"{word} *{plain}*"


def joined(parts: Iterable[str]) -> str:
    """Pieces of HTML, one after the other."""
    return "".join(parts)


def icon(name: str) -> str:
    """One icon of the style sheet; it says nothing that the word beside it does not say."""
    return f'<span class="gl-icon gl-icon-{name}" aria-hidden="true"></span>'


def remark(sentence: str) -> str:
    """A sentence that a reader has to see before what stands below it."""
    said = (
        f'<div class="gl-notice gl-notice-warning" role="note">{icon("warning")}<p>{text(sentence)}</p></div>'
    )
    return f'<div class="gl">{said}</div>'


def moment(at: datetime | None, *, missing: str = wording.NOT_YET) -> str:
    """A moment in UTC; the browser keeps the age beside it counting without asking the server. Both are one
    piece, which a line that sets its pieces apart does not tear.
    """
    if at is None:
        return f'<span class="gl-muted">{text(missing)}</span>'
    clock = f'<time datetime="{formats.iso(at)}">{formats.clock_time(at)}</time>'
    return f'<span>{clock}<span class="gl-age" data-golive-age="{formats.epoch_ms(at)}"></span></span>'


def dated(at: datetime) -> str:
    """A moment with its day, and its zone in words."""
    clock = f"{formats.date(at)} {formats.clock_time(at)} UTC"
    stamp = f'<time datetime="{formats.iso(at)}">{clock}</time>'
    return f'{stamp}<span class="gl-age" data-golive-age="{formats.epoch_ms(at)}"></span>'


def number(asked: str) -> int | None:
    """What an address names by a number, None for anything else."""
    return int(asked) if asked.isdecimal() and len(asked) <= _DIGITS else None


def link(page: str, shown: str) -> str:
    """HTML that leads to another page of golive, in this tab."""
    return f'<a href="{page}" target="_self">{shown}</a>'


def sealed(key: str, shown: str, *, run: int) -> str:
    """HTML that leads to the record of this key in the log of this run, where what is shown was sealed."""
    return link(f"evidence?run={run}&amp;record={quote(key, safe='')}", shown)


def purchase(intent: str) -> str:
    """A payment's id that leads to First dollar, in a tab of its own: the page with the id stays as it is."""
    to = f"first_dollar?purchase={quote(intent, safe='')}"
    return (
        f'<a href="{to}" target="_blank" rel="noopener" title="{wording.OPEN_PURCHASE}">'
        f"<code>{text(intent)}</code></a>"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, kind: str = "") -> str:
    """Rows of cells that are HTML, each with its head first. What is too wide scrolls, by keys too.

    Its id lets the browser's script put a redrawn table back to where it was scrolled.
    """
    head = joined(f'<th scope="col">{text(column)}</th>' for column in columns)
    body = joined(
        f'<tr><th scope="row">{first}</th>{joined(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    id_ = f"table-{_NOT_IN_ID.sub('-', label.lower())}"
    return (
        f'<div id="{id_}" class="gl-scroll {kind}" role="region" tabindex="0" aria-label="{text(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def sparkline(values: tuple[int, ...], *, label: str, colour: str) -> str:
    """A latency curve as an image with a text alternative; Streamlit lets no inline SVG through."""
    if len(values) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    points = _points(values)
    line = " ".join(f"{x},{y}" for x, y in points)
    area = f"{points[0][0]},{_HEIGHT} {line} {points[-1][0]},{_HEIGHT}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'preserveAspectRatio="none">'
        f'<polygon points="{area}" fill="{colour}" fill-opacity=".16"/>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    return f'<img class="gl-spark" alt="{text(label)}" src="data:image/svg+xml,{quote(svg)}">'


def _points(values: tuple[int, ...]) -> list[tuple[int, int]]:
    top = max(*values, 1)
    step = _WIDTH / (len(values) - 1)
    drop = _HEIGHT - 2 * _PAD
    return [(round(i * step), round(_HEIGHT - _PAD - drop * value / top)) for i, value in enumerate(values)]
