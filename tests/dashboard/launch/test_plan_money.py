"""A plan says how the history of money is read; a mistake in it is named with its key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.launch.plan_file import PlanError, load_plan
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN

WITH_GATE = DEFAULT_PLAN.read_text()
GATE = WITH_GATE[WITH_GATE.index('[[gates]]\nid = "money"') : WITH_GATE.index('[[gates]]\nid = "latency"')]
USAGE = WITH_GATE[WITH_GATE.index("# What a usage costs") : WITH_GATE.index("[receipts]")]
DELIVERIES = WITH_GATE[WITH_GATE.index("[deliveries]") : WITH_GATE.index("[stripe]")]
EVIDENCE = WITH_GATE[WITH_GATE.index("[evidence]") :]
TEXT = WITH_GATE.replace(GATE, "").replace(USAGE, "").replace(DELIVERIES, "").replace(EVIDENCE, "")
HISTORY = TEXT[TEXT.index("[ledger.history]") : TEXT.index("[ledger.denials]")]
DENIALS = TEXT[TEXT.index("[ledger.denials]") : TEXT.index("[money]")]
MONEY = TEXT[TEXT.index("[money]") : TEXT.index("[receipts]")]


def test_the_default_plan_reads_the_whole_history() -> None:
    plan = load_plan(WITH_GATE, scan=find_secret).plan

    assert plan.money is not None
    assert plan.ledger.history is not None
    assert (None, 45, 10) == (plan.money.since, plan.money.grace_s, plan.money.read_interval_s)
    assert "/api/v1/transactions" == plan.ledger.history.path


def test_the_moment_of_going_live_is_read_with_its_zone() -> None:
    plan = load_plan(
        TEXT.replace("[money]\n", "[money]\nsince = 2026-11-20T09:00:00+01:00\n"), scan=find_secret
    )

    assert plan.plan.money is not None
    assert datetime(2026, 11, 20, 8, tzinfo=UTC) == plan.plan.money.since


def test_a_plan_without_money_is_good() -> None:
    plan = load_plan(TEXT.replace(HISTORY, "").replace(DENIALS, "").replace(MONEY, ""), scan=find_secret).plan

    assert (plan.money, plan.ledger.history) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('id = "id"', 'id = "[id"', "ledger.denials.id", "expected a JMESPath"),
        ('created = "created_at"', 'created = "created["', "ledger.denials.created", "expected a JMESPath"),
        ("{ limit = 100 }", "{ cursor = 1 }", "ledger.denials.cursor_parameter", "in the parameters too"),
        ('user = "user"\n', "", "ledger.denials.user", "is missing"),
        ('user = "user"', 'who = "user"', "ledger.denials.who", "unknown key"),
    ],
)
def test_a_mistake_in_the_denials_is_named_with_its_key(old: str, new: str, key: str, says: str) -> None:
    assert old in DENIALS
    with pytest.raises(PlanError) as raised:
        load_plan(TEXT.replace(DENIALS, DENIALS.replace(old, new)), scan=find_secret)

    (said,) = (str(problem) for problem in raised.value.problems)
    assert f", {key}: " in said
    assert says in said


def test_a_plan_need_not_read_denials() -> None:
    assert load_plan(TEXT.replace(DENIALS, ""), scan=find_secret).plan.ledger.denials is None


def test_a_gate_over_money_that_nobody_reads_is_refused() -> None:
    with pytest.raises(PlanError, match=r"money\.truth"):
        load_plan(
            WITH_GATE.replace(USAGE, "")
            .replace(DELIVERIES, "")
            .replace(HISTORY, "")
            .replace(DENIALS, "")
            .replace(MONEY, ""),
            scan=find_secret,
        )


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        (DENIALS + MONEY, "", "ledger.history", "got no [money]"),
        (HISTORY + DENIALS + MONEY, DENIALS, "ledger.denials", "nobody reads the denials without it"),
        (HISTORY, "", "money", "got no [ledger.history]"),
        ('cents = "usd_cents"', 'cents = "usd["', "ledger.history.cents", "expected a JMESPath"),
        ('next_cursor = "next', 'next_cursor = "[next', "ledger.history.next_cursor", "expected a JMESPath"),
        ("{ limit = 100 }", "{ cursor = 1 }", "ledger.history.cursor_parameter", "in the parameters too"),
        (
            'cursor_parameter = "cursor"',
            'cursor_parameter = "a b"',
            "ledger.history.cursor_parameter",
            "regex",
        ),
        ("[money]\n", "[money]\nsince = 2026-11-20T09:00:00\n", "money.since", "timezone"),
        ("[money]\n", '[money]\nsince = "yesterday"\n', "money.since", "datetime"),
        ("grace_s = 45", "grace_s = 0", "money.grace_s", ">= 1"),
        ("read_interval_s = 10", "read_interval_s = 1", "money.read_interval_s", ">= 2"),
        ("read_interval_s", "interval", "money.interval", "unknown key"),
    ],
)
def test_a_mistake_in_it_is_named_with_its_key(old: str, new: str, key: str, says: str) -> None:
    assert old in HISTORY + DENIALS + MONEY
    with pytest.raises(PlanError) as raised:
        load_plan(TEXT.replace(old, new, 1), scan=find_secret)

    (said,) = (str(problem) for problem in raised.value.problems)
    assert f", {key}: " in said
    assert says in said


def test_the_default_plan_reads_who_was_notified_and_a_plan_need_not() -> None:
    default = load_plan(WITH_GATE, scan=find_secret).plan.deliveries

    assert default is not None
    assert ("auto_com_center", "/ops/deliveries", ("accepted",)) == (
        default.service,
        default.path,
        default.good,
    )
    assert load_plan(TEXT, scan=find_secret).plan.deliveries is None


@pytest.mark.parametrize("key", ["payment_intent", "correlation_id", "only", "shows_at_most"])
def test_a_delivery_log_may_lack(key: str) -> None:
    (line,) = (each for each in DELIVERIES.splitlines() if each.startswith(f"{key} = "))

    plan = load_plan(TEXT + "\n" + DELIVERIES.replace(line, ""), scan=find_secret).plan

    assert plan.deliveries is not None
    assert getattr(plan.deliveries, key) is None


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('"auto_com_center"', '"auto_com_centre"', "deliveries.service", 'did you mean "auto_com_center"?'),
        ('id = "id"', 'id = "[id"', "deliveries.id", "expected a JMESPath"),
        ('items = "items"', 'items = "items["', "deliveries.items", "expected a JMESPath"),
        ('received_at = "at"', 'received_at = "a b"', "deliveries.received_at", "expected a JMESPath"),
        ('result = "status"', 'result = "sta tus"', "deliveries.result", "expected a JMESPath"),
        ('payment_intent = "pay', 'payment_intent = "[pay', "deliveries.payment_intent", "expected a JMES"),
        ('correlation_id = "c', 'correlation_id = "[c', "deliveries.correlation_id", "expected a JMESPath"),
        ('only = "template', 'only = "tem plate', "deliveries.only", "expected a JMESPath"),
        ('good = ["accepted"]', "good = []", "deliveries.good", "length >= 1"),
        ('result = "status"\n', "", "deliveries.result", "is missing"),
        ("shows_at_most = 200", "shows_at_most = 0", "deliveries.shows_at_most", ">= 1"),
        ("shows_at_most = 200", 'to = "recipient"', "deliveries.to", "unknown key"),
    ],
)
def test_a_mistake_in_the_deliveries_is_named_with_its_key(old: str, new: str, key: str, says: str) -> None:
    assert 1 == DELIVERIES.count(old)
    with pytest.raises(PlanError) as raised:
        load_plan(TEXT + "\n" + DELIVERIES.replace(old, new), scan=find_secret)

    (said,) = (str(problem) for problem in raised.value.problems)
    assert f", {key}: " in said
    assert says in said


def test_a_delivery_log_that_nobody_would_read_is_refused() -> None:
    bare = TEXT.replace(HISTORY, "").replace(DENIALS, "").replace(MONEY, "")

    with pytest.raises(PlanError, match="nobody reads the deliveries without it"):
        load_plan(bare + "\n" + DELIVERIES, scan=find_secret)
