"""Who asks, of pages, of presses and of the addresses that hand out files: a role, and whose it is now."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import access
from dashboard.access import Person
from dashboard.signin.ended import SignIn
from dashboard.signin.provider import SignInError
from dashboard.signin.session import Session
from dashboard.ui import room as installed
from dashboard.ui import wording
from dashboard.ui.room import room


class NobodyError(Exception):
    """Whoever asks is nobody of this launch, or not in this role; the message is one sentence for them."""


def asker(cookies: Mapping[str, str], role_id: str | None) -> Person:
    """Whoever asks in this role: who brings the cookies of a session where people sign in, anybody elsewhere.
    Raises `NobodyError`.
    """
    if role_id is None or role_id not in room().plan.roles:
        raise NobodyError(wording.NO_ROLE)
    who = installed.sign_in()
    if who is None:
        return person(role_id, None)
    session = session_of(who, cookies)
    if role_id not in own_roles(who, session):
        raise NobodyError(wording.NOT_YOUR_ROLE)
    return person(role_id, session)


def session_of(who: SignIn, cookies: Mapping[str, str]) -> Session:
    """The session of these cookies. Raises `NobodyError`."""
    session = who.session(cookies)
    if session is None:
        raise NobodyError(wording.SIGNED_OUT)
    return session


def own_roles(who: SignIn, session: Session) -> tuple[str, ...]:
    """The roles of whoever is signed in, one at least. Raises `NobodyError`."""
    try:
        found = who.given(session)
    except SignInError as error:
        raise NobodyError(wording.ROLES_UNREAD) from error  # its own words name a file of the host
    if not found.roles:
        names = ", ".join(room().plan.roles)
        told = wording.UNKNOWN_ROLES.format(got=", ".join(found.unknown), roles=names)
        raise NobodyError(told if found.unknown else wording.NO_ROLES.format(roles=names))
    return found.roles


def person(role_id: str, session: Session | None) -> Person:
    """Whoever acts in this role, signed in or not."""
    role = room().plan.roles[role_id]
    if session is None:
        return access.asserted(role_id, role)
    return access.signed_in(role_id, role, session.pseudonym)
