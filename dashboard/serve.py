"""Serve the dashboard from this process, in whichever folder it was started.

Streamlit's options come from `.streamlit/config.toml` of golive itself and are all handed over here, so that
nothing depends on the working directory or on somebody's own configuration.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.entrance import ANYWHERE, Entrance
from dashboard.signin.provider import Provider

CONFIG = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
COOKIE_KEY = "STREAMLIT_SERVER_COOKIE_SECRET"
PROXIES = "FORWARDED_ALLOW_IPS"


def serve(
    *,
    host: str,
    port: int,
    app: st.App | None = None,
    provider: Provider | None = None,
    entrance: Entrance = ANYWHERE,
) -> None:
    """Serve until a stop signal. The port must be free; `dashboard.port` says so beforehand."""
    if app is None:
        from dashboard.app import build, open_wired_room

        app = build(open_wired_room, provider=provider, entrance=entrance)
    # Uvicorn reads whose word it takes of who comes from here alone, and takes this machine's by itself.
    os.environ[PROXIES] = ",".join(str(each) for each in entrance.proxies)
    if provider is not None:
        # Who is on the way to the provider may come back to another dashboard. Streamlit takes what this
        # cookie is signed with from here alone.
        os.environ[COOKIE_KEY] = provider.cookie_key.reveal()
    app.run(config=options(host=host, port=port, base_url_path=entrance.path))


def options(*, host: str, port: int, base_url_path: str = "") -> Mapping[str, Any]:
    """Every Streamlit option of this dashboard by its dotted name."""
    written = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    address = {"server.address": host, "server.port": port, "server.baseUrlPath": base_url_path}
    return dict(_dotted(written)) | address


def _dotted(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
