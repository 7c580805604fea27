"""The catalogue: every fault is one the plan can notice, and each one changes what is seen on the wire."""

from __future__ import annotations

import contextlib
import json
import time
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
import stripe

from rehearsal.faults import InvalidCatalogueError, load
from rehearsal.places import Place
from rehearsal.tokens import AUDIENCE

PLAN = Path(__file__).parents[2] / "dashboard" / "plans" / "first-live-dollar.toml"
FAULTS = load()
SLOW = {"ledger_slow": ("balance", 300), "notification_slow": ("notify", 300)}
SERVICES = [place for place in Place if place not in {Place.STRIPE, Place.CONTROL}]
LISTS = ("balance", "account", "charges", "events", "webhook_endpoints")


def test_the_catalogue_has_at_least_34_faults_with_gates_of_the_plan():
    gates = {gate["id"] for gate in tomllib.loads(PLAN.read_text())["gates"]}

    assert len(FAULTS) >= 34
    assert {gate for fault in FAULTS.values() for gate in (fault.gate, *fault.also)} <= gates


def test_every_gate_of_the_plan_has_a_fault():
    gates = {gate["id"] for gate in tomllib.loads(PLAN.read_text())["gates"]}

    assert {fault.gate for fault in FAULTS.values()} == gates


def _catalogue(tmp_path, **changes):
    fault = {"id": "one", "title": "t", "where": "stripe", "gate": "g", "to": "NO_GO", "set": {"blind": True}}
    lines = [f"{name} = {_toml(value)}" for name, value in {**fault, **changes}.items()]
    path = tmp_path / "faults.toml"
    path.write_text("[[fault]]\n" + "\n".join(lines) + "\n")
    return path


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {json.dumps(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"set": {"blnd": True}}, "blnd"),
        ({"set": {"blind": "yes"}}, "bool"),
        ({"set": {"blind": False}}, "healthy"),
        ({"where": "control"}, "where"),
        ({"to": "GO"}, "to"),
        ({"colour": "red"}, "colour"),
    ],
    ids=["unknown knob", "wrong type", "no change", "wrong place", "wrong verdict", "unknown key"],
)
def test_a_wrong_catalogue_is_refused_with_what_is_wrong(tmp_path, changes, said):
    with pytest.raises(InvalidCatalogueError, match=said):
        load(_catalogue(tmp_path, **changes))


def test_a_fault_named_twice_is_refused(tmp_path):
    path = _catalogue(tmp_path)
    path.write_text(path.read_text() * 2)

    with pytest.raises(InvalidCatalogueError, match="twice"):
        load(path)


class Picture:
    """Everything that golive could see of the world, asked as golive asks."""

    def __init__(self, visitor):
        self._visitor = visitor
        self._http = httpx.Client(trust_env=False, timeout=3, headers={"User-Agent": "golive/0.1"})
        self._environment = visitor.environment

    def take(self):
        with self._http:
            return dict(self._views())

    def _views(self):
        for place in SERVICES:
            yield f"{place} ready", self._see("GET", self._visitor.url(place, "/readyz"), clock=True)
        yield "page", self._see("GET", self._environment["STUDENT_PILOT_BASE_URL"] + "/")
        yield from self._tokens()
        yield from self._notifications()
        yield from self._ledger()
        yield from self._stripe()
        yield "webhook", self._webhook()

    def _see(self, method, url, *, clock=False, **more):
        try:
            answer = self._http.request(method, url, **more)
        except httpx.TimeoutException:
            return "timed out"
        except httpx.HTTPError:
            return "closed"
        skewed = clock and abs(parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)) > timedelta(
            minutes=1
        )
        return answer.status_code, answer.text, skewed, answer.headers.get("access-control-allow-origin")

    def _token(self):
        url = self._environment["AUTH_ISSUER"] + "/oauth/token"
        auth = ("golive", self._environment["GOLIVE_CLIENT_SECRET"])
        form = {"grant_type": "client_credentials", "audience": AUDIENCE}
        with contextlib.suppress(httpx.HTTPError):
            return str(self._http.post(url, data=form, auth=auth).json()["access_token"])
        return ""

    def _tokens(self):
        yield (
            "discovery",
            self._see("GET", self._environment["AUTH_ISSUER"] + "/.well-known/openid-configuration"),
        )
        yield "jwks", self._see("GET", self._environment["AUTH_JWKS_URL"])
        unsigned = self._visitor.forged("none", scope=None, exp=int(time.time()) + 3600)
        for place, path in (
            (Place.SCHOLARSHIP_API, "/api/v1/users/student-1/balance"),
            (Place.PROVIDER_REGISTER, "/ops/webhook-receipts"),
        ):
            url = self._visitor.url(place, path)
            yield f"{path} without token", self._status("GET", url)
            yield f"{path} unsigned", self._status("GET", url, headers=self._visitor.bearer(unsigned))
            yield f"{path} with token", self._status("GET", url, headers=self._visitor.bearer(self._token()))

    def _status(self, method, url, **more):
        seen = self._see(method, url, **more)
        return seen if isinstance(seen, str) else seen[0]

    def _notifications(self):
        base = self._environment["AUTO_COM_CENTER_BASE_URL"]
        for name in ("NOTIFY_WEBHOOK_SECRET", "NOTIFY_WEBHOOK_SECRET_RETIRED_1"):
            yield (
                name,
                self._see(
                    "POST",
                    f"{base}/send-notification",
                    headers={"X-Webhook-Secret": self._environment[name]},
                    json={"template": "smoke_test", "dry_run": True},
                ),
            )
        for origin in ("https://foreign.example", self._environment["STUDENT_PILOT_BASE_URL"]):
            for url in (
                f"{base}/send-notification",
                self._visitor.url(Place.SCHOLARSHIP_API, "/api/v1/users/me/balance"),
            ):
                headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                yield f"{origin} to {url}", self._see("OPTIONS", url, headers=headers)

    def _ledger(self):
        user = self._visitor.url(Place.SCHOLARSHIP_API, "/api/v1/users/nobody")
        headers = self._visitor.bearer(self._token())
        yield "balance", self._see("GET", f"{user}/balance", headers=headers)
        yield "transactions", self._see("GET", f"{user}/transactions", headers=headers)
        yield "write", self._see("POST", f"{user}/write-probe", headers=headers, json={"note": "n"})

    def _stripe(self):
        headers = self._visitor.bearer(self._environment["GOLIVE_STRIPE_KEY"])
        for name in LISTS:
            url = f"{self._environment['STRIPE_API_BASE']}/v1/{name}"
            yield (
                name if name == "account" else f"stripe {name}",
                self._see("GET", url, headers=headers, clock=True),
            )

    def _webhook(self):
        payload = json.dumps({"id": "evt_ping", "type": "ping", "data": {"object": {}}})
        secret = self._visitor.world.identity.stripe.endpoint_secret
        headers = {
            "Stripe-Signature": stripe.WebhookSignature.generate_signature_header(
                payload, secret, int(time.time())
            )
        }
        url = self._visitor.url(Place.PROVIDER_REGISTER, "/stripe/webhook")
        return self._see("POST", url, content=payload, headers=headers)


