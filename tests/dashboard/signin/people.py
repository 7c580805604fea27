"""Somebody who has signed in, as Streamlit's own login would tell it."""

from __future__ import annotations

import json
from typing import Any

from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from dashboard.signin.provider import Provider, read_provider
from dashboard.signin.session import USER_COOKIE

SECRET = "a-secret-of-golive-" + "x" * 32
ROLES = ("ceo", "coordinator", "chair")
"""Those of the launch's plan."""

TOLD = {
    "GOLIVE_SIGN_IN_ISSUER": "https://id.example.com",
    "GOLIVE_SIGN_IN_CLIENT_ID": "golive",
    "GOLIVE_SIGN_IN_CLIENT_SECRET": "s" * 32,
    "GOLIVE_PUBLIC_URL": "https://ops.example.com",
    "GOLIVE_SIGN_IN_COOKIE_SECRET": SECRET,
}


def provider(**changed: str) -> Provider:
    """The provider of the launch."""
    found = read_provider(TOLD | changed)
    assert found is not None
    return found


def cookies(secret: str | None = None, name: str = USER_COOKIE, **claims: Any) -> dict[str, str]:
    """What the browser of Ada, the CEO, brings; with some of it changed."""
    told = {
        "iss": "https://id.example.com",
        "sub": "ada",
        "roles": ["ceo"],
        "origin": "https://ops.example.com",
        "is_logged_in": True,
        "provider": "default",
    }
    key = secret or provider().cookie_key.reveal()
    return {name: create_signed_value(key, name, json.dumps(told | claims)).decode()}
