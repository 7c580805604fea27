"""The catalogue: every fault is one the plan can notice, and each one changes what is seen on the wire."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.faults import InvalidCatalogueError, load
from rehearsal.places import Place
from tests.rehearsal.picture import Picture
from tests.rehearsal.visitor import Visitor, wait_until

PLAN = Path(__file__).parents[2] / "dashboard" / "plans" / "first-live-dollar.toml"
FAULTS = load()
SLOW = {"ledger_slow": ("balance", 300), "notification_slow": ("notify", 300)}
LASTING = {"build_changed"}
BOUGHT = {name for name, fault in FAULTS.items() if fault.gate in {"money", "refunds", "balances", "usage"}}
"""Seen by who buys, and told way by way in the tests of payments."""


def test_the_catalogue_has_at_least_34_faults_with_gates_of_the_plan() -> None:
    gates = {gate["id"] for gate in tomllib.loads(PLAN.read_text())["gates"]}

    assert len(FAULTS) >= 34
    assert {gate for fault in FAULTS.values() for gate in (fault.gate, *fault.also)} <= gates


def test_every_gate_of_the_plan_has_a_fault() -> None:
    gates = {gate["id"] for gate in tomllib.loads(PLAN.read_text())["gates"]}

    assert {fault.gate for fault in FAULTS.values()} == gates


def _catalogue(tmp_path: Path, **changes: Any) -> Path:
    fault = {"id": "one", "title": "t", "where": "stripe", "gate": "g", "to": "NO_GO", "set": {"blind": True}}
    lines = [f"{name} = {_toml(value)}" for name, value in {**fault, **changes}.items()]
    path = tmp_path / "faults.toml"
    path.write_text("[[fault]]\n" + "\n".join(lines) + "\n")
    return path


def _toml(value: object) -> str:
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
def test_a_wrong_catalogue_is_refused_with_what_is_wrong(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidCatalogueError, match=said):
        load(_catalogue(tmp_path, **changes))


def test_a_fault_named_twice_is_refused(tmp_path: Path) -> None:
    path = _catalogue(tmp_path)
    path.write_text(path.read_text() * 2)

    with pytest.raises(InvalidCatalogueError, match="twice"):
        load(path)


def test_a_healthy_world_looks_the_same_whenever_it_is_asked(picture: Picture) -> None:
    assert picture.take() == picture.healthy


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in {*SLOW, *LASTING, *BOUGHT}])
def test_a_fault_changes_what_is_seen_and_is_gone_when_it_is_taken_out(picture: Picture, name: str) -> None:
    with picture.visitor.fault(name):
        changed = picture.first_change()

    wait_until(lambda: picture.views[changed]() == picture.healthy[changed])


def test_a_new_build_stays_when_its_fault_is_taken_out(visitor: Visitor) -> None:
    def build() -> str:
        return str(visitor.get(Place.STUDENT_PILOT, "/readyz").json()["build"])

    before = build()
    with visitor.fault("build_changed"):
        after = build()

    assert before != after == build()


@pytest.mark.parametrize("name", list(SLOW))
def test_a_slow_fault_delays_its_answers(visitor: Visitor, name: str) -> None:
    what, delay_ms = SLOW[name]
    user = visitor.url(Place.SCHOLARSHIP_API, "/api/v1/users/nobody")
    headers = visitor.bearer(visitor.token())
    with visitor.fault(name):
        if what == "balance":
            answer = visitor.http.get(f"{user}/balance", headers=headers)
        else:
            answer = visitor.post(Place.AUTO_COM_CENTER, "/send-notification", json={})

    assert answer.elapsed >= timedelta(milliseconds=delay_ms)


def test_a_blind_golive_is_the_only_one_cut_off(visitor: Visitor) -> None:
    with visitor.fault("monitoring_blind"):
        url = visitor.url(Place.SCHOLAR_AUTH, "/readyz")
        with pytest.raises(httpx.HTTPError):
            visitor.http.get(url, headers={"User-Agent": "golive/0.1"})

        assert visitor.http.get(url).status_code == 200
        assert visitor.buy()


def test_two_faults_at_once_are_both_there(visitor: Visitor) -> None:
    with visitor.fault("scholarship_api_down"), visitor.fault("student_pilot_down"):
        for place in (Place.SCHOLARSHIP_API, Place.STUDENT_PILOT):
            with pytest.raises(httpx.HTTPError):
                visitor.get(place, "/readyz")


def test_an_unknown_fault_is_refused_and_the_control_app_wants_its_token(visitor: Visitor) -> None:
    headers = visitor.bearer(visitor.world.control_token)
    url = f"{visitor.world.control_url}/faults"

    assert visitor.http.put(f"{url}/no_such_fault", headers=headers).status_code == 404
    assert visitor.http.put(f"{url}/ledger_401").status_code == 401
    assert visitor.http.get(url, headers=visitor.bearer("wrong")).status_code == 401


def test_a_list_of_faults_says_which_are_in_and_since_when(visitor: Visitor) -> None:
    with visitor.fault("ledger_401"):
        faults = {one["id"]: one for one in visitor.control("GET", "/faults")["faults"]}

        assert [name for name, one in faults.items() if one["active"]] == ["ledger_401"]
        assert datetime.fromisoformat(faults["ledger_401"]["since"]) <= datetime.now(UTC)