def test_two_pictures_of_a_healthy_world_differ_only_in_notification_ids(quiet_world):
    first, second = Picture(quiet_world).take(), Picture(quiet_world).take()

    assert first == second


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in SLOW])
def test_a_fault_changes_what_is_seen_and_nothing_is_left_when_it_is_gone(quiet_world, name, until):
    healthy = Picture(quiet_world).take()

    with quiet_world.fault(name):
        until(lambda: Picture(quiet_world).take() != healthy)

    if name != "build_changed":
        until(lambda: Picture(quiet_world).take() == healthy)


@pytest.mark.parametrize("name", list(SLOW))
def test_a_slow_fault_delays_its_answers(visitor, name):
    what, delay_ms = SLOW[name]
    user = visitor.url(Place.SCHOLARSHIP_API, "/api/v1/users/nobody")
    headers = visitor.bearer(visitor.token())
    with visitor.fault(name):
        if what == "balance":
            answer = visitor.http.get(f"{user}/balance", headers=headers)
        else:
            answer = visitor.post(Place.AUTO_COM_CENTER, "/send-notification", json={})

    assert answer.elapsed >= timedelta(milliseconds=delay_ms)


def test_a_blind_golive_is_the_only_one_cut_off(visitor):
    with visitor.fault("monitoring_blind"):
        url = visitor.url(Place.SCHOLAR_AUTH, "/readyz")
        with pytest.raises(httpx.HTTPError):
            visitor.http.get(url, headers={"User-Agent": "golive/0.1"})

        assert visitor.http.get(url).status_code == 200
        assert visitor.buy()


def test_two_faults_at_once_are_both_there(visitor):
    with visitor.fault("scholarship_api_down"), visitor.fault("student_pilot_down"):
        for place in (Place.SCHOLARSHIP_API, Place.STUDENT_PILOT):
            with pytest.raises(httpx.HTTPError):
                visitor.get(place, "/readyz")


def test_an_unknown_fault_is_refused_and_the_control_app_wants_its_token(visitor):
    headers = visitor.bearer(visitor.world.control_token)
    url = f"{visitor.world.control_url}/faults"

    assert visitor.http.put(f"{url}/no_such_fault", headers=headers).status_code == 404
    assert visitor.http.put(f"{url}/ledger_401").status_code == 401
    assert visitor.http.get(url, headers=visitor.bearer("wrong")).status_code == 401


def test_a_list_of_faults_says_which_are_in_and_since_when(visitor):
    with visitor.fault("ledger_401"):
        faults = {one["id"]: one for one in visitor.control("GET", "/faults")["faults"]}

        assert [name for name, one in faults.items() if one["active"]] == ["ledger_401"]
        assert datetime.fromisoformat(faults["ledger_401"]["since"]) <= datetime.now(UTC)
