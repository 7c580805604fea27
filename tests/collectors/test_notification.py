from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from collectors.asking import Asker, Masked
from collectors.notification import SmokeProbe
from collectors.observation import CollectorFailure, FailureReason, Observation
from tests.collectors.loopback import Loopback, Reply, as_html, as_json

SECRET = "canary-notify-secret"
ENVELOPE: dict[str, Any] = {"ok": True, "id": "ntf_1", "error": None}


def smoke(source: Loopback) -> SmokeProbe:
    return SmokeProbe(
        probe="notification.smoke",
        source="comms",
        url=source.url("/send-notification"),
        header="X-Webhook-Secret",
        secret=Masked(SECRET),
        body={"template": "smoke_test", "dry_run": True},
        accepted="ok == `true` && type(id) == 'string' && error == `null`",
        fingerprint_key=b"canary-fingerprint-key",
    )


async def observed(source: Loopback, asker: Asker) -> Observation:
    seen = await smoke(source).ask(asker)
    assert isinstance(seen, Observation), seen
    assert "canary" not in repr(seen) + repr(smoke(source))
    return seen


async def test_an_accepted_notification_has_the_expected_envelope(source: Loopback, asker: Asker) -> None:
    source.on("/send-notification", as_json(ENVELOPE))

    seen = await observed(source, asker)

    assert seen.facts["accepted"] is True
    assert seen.facts["envelope_ok"] is True
    assert seen.facts["fingerprint"] == Masked(SECRET).fingerprint(b"canary-fingerprint-key")
    assert source.requests[0].headers["x-webhook-secret"] == SECRET
    assert source.requests[0].body == b'{"template":"smoke_test","dry_run":true}'


@pytest.mark.parametrize(
    "reply",
    [
        as_json(ENVELOPE | {"ok": False}),
        as_json(ENVELOPE | {"ok": 1}),
        as_json(ENVELOPE | {"id": 7}),
        as_json(ENVELOPE | {"error": "canary"}),
        as_json([]),
        as_json(None),
        as_html("<h1>ok canary</h1>"),
        Reply(status=204),
    ],
)
async def test_an_accepted_notification_with_another_envelope_is_named(
    source: Loopback, asker: Asker, reply: Reply
) -> None:
    source.on("/send-notification", reply)

    seen = await observed(source, asker)

    assert (seen.facts["accepted"], seen.facts["envelope_ok"]) == (True, False)


@pytest.mark.parametrize("status", [400, 401, 403, 422, 500, 503])
async def test_a_notification_that_is_not_accepted_has_no_envelope(
    source: Loopback, asker: Asker, status: int
) -> None:
    source.on("/send-notification", as_json(ENVELOPE, status=status))

    seen = await observed(source, asker)

    assert seen.facts["accepted"] is False
    assert "envelope_ok" not in seen.facts


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, FailureReason.STATUS), (405, FailureReason.STATUS), (429, FailureReason.RATE_LIMITED)],
)
async def test_a_status_that_says_nothing_about_the_secret_is_a_failure(
    source: Loopback, asker: Asker, status: int, reason: FailureReason
) -> None:
    source.on("/send-notification", as_json({}, status=status))

    seen = await smoke(source).ask(asker)

    assert isinstance(seen, CollectorFailure)
    assert seen.reason is reason


async def test_an_envelope_is_good_only_where_the_expression_is_true_itself(
    source: Loopback, asker: Asker
) -> None:
    source.on("/send-notification", as_json({"count": 1}))

    seen = await dataclasses.replace(smoke(source), accepted="count").ask(asker)

    assert isinstance(seen, Observation)
    assert seen.facts["envelope_ok"] is False
