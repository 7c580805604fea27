"""What is shown to who has not signed in: one page without a script, and the sentences of every refusal."""

from __future__ import annotations

from html import escape

TITLE = "golive"
NEEDED = "Sign in first."
SIGN_IN = "Sign in"
WHY = "This control room is for the people of a launch."
TOO_MANY = "Too many tries to sign in from your address; wait a minute."

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
  place-content: center; background: #f6f7fa; color: #10172a; text-align: center; }}
a {{ display: inline-block; padding: .6rem 1.6rem; border-radius: 8px; background: #1f4fd8; color: #fff;
  font-weight: 600; text-decoration: none; }}
a:focus-visible {{ outline: 3px solid #10172a; outline-offset: 2px; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0b1020; color: #e8ecf6; }}
  a:focus-visible {{ outline-color: #e8ecf6; }} }}
</style></head><body><main>
<h1>{title}</h1><p>{why}</p><p><a href="/sign-in">{sign_in}</a></p>
</main></body></html>
"""


def sign_in_html() -> str:
    """The page, with the link that begins to sign in."""
    return _PAGE.format(title=escape(TITLE), why=escape(WHY), sign_in=escape(SIGN_IN))
