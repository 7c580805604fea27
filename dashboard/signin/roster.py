"""Which roles of the plan are whose: by a claim of the identity provider, or by a file beside the plan.

The file is not the plan, because a plan is sealed and who works here is personal: it is TOML, `[people]`,
with the subject or the e-mail address that the provider tells, and their roles.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.signin.provider import SignInError

LOG = logging.getLogger(__name__)
_PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The roles that are somebody's, and those that they were given and that the plan has not."""

    roles: tuple[str, ...]
    unknown: tuple[str, ...]


def given(told: object, roles: Collection[str]) -> Given:
    """What these names come to in a plan with these roles: a list, or as scopes are written."""
    names = _names(told)
    return Given(
        roles=tuple(name for name in names if name in roles),
        unknown=tuple(name for name in names if name not in roles),
    )


@dataclass(slots=True)
class Roster:
    """A file of everybody's roles: asked at each press and each redraw, and read when it was changed. Why it
    cannot be read is said in the log once, for whoever keeps it.
    """

    file: Path
    _read: tuple[object, Mapping[str, Sequence[str]]] = field(init=False, default=(None, {}))
    _told: str = field(init=False, default="")

    def names(self, claims: Mapping[str, Any]) -> list[str]:
        """What it gives to whom these claims are of. Raises `SignInError` with the mend."""
        try:
            people = self._people()
        except SignInError as error:
            if self._told != str(error):
                self._told = str(error)
                LOG.warning("roles cannot be looked up: %s", error)
            raise
        self._told = ""
        # An address that nobody has proven to be theirs is anybody's.
        email = claims.get("email") if claims.get("email_verified") is True else None
        found = [people.get(who, ()) for who in (claims.get("sub"), email) if isinstance(who, str)]
        return [role for roles in found for role in roles]

    def _people(self) -> Mapping[str, Sequence[str]]:
        try:
            told = self.file.stat()
        except OSError as error:
            raise _unreadable(self.file, error) from error
        state = (told.st_ino, told.st_mtime_ns, told.st_size)
        before, people = self._read
        if state != before:
            people = read_roster(self.file)
            self._read = (state, people)
        return people


def read_roster(file: Path) -> Mapping[str, Sequence[str]]:
    """Everybody's roles. Raises `SignInError` with the mend."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(file, error) from error
    people = told.get(_PEOPLE)
    if not isinstance(people, dict) or set(told) != {_PEOPLE} or not all(map(_is_list, people.values())):
        raise SignInError(
            f'got a roster {file} of another form, expected [people] alone, with "who" = ["role", …]; mend it'
        )
    return people


def _unreadable(file: Path, error: Exception) -> SignInError:
    return SignInError(f"got no roster from {file} ({error}), expected TOML; mend GOLIVE_ROSTER")


def _names(told: object) -> list[str]:
    each = told.split() if isinstance(told, str) else told
    return (
        list(dict.fromkeys(name for name in each if isinstance(name, str))) if isinstance(each, list) else []
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
