from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.asking import Asker
from collectors.ledger import BalanceProbe, LedgerReading, TransactionsProbe, WriteEvidenceProbe, WriteProbe
from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from collectors.receipts import ReceiptsProbe, ReceiptsReading
from tests.collectors.issuing import Issuing
from tests.collectors.loopback import Loopback, Reply, as_html, as_json

SINCE = datetime(2026, 11, 22, 2, tzinfo=UTC)
BEFORE, AT, AFTER = "2026-11-22T01:59:59.999Z", "2026-11-22T02:00:00Z", "2026-11-22T03:30:00+01:00"
LONG = 10 * 365 * 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
READING = LedgerReading(
    balance="credits",
    items="items",
    id="id",
    kind="kind",
    purchase_kind="purchase",
    credits="credits",
    created="created_at",
)


@pytest.fixture
def issuing(source: Loopback) -> Issuing:
    return Issuing(source)


def balance(issuing: Issuing) -> BalanceProbe:
    return BalanceProbe(
        probe="ledger.balance",
        source="api",
        url=issuing.source.url("/balance"),
        tokens=issuing.tokens(),
        reading=READING,
    )


def transactions(issuing: Issuing) -> TransactionsProbe:
    return TransactionsProbe(
        probe="ledger.transactions",
        source="api",
        url=issuing.source.url("/transactions"),
        tokens=issuing.tokens(),
        reading=READING,
        since=SINCE,
    )


def evidence(issuing: Issuing, started: Sample | None = None) -> WriteEvidenceProbe:
    return WriteEvidenceProbe(
        probe="ledger.write",
        source="api",
        url=issuing.source.url("/transactions"),
        tokens=issuing.tokens(),
        reading=READING,
        since=SINCE,
        proves_s=LONG,
        started=lambda: started,
    )


def write(issuing: Issuing) -> WriteProbe:
    return WriteProbe(
        probe="ledger.write",
        source="api",
        url=issuing.source.url("/write-probe"),
        tokens=issuing.tokens(),
        body={"note": "golive"},
        accepted="ok == `true`",
    )


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "crd_1",
        "kind": "purchase",
        "credits": 9990,
        "created_at": AFTER,
        "note": "canary",
    } | changes


def facts(sample: Sample) -> dict[str, bool | int | str]:
    assert isinstance(sample, Observation), sample
    assert "canary" not in repr(sample)
    return dict(sample.facts)


def reason(sample: Sample) -> FailureReason:
    assert isinstance(sample, CollectorFailure), sample
    assert "canary" not in repr(sample)
    return sample.reason


