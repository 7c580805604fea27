"""`golive sign-out`: ends every session of one person, by whoever keeps this golive."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from collectors.observation import Environment
from dashboard.access import SHOWN_OF_PSEUDONYM
from dashboard.commands.terminal import OUT, Exit, explained
from dashboard.settings import Settings, SettingsError
from dashboard.signin.provider import NEEDED, Provider
from dashboard.signin.session import PSEUDONYM_LENGTH, pseudonym
from dashboard.steady import Host
from dashboard.store.store import Store
from dashboard.wiring.rehearsed_sign_in import kept_provider
from dashboard.wiring.stores import open_existing_store

NS = 1_000_000_000
_SHOWN = re.compile(f"[0-9a-f]{{{SHOWN_OF_PSEUDONYM},{PSEUDONYM_LENGTH}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """Whom, where, and that every session has ended that had begun by `at_s`, in seconds since 1970."""

    pseudonym: str
    environment: str
    at_s: int


def sign_out(
    settings: Settings, who: str, *, is_pseudonym: bool, environment: Environment | None, as_json: bool
) -> Exit:
    """End every session of the person with this subject of the provider, or this pseudonym. 0: kept for every
    dashboard; 3: not.
    """
    with explained(), open_existing_store(settings, environment) as store:
        found = _acted(store, who) if is_pseudonym else pseudonym(_provider(settings, store.environment), who)
        done = SignedOut(pseudonym=found, environment=store.environment.value, at_s=Host().wall_ns() // NS)
        store.sign_out(done.pseudonym, done.at_s)
    if as_json:
        OUT.print(msgspec.json.encode(done).decode(), markup=False)
    else:
        OUT.print(
            f"{done.environment}: {done.pseudonym} is signed out at every dashboard, within a second or two; "
            "golive cannot tell whether they were signed in. They can sign in again, with the roles of then.",
            markup=False,
        )
    return Exit.GO


def _acted(store: Store, shown: str) -> str:
    """The pseudonym of whoever acted under what begins like this: a screen shows no more of it."""
    if not _SHOWN.fullmatch(shown):
        raise SettingsError(
            f"got no pseudonym, expected {SHOWN_OF_PSEUDONYM} to {PSEUDONYM_LENGTH} characters 0-9 and a-f, "
            "as the log shows them beside a role"
        )
    told = {event.pseudonym for run in store.runs() for event in store.events(run.id)}
    found = [each for each in told if each.startswith(shown)]
    if len(found) != 1:
        raise SettingsError(
            f"got the pseudonym {shown} of {len(found)} people who have acted, expected one; give the "
            "provider's own id of the person, without --pseudonym"
        )
    return found[0]


def _provider(settings: Settings, environment: Environment) -> Provider:
    """Whom the subject is from. A rehearsal's own is known from its data folder, and to it alone."""
    found = settings.provider
    if found is None and environment is Environment.REHEARSAL:
        found = kept_provider(settings.data_dir)
    if found is None:
        raise SettingsError(
            f"got no identity provider, expected {', '.join(NEEDED)} as the dashboards have them; set them, "
            "or give the pseudonym that the log shows, with --pseudonym"
        )
    return found
