"""A real proxy with TLS in front of dashboards: Caddy, with a certificate of its own making."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

STARTED_WITHIN_S = 30
_FILE = """{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    storage file_system {folder}/certificates
    log {{
        output discard
    }}
}}
https://localhost:{port} {{
    tls internal
{passed}
}}
"""

_PASSED = """    @at{to} path {path} {path}/*
    reverse_proxy @at{to} 127.0.0.1:{to} {{
{lost}
    }}"""


@contextmanager
def caddy(folder: Path, port: int, passed: Mapping[str, int], lost: str = "") -> Iterator[str]:
    """The address of a proxy that passes each path and what is below it to a port of this machine, as it is.
    `lost` is a header of the browser's that it does not pass on.
    """
    found = shutil.which("caddy")
    if found is None:
        missing = "No caddy was found, expected it on the PATH."
        if os.environ.get("GOLIVE_REQUIRE_PROXY") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    blocks = (
        _PASSED.format(path=path or "/*", to=to, lost=f"        header_up -{lost}" if lost else "")
        for path, to in passed.items()
    )
    file = folder / "Caddyfile"
    file.write_text(_FILE.format(folder=folder, port=port, passed="\n".join(blocks)))
    with subprocess.Popen(
        [found, "run", "--config", file, "--adapter", "caddyfile"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
    ) as process:
        try:
            _wait_for(port)
            yield f"https://localhost:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    """It listens before it has made its certificate, and until then breaks off what wants to speak TLS."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    until = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as bare:
                trusting.wrap_socket(bare, server_hostname="localhost").close()
        except OSError:
            assert time.monotonic() < until, "the proxy did not speak TLS"
            time.sleep(0.1)
        else:
            return
