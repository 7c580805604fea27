"""Who can sign in with the rehearsal's scholar_auth: a person for each role, and those who make trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNKNOWN_ROLE = "role_of_another_launch"
_DOMAIN = "rehearsal.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the cast. `roles` are what their claim lists; None where they have no such claim."""

    subject: str
    name: str
    about: str
    roles: tuple[str, ...] | None

    @property
    def email(self) -> str:
        """Their address, which scholar_auth has seen proven."""
        return f"{self.subject}@{_DOMAIN}"


def cast(roles: Mapping[str, str]) -> dict[str, Person]:
    """Everybody by subject, for a plan with these roles: their ids with their titles."""
    each = [
        Person(subject=role, name=title, about=f"has the role {role}", roles=(role,))
        for role, title in roles.items()
    ]
    several = tuple(roles)[1:3] or tuple(roles)
    both = " and ".join(roles[role] for role in several)
    strange = [
        Person(
            subject="two-hats",
            name=f"Both {both}",
            about=f"has the roles {', '.join(several)}",
            roles=several,
        ),
        Person(subject="no-role", name="Nobody", about="has no role and no such claim", roles=None),
        Person(
            subject="unknown-role",
            name="Stranger",
            about=f"has a role that the plan does not know: {UNKNOWN_ROLE}",
            roles=(UNKNOWN_ROLE,),
        ),
    ]
    return {person.subject: person for person in [*each, *strange]}
