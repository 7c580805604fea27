"""What is shown to who has not signed in: one page, and the sentences of every refusal."""

from __future__ import annotations

from dashboard import plain_page

NEEDED = "Sign in first."
SIGN_IN = "Sign in"
WHY = "This control room is for the people of a launch."
TOO_MANY = "Too many tries to sign in from your address; wait a minute."


def sign_in_html() -> str:
    """The page, with the link that begins to sign in."""
    return plain_page.html(WHY, "/sign-in", SIGN_IN)
