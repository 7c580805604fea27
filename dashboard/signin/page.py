"""What is shown to who has not signed in: one page, and the sentences of every refusal."""

from __future__ import annotations

from dashboard import plain_page

NEEDED = "Sign in first."
SIGN_IN = "Sign in"
WHY = "This control room is for the people of a launch."
UNANSWERED = (
    "The identity provider did not answer as one does, and nobody was signed in. Try again in a minute; if "
    "it stays so, tell whoever keeps it."
)
UNBELIEVED = (
    "The identity provider answered, and golive does not believe its answer: nobody was signed in. To try "
    "again does not help before it is mended; tell whoever keeps it. golive's log says what was wrong."
)
REFUSED = (
    "The identity provider did not sign you in. Try again; if you should be let in, ask whoever keeps it."
)
STALE = "This sign-in was not begun in this browser, or too long ago. Begin it again here."
TOO_MANY = "Too many tries to sign in from your address; wait a minute."


def sign_in_html(to: str, said: str = "") -> str:
    """The page, with the link that begins to sign in, and why it did not come to that before."""
    return plain_page.html(WHY, to, SIGN_IN, alert=said)
