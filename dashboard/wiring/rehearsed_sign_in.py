"""Signing in with a rehearsal's own scholar_auth: what is made for it, and kept for the next start.

The file lies in the data folder, for its owner alone. Only `golive` with a rehearsal world reads it, and who
signs somebody of that rehearsal out: what a launch is told, it is told by its environment.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from dashboard.launch.plan import Role
from dashboard.settings import Settings, SettingsError
from dashboard.signin.provider import COOKIE_SECRET, NEEDED, ROLES_CLAIM, Provider, SignInError, read_provider
from dashboard.wiring.resolve import is_loopback

FILE = "rehearsal-sign-in.json"


def refuse_mixed(settings: Settings, environ: Mapping[str, str]) -> None:
    """Refuse what cannot go with a rehearsal's own provider. Raises `SettingsError`."""
    mixed = next((name for name in (*NEEDED, ROLES_CLAIM) if environ.get(name)), None)
    if mixed is not None:
        raise SettingsError(
            f"got --sign-in and {mixed}, expected one way to sign in; unset {mixed} for the rehearsal's own "
            "provider, or leave --sign-in out for yours"
        )
    if not is_loopback(settings.host):
        raise SettingsError(
            f"got --sign-in and the host {settings.host}, expected 127.0.0.1: the rehearsal's provider is "
            "reached from this machine alone"
        )


def world_options(settings: Settings, roles: Mapping[str, Role]) -> list[str]:
    """What the rehearsal world is told, so that people of this golive can sign in with it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    each = (f"{name}={role.title}" for name, role in roles.items())
    return ["--sign-in", f"http://{host}:{settings.port}", *_repeated("--role", each)]


def complete(data_dir: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The same environment with a cookies' secret, that of the last start where there was one: sign-ins and
    pseudonyms go on. Raises `OSError`.
    """
    found = {**environ, COOKIE_SECRET: _kept(data_dir).get(COOKIE_SECRET) or secrets.token_hex(32)}
    _keep(data_dir, {name: found[name] for name in NEEDED})
    return found


def kept_provider(data_dir: Path) -> Provider | None:
    """The provider of the rehearsal that was started here last with people who sign in."""
    try:
        return read_provider(_kept(data_dir))
    except SignInError as error:
        raise SettingsError(f"{data_dir / FILE}: {error}") from error


def _kept(data_dir: Path) -> Mapping[str, str]:
    file = data_dir / FILE
    if not file.exists():
        return {}
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise SettingsError(
            f"got no settings from {file} ({error}), expected JSON; remove it, and everybody signs in anew"
        ) from error


def _keep(data_dir: Path, told: Mapping[str, str]) -> None:
    """Write it so that a kill leaves either the old file or the new one, and for nobody else to read."""
    file = data_dir / FILE
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(msgspec.json.encode(told))
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)


def _repeated(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
