"""The page on which one picks who to be: no script, no password, and no mistaking it for a real one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from starlette.responses import HTMLResponse

from rehearsal.people import Person

WHO = "who"
"""The field with the subject of whoever was picked."""

CANCEL = "cancel"
"""The value of that field for who does not want to sign in."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>REHEARSAL · scholar_auth</title><style>
:root {{ color-scheme: light dark;
  --page: #f6f7fa; --ink: #10172a; --quiet: #4a5268; --line: #8b93a7; --card: #fff; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #0b1020; --ink: #e8ecf6; --quiet: #b3bbcf; --line: #6d7690; --card: #161d33; }} }}
* {{ box-sizing: border-box; }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; background: var(--page); color: var(--ink); }}
.brand {{ padding: .5rem; background: repeating-linear-gradient(-45deg, #f5b83d 0 14px, #2b2205 14px 28px); }}
.brand p {{ margin: 0 auto; max-width: 44rem; padding: .3rem .8rem; border-radius: 7px;
  background: #fff3d4; color: #2b2205; }}
.brand strong {{ letter-spacing: .1em; margin-right: .5rem; }}
main {{ max-width: 44rem; margin: 0 auto; padding: 1rem; }}
h1 {{ font-size: 1.5rem; margin: .5rem 0; }}
ul {{ list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }}
button {{ font: inherit; width: 100%; min-height: 44px; padding: .5rem .8rem; text-align: left;
  cursor: pointer; border: 1px solid var(--line); border-radius: 8px; background: var(--card);
  color: var(--ink); font-weight: 650; }}
button:focus-visible {{ outline: 3px solid var(--ink); outline-offset: 2px; }}
small {{ display: block; margin: .15rem .2rem 0; color: var(--quiet); overflow-wrap: anywhere; }}
</style></head><body>
<div class="brand"><p><strong>REHEARSAL</strong>Nobody is proven to be anybody here.</p></div>
<main>{inside}</main></body></html>
"""

_FORM = """<h1>Who do you want to be?</h1>
<p>This is the scholar_auth of a rehearsal, in the place of your own identity provider. It knows no
passwords: pick a person, and {client} at {back} is told that this is you.</p>
<form method="post">{hidden}<ul>{people}</ul>
<button name="{who}" value="{cancel}">Do not sign in</button></form>
"""

_PERSON = """<li><button name="{who}" value="{subject}" aria-describedby="about-{subject}">{name}</button>
<small id="about-{subject}">{about}</small></li>"""


def pick(people: Iterable[Person], *, asked: Mapping[str, str], client: str, origin: str) -> HTMLResponse:
    """The page with everybody; what was asked for goes along with the pick. `origin` is where it leads."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    each = "".join(
        _PERSON.format(who=WHO, subject=escape(one.subject), name=escape(one.name), about=escape(one.about))
        for one in people
    )
    inside = _FORM.format(
        client=escape(client), back=escape(origin), hidden=hidden, people=each, who=WHO, cancel=CANCEL
    )
    # A browser holds what a form's answer leads to against the policy, too.
    return _answer(inside, status=200, leads_to=f"'self' {origin}")


def refusal(sentence: str) -> HTMLResponse:
    """The page for a question that may not be answered by sending anybody anywhere."""
    return _answer(f"<h1>Nobody can sign in like this</h1><p>{escape(sentence)}</p>", status=400)


def _answer(inside: str, *, status: int, leads_to: str = "'none'") -> HTMLResponse:
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {leads_to}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(_PAGE.format(inside=inside), status, headers=headers)