async def test_a_balance_is_read_with_our_token(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/balance", as_json({"user": "canary", "credits": 9990}))

    assert facts(await balance(issuing).ask(asker)) == {"ok": True, "balance": 9990}
    assert issuing.source.asked("/balance")[0].headers["authorization"].startswith("Bearer ey")


async def test_a_sample_is_about_the_ledger_and_not_about_the_token(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/balance", as_json({"credits": 0}, X_Request_Id="of-the-ledger"))

    seen = await balance(issuing).ask(asker)

    assert (seen.asked, seen.request_id) == (f"GET {issuing.source.url('/balance')}", "of-the-ledger")


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_a_ledger_that_says_no_is_an_answer_and_not_ok(
    issuing: Issuing, asker: Asker, status: int
) -> None:
    issuing.source.on("/balance", as_json({"credits": 1}, status=status))
    issuing.source.on("/transactions", as_json({"items": []}, status=status))

    assert facts(await balance(issuing).ask(asker)) == {"ok": False}
    assert facts(await transactions(issuing).ask(asker)) == {"ok": False}


@pytest.mark.parametrize(
    "amount", [9990.0, 99.9, "9990", True, None, [], 2**53 + 1, float("1e300")], ids=repr
)
async def test_credits_that_are_no_whole_number_are_malformed(
    issuing: Issuing, asker: Asker, amount: object
) -> None:
    issuing.source.on("/balance", as_json({"credits": amount}))
    issuing.source.on("/transactions", as_json({"items": [row(credits=amount)]}))

    assert reason(await balance(issuing).ask(asker)) is FailureReason.MALFORMED
    assert reason(await transactions(issuing).ask(asker)) is FailureReason.MALFORMED
    assert reason(await evidence(issuing).ask(asker)) is FailureReason.MALFORMED


@pytest.mark.parametrize("reply", [as_html("canary"), as_json({}), as_json({"items": None}), as_json([1])])
async def test_a_ledger_of_another_shape_is_malformed_and_not_empty(
    issuing: Issuing, asker: Asker, reply: Reply
) -> None:
    issuing.source.on("/balance", reply)
    issuing.source.on("/transactions", reply)

    assert reason(await balance(issuing).ask(asker)) is FailureReason.MALFORMED
    assert reason(await transactions(issuing).ask(asker)) is FailureReason.MALFORMED


@pytest.mark.parametrize(
    "bent",
    [
        row(created_at="2026-11-22T02:00:00"),
        row(created_at="2026-11-22"),
        row(created_at=1_795_312_800),
        row(created_at="yesterday, canary"),
        row(kind=None),
        row(id=None),
        row(id=1.5),
        "canary",
        None,
    ],
)
async def test_one_row_of_another_shape_makes_the_whole_answer_malformed(
    issuing: Issuing, asker: Asker, bent: object
) -> None:
    issuing.source.on("/transactions", as_json({"items": [row(), bent]}))

    assert reason(await transactions(issuing).ask(asker)) is FailureReason.MALFORMED


async def test_purchases_are_counted_from_the_moment_itself_on(issuing: Issuing, asker: Asker) -> None:
    rows = [row(created_at=AFTER), row(created_at=AT), row(created_at=BEFORE), row(kind="debit", credits=-5)]
    issuing.source.on("/transactions", as_json({"items": rows}))

    assert facts(await transactions(issuing).ask(asker)) == {"ok": True, "rows": 4, "purchases": 2}


async def test_an_empty_ledger_has_no_rows(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/transactions", as_json({"items": []}))

    assert facts(await transactions(issuing).ask(asker)) == {"ok": True, "rows": 0, "purchases": 0}


@pytest.mark.parametrize(("identity", "credit"), [("crd_2", "crd_2"), (17, "17")])
async def test_the_newest_purchase_is_the_evidence_of_a_write(
    issuing: Issuing, asker: Asker, identity: object, credit: str
) -> None:
    issuing.source.on(
        "/transactions", as_json({"items": [row(created_at=AT), row(id=identity), row(created_at=BEFORE)]})
    )

    assert facts(await evidence(issuing).ask(asker)) == {"accepted": True, "by": "credit", "credit": credit}


@pytest.mark.parametrize("rows", [[], [row(created_at=BEFORE)], [row(kind="refund")]])
async def test_without_a_purchase_there_is_no_fact_about_writing(
    issuing: Issuing, asker: Asker, rows: list[object]
) -> None:
    issuing.source.on("/transactions", as_json({"items": rows}))

    assert facts(await evidence(issuing).ask(asker)) == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, FailureReason.SERVER), (401, FailureReason.AUTH), (403, FailureReason.SCOPE)],
)
async def test_a_ledger_that_cannot_be_read_says_nothing_about_writing(
    issuing: Issuing, asker: Asker, status: int, expected: FailureReason
) -> None:
    issuing.source.on("/transactions", as_json({}, status=status))

    assert reason(await evidence(issuing).ask(asker)) is expected


