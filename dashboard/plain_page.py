"""A page without a script, for who gets no page of golive's: one sentence, and the one way on, if any."""

from __future__ import annotations

from html import escape

TITLE = "golive"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
  place-content: center; background: #f6f7fa; color: #10172a; text-align: center; }}
main {{ max-width: 34rem; padding: 1rem; overflow-wrap: anywhere; }}
a {{ display: inline-block; padding: .6rem 1.6rem; border-radius: 8px; background: #1f4fd8; color: #fff;
  font-weight: 600; text-decoration: none; }}
a:focus-visible {{ outline: 3px solid #10172a; outline-offset: 2px; }}
[role=alert] {{ border: 1px solid #b3211d; border-left-width: 6px; border-radius: 8px; padding: .6rem .9rem;
  text-align: left; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0b1020; color: #e8ecf6; }}
  a:focus-visible {{ outline-color: #e8ecf6; }} }}
</style></head><body><main>
<h1>{title}</h1><p>{sentence}</p>{alert}{way}
</main></body></html>
"""


def html(sentence: str, to: str | None = None, on: str = "", *, alert: str = "") -> str:
    """The sentence, what has just gone wrong, and a link to where `on` says that it goes, if anywhere."""
    said = f'<p role="alert">{escape(alert)}</p>' if alert else ""
    way = "" if to is None else f'<p><a href="{escape(to)}">{escape(on)}</a></p>'
    return _PAGE.format(title=escape(TITLE), sentence=escape(sentence), alert=said, way=way)
