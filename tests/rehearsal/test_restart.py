"""A world goes on where it stopped, even when it was killed, and two worlds of one seed are alike."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rehearsal.places import Place
from tests.rehearsal.visitor import Visitor, served, wait_until

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "dashboard" / "plans" / "first-live-dollar.toml"


def _kept(visitor: Visitor, intent: str) -> dict[str, Any]:
    """What a restart must not change."""
    wait_until(lambda: bool(visitor.stripe("charges", payment_intent=intent)["data"]))
    return {
        "environment": visitor.environment,
        "ledger": visitor.ledger("transactions"),
        "payment": visitor.stripe(f"payment_intents/{intent}"),
        "endpoints": visitor.stripe("webhook_endpoints"),
        "receipts": visitor.receipts(),
        "purchases": visitor.control("GET", "/purchases"),
        "builds": [visitor.get(place, "/readyz").json()["build"] for place in (Place.STUDENT_PILOT,)],
    }


def test_a_restart_keeps_ports_secrets_ledger_logs_and_stripe(tmp_path: Path) -> None:
    with served(tmp_path) as visitor:
        intent = visitor.buy()
        with visitor.fault("build_changed"):
            before = _kept(visitor, intent)

    with served(tmp_path) as visitor:
        assert _kept(visitor, intent) == before


def test_an_event_that_was_not_delivered_is_delivered_after_the_restart(tmp_path: Path) -> None:
    with served(tmp_path) as visitor:
        visitor.control("PUT", "/faults/webhook_500")
        name = visitor.control("POST", "/purchases")["id"]
        wait_until(lambda: "500" in visitor.purchase(name)["webhook delivered"]["detail"])

    with served(tmp_path) as visitor:
        wait_until(lambda: visitor.purchase(name)["credits visible"]["state"] == "done")

        assert visitor.ledger("balance")["credits"] == 9990


def test_a_port_that_is_taken_is_replaced_and_the_endpoint_moves_with_it(tmp_path: Path) -> None:
    with served(tmp_path) as visitor:
        taken = urlsplit(visitor.environment["PROVIDER_REGISTER_BASE_URL"]).port

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", taken))
        other.listen()
        with served(tmp_path) as visitor:
            base = visitor.environment["PROVIDER_REGISTER_BASE_URL"]
            (endpoint,) = visitor.stripe("webhook_endpoints")["data"]

            assert urlsplit(base).port != taken
            assert endpoint["url"] == f"{base}/stripe/webhook"
            assert visitor.buy()


def test_two_worlds_of_one_seed_give_the_same_ids_and_another_seed_gives_others(
    tmp_path: Path, visitor: Visitor
) -> None:
    def endpoint_and_build(world: Visitor) -> tuple[str, str]:
        (endpoint,) = world.stripe("webhook_endpoints")["data"]
        return endpoint["id"], world.get(Place.STUDENT_PILOT, "/readyz").json()["build"]

    other = endpoint_and_build(visitor)
    with served(tmp_path / "first", seed=1) as world:
        first = (*endpoint_and_build(world), world.buy())
    with served(tmp_path / "second", seed=1) as world:
        assert (*endpoint_and_build(world), world.buy()) == first
    assert not set(first) & set(other)


def test_what_a_world_keeps_is_private_and_not_in_its_repr(tmp_path: Path) -> None:
    with served(tmp_path / "world") as visitor:
        shown = repr(visitor.world) + repr(visitor.world.identity)
        secrets = [value for name, value in visitor.environment.items() if "SECRET" in name or "KEY" in name]

    assert not [secret for secret in [*secrets, visitor.world.control_token] if secret in shown]
    assert stat.S_IMODE((tmp_path / "world" / "identity.json").stat().st_mode) == 0o600


@contextlib.contextmanager
def _process(state_dir: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "rehearsal", "--state-dir", str(state_dir), "--exit-with-stdin", *more]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_a_process_says_where_it_is_and_keeps_everything_through_a_kill(tmp_path: Path) -> None:
    with _process(tmp_path, "--seed", "3", "--fault", "cors_any_origin") as (process, said):
        headers = {"Authorization": f"Bearer {said['control_token']}"}
        with httpx.Client(trust_env=False, headers=headers, base_url=said["control_url"]) as control:
            active = [one["id"] for one in control.get("/faults").json()["faults"] if one["active"]]
            control.post("/purchases")
            wait_until(lambda: control.get("/purchases").json()["purchases"][0]["hops"][1]["state"] == "done")
        process.send_signal(signal.SIGKILL)

    assert active == ["cors_any_origin"]
    with _process(tmp_path) as (process, again):
        with httpx.Client(trust_env=False, headers=headers, base_url=again["control_url"]) as control:
            wait_until(
                lambda: control.get("/purchases").json()["purchases"][0]["hops"][-1]["state"] == "done"
            )
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.close()
        code, complaints = process.wait(20), process.stderr.read()

    assert again == said
    assert (code, complaints) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_cleanly_though_a_caller_is_kept_waiting(
    tmp_path: Path, number: signal.Signals
) -> None:
    with _process(tmp_path, "--fault", "notification_slow", "--fault", "webhook_slow") as (process, said):
        url = said["environment"]["PROVIDER_REGISTER_BASE_URL"]
        with httpx.Client(trust_env=False) as http, pytest.raises(httpx.TimeoutException):
            http.post(f"{url}/stripe/webhook", content="{}", timeout=0.2)
        process.send_signal(number)
        assert process.stderr is not None
        code, complaints = process.wait(20), process.stderr.read()

    assert (code, complaints) == (0, "")


def test_the_environment_has_every_variable_that_the_plan_names_and_the_time_stampers_alone(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as visitor:
        named = {line.split('"')[1] for line in PLAN.read_text().split("env = ")[1:] if '"' in line}

        stamping = {"GOLIVE_TSA_URLS", "GOLIVE_TSA_ROOTS"}
        assert set(visitor.environment) == (named - {"NAME"}) | stamping


def test_an_unknown_fault_ends_the_process_with_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rehearsal", "--state-dir", str(tmp_path), "--fault", "no_such"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 2
    assert "Got fault 'no_such', expected one of the catalogue" in ended.stderr


def test_the_catalogue_and_the_knobs_are_read_without_loading_stripe_or_a_server() -> None:
    script = "import sys, rehearsal.faults, rehearsal.knobs; print(*sys.modules)"

    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert not {"stripe", "uvicorn", "starlette", "httpx"} & set(ended.stdout.split())
