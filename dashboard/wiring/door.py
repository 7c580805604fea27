"""Who could come in by these settings, and what of it must not be."""

from __future__ import annotations

from collectors.observation import Environment
from dashboard.entrance import PUBLIC_URL
from dashboard.settings import Settings, SettingsError
from dashboard.signin.provider import ISSUER, SignInError, refuse_plain
from dashboard.signin.roster import read_roster
from dashboard.wiring.resolve import is_loopback


def refuse_wrong_door(settings: Settings, environment: Environment) -> None:
    """Whoever reaches a dashboard without a sign-in may act as any role, and so may whoever signs in with a
    rehearsal's own provider: neither must be a launch's. Raises `SettingsError` with the mend.
    """
    try:
        refuse_plain(settings.provider, environment)
    except SignInError as error:
        raise SettingsError(str(error)) from error
    if environment is Environment.LIVE and settings.provider is None and is_reached(settings):
        raise SettingsError(
            f"got a launch that others can reach ({settings.host}) and nobody signs in, expected {ISSUER} "
            f"and what belongs to it; set them, or listen on 127.0.0.1 without GOLIVE_ALLOWED_HOSTS and "
            f"{PUBLIC_URL}"
        )


def is_reached(settings: Settings) -> bool:
    """Whether others than this machine may come."""
    public = settings.entrance.public
    is_public = public is not None and not is_loopback(public.host)
    return not is_loopback(settings.host) or bool(settings.allowed_hosts) or is_public


def refuse_unread_roster(settings: Settings) -> None:
    """Nobody would have a role by a roster that cannot be read. Raises `SettingsError` naming the mistake."""
    provider = settings.provider
    try:
        if provider is not None and provider.roster is not None:
            read_roster(provider.roster)
    except SignInError as error:
        raise SettingsError(str(error)) from error
