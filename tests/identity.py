"""A real identity provider in a process of its own, with people whose roles it tells.

In a process, because its libraries warn of each other, and here a warning is an error.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
WITHIN_S = 30
PEOPLE: dict[str, list[str]] = {
    "ada": ["ceo"],
    "robin": ["coordinator", "chair"],
    "vera": ["viewer"],
    "mallory": ["janitor"],
    "nobody": [],
}


@contextmanager
def identity_provider(port: int) -> Iterator[str]:
    """Its address, for as long as it runs."""
    issuer = f"http://localhost:{port}"
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"{issuer}/.well-known/openid-configuration")
            yield issuer
        finally:
            process.terminate()


def settings(issuer: str, public_url: str) -> dict[str, str]:
    """What golive is told, so that people sign in with it."""
    return {
        "GOLIVE_SIGN_IN_ISSUER": issuer,
        "GOLIVE_SIGN_IN_CLIENT_ID": "golive",
        "GOLIVE_SIGN_IN_CLIENT_SECRET": "a secret of a test",
        "GOLIVE_PUBLIC_URL": public_url,
        "GOLIVE_SIGN_IN_COOKIE_SECRET": "c" * 32,
    }


def _wait_for(url: str) -> None:
    until = time.monotonic() + WITHIN_S
    while True:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def main() -> None:
    """Serve until terminated."""
    from oidc_provider_mock import User, app
    from werkzeug.serving import make_server

    users = [User(sub=name, claims={"roles": roles}) for name, roles in PEOPLE.items()]
    make_server("localhost", int(sys.argv[1]), app(user_claims=users), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
