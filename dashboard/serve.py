"""Serve the dashboard from this process, in whichever folder it was started.

Streamlit's options come from `.streamlit/config.toml` of golive itself and are all handed over here, so that
nothing depends on the working directory or on somebody's own configuration.
"""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

CONFIG = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"


class PortTakenError(Exception):
    """The address cannot be listened on; the message says which, and the mend."""


def serve(*, host: str, port: int, base_url_path: str = "", app: st.App | None = None) -> None:
    """Serve until a stop signal. The port must be free; `check_port` says so beforehand."""
    if app is None:
        from dashboard.app import app as wired

        app = wired
    app.run(config=options(host=host, port=port, base_url_path=base_url_path))


def check_port(*, host: str, port: int) -> None:
    """Raise `PortTakenError` where somebody else listens, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(
                f"Port {port} on {host} cannot be used ({error.strerror}), expected a free one; "
                f"stop what listens there or start with --port {port + 1}."
            ) from error


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
