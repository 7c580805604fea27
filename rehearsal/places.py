"""Who is in the world: the names of its parts and the addresses they listen on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """One listening part of the world; the value is the name that plans and faults use."""

    SCHOLAR_AUTH = "scholar_auth"
    AUTO_COM_CENTER = "auto_com_center"
    PROVIDER_REGISTER = "provider_register"
    SCHOLARSHIP_API = "scholarship_api"
    STUDENT_PILOT = "student_pilot"
    STRIPE = "stripe"
    TSA = "tsa"
    CONTROL = "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The base URL of every place, without a trailing slash."""

    urls: Mapping[Place, str]

    def __getitem__(self, place: Place) -> str:
        return self.urls[place]

    @property
    def jwks(self) -> str:
        """Where the issuer publishes its keys."""
        return f"{self.urls[Place.SCHOLAR_AUTH]}/jwks.json"

    @property
    def webhook(self) -> str:
        """The URL that Stripe is told to deliver to."""
        return f"{self.urls[Place.PROVIDER_REGISTER]}/stripe/webhook"

    @property
    def stamping(self) -> str:
        """The URL that time stamps are asked for at."""
        return f"{self.urls[Place.TSA]}/tsr"