@pytest.mark.parametrize(
    ("reply", "accepted"),
    [
        (as_json({"ok": True}), True),
        (as_json({"ok": True}, status=201), True),
        (as_json({"ok": False}), False),
        (as_json({"ok": "true"}), False),
        (as_json({}, status=500), False),
        (as_json({}, status=403), False),
    ],
)
async def test_a_write_probe_says_whether_the_write_was_accepted(
    issuing: Issuing, asker: Asker, reply: Reply, accepted: bool
) -> None:
    issuing.source.on("/write-probe", reply)

    assert facts(await write(issuing).ask(asker)) == {"accepted": accepted, "by": "probe"}
    assert issuing.source.asked("/write-probe")[0].method == "POST"
    assert issuing.source.asked("/write-probe")[0].body == b'{"note":"golive"}'


@pytest.mark.parametrize(
    ("reply", "expected"),
    [(as_json({}, status=404), FailureReason.STATUS), (as_html("ok"), FailureReason.MALFORMED)],
)
async def test_a_write_probe_that_answers_nothing_is_a_failure(
    issuing: Issuing, asker: Asker, reply: Reply, expected: FailureReason
) -> None:
    issuing.source.on("/write-probe", reply)

    assert reason(await write(issuing).ask(asker)) is expected


async def test_a_mistyped_ledger_path_is_a_failure(issuing: Issuing, asker: Asker) -> None:
    assert reason(await balance(issuing).ask(asker)) is FailureReason.STATUS


async def test_without_a_token_nothing_is_asked_of_the_ledger(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/oauth/token", Reply(reset=True))

    for probe in (
        balance(issuing),
        transactions(issuing),
        evidence(issuing),
        write(issuing),
        receipts(issuing),
    ):
        assert reason(await probe.ask(asker)) is FailureReason.NO_TOKEN

    assert set(issuing.source.counts()) == {"/discovery", "/oauth/token"}


def receipts(issuing: Issuing) -> ReceiptsProbe:
    return ReceiptsProbe(
        probe="receipts.log",
        source="provider",
        url=issuing.source.url("/receipts"),
        tokens=issuing.tokens(),
        reading=ReceiptsReading(
            items="items",
            event="event_id",
            received_at="received_at",
            result="result",
            good=("credited", "duplicate"),
        ),
        since=SINCE,
    )


def receipt(result: object, received_at: object = AFTER) -> dict[str, object]:
    return {"event_id": "evt_canary", "received_at": received_at, "result": result}


async def test_receipts_are_counted_since_the_moment_and_the_newest_is_named(
    issuing: Issuing, asker: Asker
) -> None:
    log = [receipt("credited", AT), receipt("bad_signature"), receipt("error", BEFORE)]
    issuing.source.on("/receipts", as_json({"items": log}))

    assert facts(await receipts(issuing).ask(asker)) == {
        "received": 2,
        "failed": 1,
        "last_result": "bad_signature",
    }


async def test_an_empty_log_has_received_nothing_and_has_no_last_result(
    issuing: Issuing, asker: Asker
) -> None:
    issuing.source.on("/receipts", as_json({"items": []}))

    assert facts(await receipts(issuing).ask(asker)) == {"received": 0, "failed": 0}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (as_json({}, status=401), FailureReason.AUTH),
        (as_json({}, status=403), FailureReason.SCOPE),
        (as_json({}, status=500), FailureReason.SERVER),
        (as_json({}, status=404), FailureReason.STATUS),
        (as_json({"items": None}), FailureReason.MALFORMED),
        (as_json({"items": [receipt(None)]}), FailureReason.MALFORMED),
        (as_json({"items": [receipt("credited", "2026-11-22T02:00:00")]}), FailureReason.MALFORMED),
    ],
)
async def test_a_log_that_cannot_be_read_is_a_failure_and_not_an_empty_log(
    issuing: Issuing, asker: Asker, reply: Reply, expected: FailureReason
) -> None:
    issuing.source.on("/receipts", reply)

    assert reason(await receipts(issuing).ask(asker)) is expected


