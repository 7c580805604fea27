"""Who is signed in, in which roles, and who no longer is.

The cookie of a session says what it says for ever, so that its end has to be remembered. Every dashboard
keeps sign-outs in the store and looks there each second; its own it knows at once.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dashboard.signin.provider import Provider, SignInError
from dashboard.signin.roster import Given, Roster, given
from dashboard.signin.session import LONGEST_S, REHEARSAL_CLAIM, Session, read_session
from dashboard.store.errors import StoreError

LOOK_S = 1.0
GOES_WITHIN_S = 5.0
"""So long the browser of who pressed to sign out may take to hear where it has to go."""
LOG = logging.getLogger(__name__)


class SignOuts(Protocol):
    """Where they are kept, by pseudonym and in whole seconds since 1970."""

    def sign_out(self, pseudonym: str, at_s: int) -> None: ...
    def sign_outs(self, *, since_s: int) -> Mapping[str, int]: ...


@dataclass(slots=True, kw_only=True)
class SignIn:
    """Who is signed in here. `clock` tells seconds since 1970, as the cookies are dated by it; `plan_roles`
    are the roles of the plan that is followed now. Only where `believes_rehearsal` is anybody believed whom
    the provider of a rehearsal sends.
    """

    provider: Provider
    kept: SignOuts
    clock: Callable[[], float]
    plan_roles: Callable[[], Collection[str]]
    believes_rehearsal: bool = False
    _ended: dict[str, int] = field(init=False, default_factory=dict)
    _untold: dict[str, int] = field(init=False, default_factory=dict)
    _going: dict[tuple[str, int], float] = field(init=False, default_factory=dict)
    _roster: Roster | None = field(init=False)

    def __post_init__(self) -> None:
        self._roster = None if self.provider.roster is None else Roster(self.provider.roster)

    def session(self, cookies: Mapping[str, str]) -> Session | None:
        """The session of these cookies, None where there is none or it has ended."""
        found = read_session(cookies, self.provider, now_s=self.clock())
        return None if found is None or self._is_pretended(found) or self.is_ended(found) else found

    def given(self, session: Session) -> Given:
        """What this person may be in this launch. Raises `SignInError` for a roster that cannot be read."""
        told = (
            session.claims.get(self.provider.roles_claim)
            if self._roster is None
            else self._roster.names(session.claims)
        )
        return given(told, self.plan_roles())

    def _is_pretended(self, session: Session) -> bool:
        return REHEARSAL_CLAIM in session.claims and not self.believes_rehearsal

    def is_ended(self, session: Session) -> bool:
        """Whether the person signed out since, anywhere, or it is too long ago."""
        is_old = self.clock() - session.began > LONGEST_S
        return is_old or self._ended.get(session.pseudonym, -1) >= session.began

    def is_cut_off(self, session: Session) -> bool:
        """Whether what is open to this session is closed: where somebody presses to sign out, not before that
        browser is on its way to the provider, or could be, although the session has ended.
        """
        since = self.clock() - self._going.get((session.pseudonym, session.began), -math.inf)
        return self.is_ended(session) and not 0 <= since < GOES_WITHIN_S

    def end(self, session: Session, *, by_press: bool = False) -> None:
        """Sign this person out, everywhere; `by_press` in the browser of this session. Raises `SignInError`
        where other dashboards learn of it later.
        """
        if by_press:
            self._going = {who: at for who, at in self._going.items() if self.clock() - at < GOES_WITHIN_S}
            self._going[session.pseudonym, session.began] = self.clock()
        now = int(self.clock())
        self._ended[session.pseudonym] = self._untold[session.pseudonym] = now
        try:
            self._tell()
        except StoreError as error:
            LOG.warning("a sign-out cannot be told of elsewhere: %s", error)
            raise SignInError(
                f"The store could not keep your sign-out: {error.told}. You are signed out here, and "
                "everywhere else once it answers"
            ) from error

    def has_gone(self, cookies: Mapping[str, str]) -> None:
        """The browser of these cookies is on its way to the provider: nothing has to stay open to it."""
        found = read_session(cookies, self.provider, now_s=self.clock())
        if found is not None:
            self._going.pop((found.pseudonym, found.began), None)

    def _tell(self) -> None:
        """Whoever signed out here and could not be told of elsewhere yet."""
        for pseudonym, at in [*self._untold.items()]:
            self.kept.sign_out(pseudonym, at)
            if self._untold.get(pseudonym) == at:
                del self._untold[pseudonym]

    def look(self) -> None:
        """Learn of the sign-outs at other dashboards, and tell of those here. Raises `StoreError`."""
        self._tell()
        since = int(self.clock()) - LONGEST_S
        told = self.kept.sign_outs(since_s=since)
        for pseudonym, at in told.items():
            self._ended[pseudonym] = max(at, self._ended.get(pseudonym, -1))

    async def follow(self) -> None:
        """Look each second, for as long as the dashboard runs."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except StoreError as error:
                LOG.warning("sign-outs elsewhere cannot be seen: %s", error)
            except Exception:  # whatever it is, to look no more would keep people in who have gone
                LOG.exception("sign-outs elsewhere cannot be seen")
            await asyncio.sleep(LOOK_S)
