"""Somebody signs in as a browser would, over HTTP with the real provider, for the cookie of their session."""

from __future__ import annotations

import httpx

from tests.bench.results import UnmeasurableError


def cookie_of(url: str, who: str) -> str:
    """The Cookie header of this person's browser once they have signed in at the golive there."""
    with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as browser:
        form = browser.get(f"{url}/sign-in")
        browser.post(form.url, data={"sub": who})
        told = browser.get(f"{url}/api/v1/board")
    if not told.is_success:
        raise UnmeasurableError(f"got {told.status_code} after {who} had signed in, expected the board")
    return told.request.headers["cookie"]
