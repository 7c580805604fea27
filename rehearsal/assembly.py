"""The one place where the parts of the world are put together; it serves nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from rehearsal.auto_com_center import AutoComCenter
from rehearsal.control import Control
from rehearsal.crowd import Crowds, Ways
from rehearsal.desk import Desk
from rehearsal.frame import CLOCK_OFF, Frame
from rehearsal.identity import Identity, new_signing_key, save
from rehearsal.pace import Pace
from rehearsal.places import Addresses, Place
from rehearsal.provider_register import ProviderRegister
from rehearsal.purchases import Purchases, Sources
from rehearsal.scholar_auth import ScholarAuth
from rehearsal.scholarship_api import ScholarshipApi
from rehearsal.signing_in import SigningIn, SignInWish
from rehearsal.stores import Stores
from rehearsal.stripe_double.app import StripeDouble
from rehearsal.stripe_double.delivery import Deliveries
from rehearsal.stripe_double.till import Till
from rehearsal.student_pilot import StudentPilot
from rehearsal.switchboard import Switchboard
from rehearsal.tokens import Guard, TokenSource, Trust
from rehearsal.tsa import Authority, Stamping

LEDGER_USER = "student-1"

_OLD_KEY_PUBLISHED_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every part stands on."""

    state_dir: Path
    identity: Identity
    addresses: Addresses
    switchboard: Switchboard
    stores: Stores
    authority: Authority
    http: httpx.AsyncClient
    pace: Pace
    sign_in: SignInWish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is to be served, and what runs beside it."""

    apps: dict[Place, ASGIApp]
    deliveries: Deliveries
    purchases: Purchases
    crowds: Crowds


def assemble(ground: Ground) -> Parts:
    """Every application of the world, each in its frame."""
    stores, keys = ground.stores, ground.identity.stripe
    stores.books.set_endpoint(ground.addresses.webhook)
    deliveries = Deliveries(
        stores.books,
        ground.http,
        keys=keys,
        seed=ground.identity.seed,
        pace=ground.pace,
        knobs=lambda: ground.switchboard.knobs,
    )
    till = Till(stores.books, deliveries, pace=ground.pace, knobs=lambda: ground.switchboard.knobs)
    double = StripeDouble(
        books=stores.books,
        till=till,
        keys=keys,
        switchboard=ground.switchboard,
        base=ground.addresses[Place.STRIPE],
    )
    notifications = _auto_com_center(ground)
    purchases = _purchases(ground, till=till, notifications=notifications)
    desk = Desk(
        till=till,
        ledger=stores.ledger,
        deliveries=deliveries,
        knobs=lambda: ground.switchboard.knobs,
        user=LEDGER_USER,
    )
    crowds = Crowds(
        Ways(books=stores.books, ledger=stores.ledger, purchases=purchases, desk=desk),
        documents=stores.purchases,
        addresses=ground.addresses,
        seed=ground.identity.seed,
        pace=ground.pace,
    )
    control = Control(
        token=ground.identity.credentials.control_token,
        switchboard=ground.switchboard,
        purchases=purchases,
        deliveries=deliveries,
        desk=desk,
        crowds=crowds,
        rotate_key=lambda: rotate_signing_key(ground),
        stripe_log=lambda: double.log,
    )
    rehearsed: dict[Place, ASGIApp] = {
        Place.SCHOLAR_AUTH: _scholar_auth(ground).app(),
        Place.AUTO_COM_CENTER: notifications.app(),
        Place.PROVIDER_REGISTER: _provider_register(ground).app(),
        Place.SCHOLARSHIP_API: _scholarship_api(ground).app(),
        Place.STUDENT_PILOT: _student_pilot(ground).app(),
        Place.STRIPE: double.app(),
        Place.TSA: Stamping(ground.authority).app(),
    }
    apps: dict[Place, ASGIApp] = {place: _framed(place, app, ground) for place, app in rehearsed.items()}
    return Parts(
        apps=apps | {Place.CONTROL: control.app()},
        deliveries=deliveries,
        purchases=purchases,
        crowds=crowds,
    )


def rotate_signing_key(ground: Ground) -> str:
    """Sign with a new key from now on; the old ones stay published until their last tokens are over."""
    until = int(time.time()) + _OLD_KEY_PUBLISHED_S
    old = [
        key if key.published_until else type(key)(kid=key.kid, pem=key.pem, published_until=until)
        for key in ground.identity.signing_keys
    ]
    ground.identity.signing_keys = [*old, new_signing_key()]
    save(ground.identity, state_dir=ground.state_dir)
    return ground.identity.signing_keys[-1].kid


def _framed(place: Place, app: ASGIApp, ground: Ground) -> Frame:
    key = ground.identity.stripe.golive if place is Place.STRIPE else ""
    return Frame(app, place=place, switchboard=ground.switchboard, monitor_key=key)


def _guard(ground: Ground, place: Place) -> Guard:
    issuer = ground.addresses[Place.SCHOLAR_AUTH]

    def trust() -> Trust:
        knobs = ground.switchboard.knobs
        here = place is Place.SCHOLARSHIP_API
        return Trust(
            jwks_url=ground.addresses.jwks,
            issuer=(knobs.ledger_issuer if here else "") or issuer,
            accept_alg_none=place in knobs.alg_none_accepted,
        )

    return Guard(ground.http, trust)


def _tokens(ground: Ground, client: str) -> TokenSource:
    return TokenSource(
        ground.http,
        issuer_url=ground.addresses[Place.SCHOLAR_AUTH],
        client=client,
        secret=ground.identity.credentials.clients[client],
    )


def _scholar_auth(ground: Ground) -> ScholarAuth:
    def clock() -> float:
        is_off = Place.SCHOLAR_AUTH in ground.switchboard.knobs.clock_off
        return time.time() + (CLOCK_OFF.total_seconds() if is_off else 0)

    signing_in = None
    if ground.sign_in is not None:
        signing_in = SigningIn(
            wish=ground.sign_in,
            issuer=ground.addresses[Place.SCHOLAR_AUTH],
            secret=ground.identity.sign_in_secret,
            clock=clock,
        )
    return ScholarAuth(
        identity=ground.identity,
        switchboard=ground.switchboard,
        addresses=ground.addresses,
        signing_in=signing_in,
    )


def _auto_com_center(ground: Ground) -> AutoComCenter:
    return AutoComCenter(
        identity=ground.identity,
        switchboard=ground.switchboard,
        addresses=ground.addresses,
        guard=_guard(ground, Place.AUTO_COM_CENTER),
        log=ground.stores.notifications,
    )


def _provider_register(ground: Ground) -> ProviderRegister:
    return ProviderRegister(
        identity=ground.identity,
        switchboard=ground.switchboard,
        addresses=ground.addresses,
        http=ground.http,
        tokens=_tokens(ground, "provider_register"),
        guard=_guard(ground, Place.PROVIDER_REGISTER),
        log=ground.stores.receipts,
    )


def _scholarship_api(ground: Ground) -> ScholarshipApi:
    return ScholarshipApi(
        identity=ground.identity,
        switchboard=ground.switchboard,
        addresses=ground.addresses,
        guard=_guard(ground, Place.SCHOLARSHIP_API),
        ledger=ground.stores.ledger,
    )


def _student_pilot(ground: Ground) -> StudentPilot:
    return StudentPilot(
        identity=ground.identity,
        switchboard=ground.switchboard,
        addresses=ground.addresses,
        http=ground.http,
        tokens=_tokens(ground, "student_pilot"),
    )


def _purchases(ground: Ground, *, till: Till, notifications: AutoComCenter) -> Purchases:
    stores = ground.stores
    return Purchases(
        documents=stores.purchases,
        till=till,
        sources=Sources(books=stores.books, ledger=stores.ledger, notifications=notifications),
        addresses=ground.addresses,
        http=ground.http,
        user=LEDGER_USER,
        pace=ground.pace,
    )
