from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from collectors.asking import Asker
from collectors.observation import CollectorFailure, Environment, FailureReason, Observation
from collectors.ready import Expected, ReadyProbe
from tests.collectors.loopback import Loopback, Reply, as_html, as_json

NOW = datetime(2026, 11, 22, 2, 0, 0, 500_000, tzinfo=UTC)
HEALTHY: dict[str, Any] = {
    "ready": True,
    "build": "api@abc1234",
    "config": {"auth_jwks_url": "https://auth.example/jwks.json", "workers": 1},
}


def ready_probe(source: Loopback, *expects: Expected) -> ReadyProbe:
    return ReadyProbe(
        probe="api.ready",
        source="api",
        url=source.url("/readyz"),
        ready="ready",
        build="build",
        expects=expects,
    )


async def observed(source: Loopback, asker: Asker, *expects: Expected) -> Observation:
    seen = await ready_probe(source, *expects).ask(asker)
    assert isinstance(seen, Observation), seen
    return seen


async def failed(source: Loopback, asker: Asker) -> CollectorFailure:
    seen = await ready_probe(source).ask(asker)
    assert isinstance(seen, CollectorFailure), seen
    return seen


async def test_a_ready_service_says_so_with_its_build(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_json(HEALTHY, X_Request_Id="req-1"))

    seen = await observed(source, asker)

    assert seen.facts["ready"] is True
    assert seen.facts["build"] == "api@abc1234"
    assert (seen.build, seen.status, seen.request_id) == ("api@abc1234", 200, "req-1")
    assert (seen.probe, seen.source, seen.environment) == ("api.ready", "api", Environment.REHEARSAL)


async def test_a_service_that_says_it_is_not_ready_is_an_answer(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_json(HEALTHY | {"ready": False}))

    assert (await observed(source, asker)).facts["ready"] is False


async def test_a_503_is_not_ready_and_tells_what_its_json_offers(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_json(HEALTHY, status=503))

    seen = await observed(source, asker, Expected(name="workers", at="config.workers", equals=1))

    assert seen.facts["ready"] is False
    assert seen.facts["build"] == "api@abc1234"
    assert seen.facts["workers"] is True


async def test_a_500_page_is_not_ready_and_tells_nothing_else(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_html("<h1>Internal Server Error</h1>", status=500))

    assert set((await observed(source, asker)).facts) == {"ready", "clock_skew_ms"}


@pytest.mark.parametrize(
    "reply",
    [
        as_html("<h1>ready: true</h1>"),
        Reply(headers={"Content-Type": "application/json"}, body=b'{"ready": true'),
        Reply(headers={"Content-Type": "application/json"}, body=b""),
        Reply(headers={"Content-Type": "application/json"}, body=b"[" * 100_000),
        Reply(headers={"Content-Type": "text/plain"}, body=b'{"ready": true}'),
        as_json({"build": "x"}),
        as_json({"ready": None}),
        as_json({"ready": "true"}),
        as_json({"ready": 1}),
        as_json([]),
    ],
)
async def test_a_200_that_does_not_say_ready_is_malformed_and_never_ready(
    source: Loopback, asker: Asker, reply: Reply
) -> None:
    source.on("/readyz", reply)

    seen = await failed(source, asker)

    assert seen.reason is FailureReason.MALFORMED
    assert seen.status == 200


async def test_a_mistyped_path_is_a_failure_and_says_which_status(source: Loopback, asker: Asker) -> None:
    seen = await failed(source, asker)

    assert seen.reason is FailureReason.STATUS
    assert seen.status == 404
    assert seen.detail == "got HTTP 404, expected 200 or 503: check ready_path in the plan"


@pytest.mark.parametrize(
    ("equals", "fact"),
    [
        ("https://auth.example/jwks.json", True),
        ("https://auth.example/jwks.json/", False),
        (True, False),
    ],
)
async def test_an_expectation_is_met_exactly_or_not(
    source: Loopback, asker: Asker, equals: str | bool, fact: bool
) -> None:
    source.on("/readyz", as_json(HEALTHY))

    seen = await observed(source, asker, Expected(name="jwks", at="config.auth_jwks_url", equals=equals))

    assert seen.facts["jwks"] is fact


async def test_one_is_not_true(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_json(HEALTHY))

    seen = await observed(source, asker, Expected(name="workers", at="config.workers", equals=True))

    assert seen.facts["workers"] is False


async def test_an_expectation_about_a_missing_field_has_no_fact(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_json(HEALTHY))

    seen = await observed(source, asker, Expected(name="livemode", at="stripe.livemode", equals=True))

    assert "livemode" not in seen.facts


@pytest.mark.parametrize(
    "build", [None, 7, "", "x" * 101, "sk_live_0123456789abcdef", "ada@example.com", "two\nlines", "whsec_1"]
)
async def test_a_build_that_is_no_label_is_absent(source: Loopback, asker: Asker, build: object) -> None:
    source.on("/readyz", as_json(HEALTHY | {"build": build}))

    seen = await observed(source, asker)

    assert "build" not in seen.facts
    assert seen.build is None


@pytest.mark.parametrize(
    ("offset_s", "skew_ms"),
    [(0, 0), (-1, 500), (1, 500), (-420, 419_500), (420, 419_500)],
)
async def test_clock_skew_is_absolute_and_nothing_within_the_second(
    source: Loopback, offset_s: int, skew_ms: int
) -> None:
    date = format_datetime(NOW.replace(microsecond=0) + timedelta(seconds=offset_s), usegmt=True)
    source.on("/readyz", as_json(HEALTHY, Date=date))

    async with Asker(environment=Environment.REHEARSAL, clock=lambda: NOW) as asker:
        seen = await observed(source, asker)

    skew = seen.facts["clock_skew_ms"]
    assert isinstance(skew, int)
    # The exchange itself lasts a moment, of which half counts.
    assert skew == pytest.approx(skew_ms, abs=200)
    assert (skew == 0) is (skew_ms == 0)


async def test_without_a_date_there_is_no_skew(source: Loopback, asker: Asker) -> None:
    source.on("/readyz", as_json(HEALTHY, Date=""))

    assert "clock_skew_ms" not in (await observed(source, asker)).facts