def probed(at: str, *, accepted: bool) -> Observation:
    return Observation(
        probe="ledger.write_probe",
        source="api",
        environment=Environment.REHEARSAL,
        asked="POST http://127.0.0.1/write-probe",
        observed_at=datetime.fromisoformat(at),
        elapsed_ms=3,
        facts={"accepted": accepted, "by": "probe"},
    )


async def test_a_failed_write_is_not_covered_by_a_credit_from_before_it(
    issuing: Issuing, asker: Asker
) -> None:
    issuing.source.on("/transactions", as_json({"items": [row(created_at=AT)]}))

    found = facts(await evidence(issuing, probed(AFTER, accepted=False)).ask(asker))

    assert found == {"accepted": False, "by": "probe"}


async def test_a_credit_after_a_failed_write_proves_the_path_again(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/transactions", as_json({"items": [row(created_at="2026-11-22T03:00:00Z")]}))

    found = facts(await evidence(issuing, probed(AFTER, accepted=False)).ask(asker))

    assert found["by"] == "credit"


async def test_a_write_probe_from_before_the_run_proves_nothing(issuing: Issuing, asker: Asker) -> None:
    issuing.source.on("/transactions", as_json({"items": []}))

    assert facts(await evidence(issuing, probed(BEFORE, accepted=True)).ask(asker)) == {}


async def test_evidence_of_writing_grows_old(issuing: Issuing, asker: Asker) -> None:
    long_ago = (asker.clock() - timedelta(seconds=61)).isoformat()
    issuing.source.on("/transactions", as_json({"items": [row(created_at=long_ago)]}))

    assert facts(await replace(evidence(issuing), since=EPOCH, proves_s=60).ask(asker)) == {}
    assert facts(await replace(evidence(issuing), since=EPOCH, proves_s=90).ask(asker))["accepted"] is True


async def test_a_write_probe_that_was_not_answered_is_not_covered_by_a_credit(
    issuing: Issuing, asker: Asker
) -> None:
    issuing.source.on("/transactions", as_json({"items": [row(created_at=AT)]}))
    unanswered = CollectorFailure(
        probe="ledger.write_probe",
        source="api",
        environment=Environment.REHEARSAL,
        asked="POST http://127.0.0.1/write-probe",
        observed_at=datetime.fromisoformat(AFTER),
        elapsed_ms=4_000,
        reason=FailureReason.TIMEOUT,
        detail="",
    )

    assert reason(await evidence(issuing, unanswered).ask(asker)) is FailureReason.TIMEOUT


@pytest.mark.parametrize(
    "changed", [{"credits": 0}, {"credits": -9990}, {"created_at": "2999-01-01T00:00:00Z"}]
)
async def test_a_row_of_nothing_or_of_tomorrow_proves_no_write(
    issuing: Issuing, asker: Asker, changed: dict[str, Any]
) -> None:
    issuing.source.on("/transactions", as_json({"items": [row(**{"created_at": AT, **changed})]}))

    assert facts(await evidence(issuing).ask(asker)) == {}


@pytest.mark.parametrize(
    ("log", "failed"),
    [
        ([("evt_1", "error", AT), ("evt_1", "credited", AFTER)], 0),
        ([("evt_1", "credited", AT), ("evt_1", "error", AFTER)], 1),
        ([("evt_1", "error", AT), ("evt_2", "credited", AFTER)], 1),
        ([("evt_1", "error", AT), ("evt_1", "error", AFTER)], 1),
        ([(None, "bad_signature", AT), ("evt_2", "credited", AFTER)], 0),
        ([("evt_2", "credited", AT), (None, "bad_signature", AFTER)], 1),
    ],
)
async def test_the_last_delivery_of_an_event_decides(
    issuing: Issuing, asker: Asker, log: list[tuple[str | None, str, str]], failed: int
) -> None:
    items = [{"event_id": event, "result": result, "received_at": at} for event, result, at in log]
    issuing.source.on("/receipts", as_json({"items": items}))

    assert facts(await receipts(issuing).ask(asker))["failed"] == failed
