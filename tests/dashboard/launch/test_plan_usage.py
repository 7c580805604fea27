"""A plan says what a usage costs and which known one proves it; a mistake in it is named with its key."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dashboard.launch.money.usage import Rounding
from dashboard.launch.plan import Plan
from dashboard.launch.plan_file import PlanError, load_plan
from dashboard.launch.signals import MONEY, catalogue
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN

WHOLE = DEFAULT_PLAN.read_text()
GATE = WHOLE[WHOLE.index('[[gates]]\nid = "usage"') : WHOLE.index('[[gates]]\nid = "latency"')]
USAGE = WHOLE[WHOLE.index("[[usage.price]]") : WHOLE.index("[receipts]")]


def loaded(text: str) -> Plan:
    return load_plan(text, scan=find_secret).plan


def test_the_default_plan_has_a_price_and_a_sample_that_rounds() -> None:
    usage = loaded(WHOLE).usage

    assert usage is not None
    assert ("0.5", "2", Rounding.UP) == (usage.price[0].input, usage.price[0].output, usage.price[0].rounding)
    assert 3 == usage.expected()


def test_a_plan_without_usage_is_good_and_tells_no_fact_of_it() -> None:
    plan = loaded(WHOLE.replace(USAGE, "").replace(GATE, ""))

    assert None is plan.usage
    assert [] == [name for name in catalogue(plan)[MONEY].facts if name.startswith("usage")]


def test_a_gate_over_a_usage_without_a_sample_is_refused() -> None:
    with pytest.raises(PlanError, match=r"money\.truth\.usage_wrong"):
        loaded(WHOLE.replace(USAGE, USAGE[: USAGE.index("[usage.sample]")]))


def test_the_expected_credits_may_be_left_to_the_price() -> None:
    usage = loaded(WHOLE.replace("credits = 3\n", "")).usage

    assert usage is not None
    assert 3 == usage.expected()


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("credits = 3", "credits = 2", "usage.sample.credits", "got 2, expected 3 by the price of nano"),
        ('rounding = "up"', 'rounding = "half-even"', "usage.sample.credits", "got 3, expected 2"),
        ('rounding = "up"', 'rounding = "down"', "usage.price[0].rounding", "down"),
        ('input = "0.5"', "input = 0.5", "usage.price[0].input", "got `float`"),
        ('input = "0.5"', 'input = "5e-1"', "usage.price[0].input", "regex"),
        ('input = "0.5"', 'input = "-0.5"', "usage.price[0].input", "regex"),
        ("input = 1000", "input = 1000.0", "usage.sample.input", "float"),
        ('output = "2"', "", "usage.price[0].output", "is missing"),
        ('[usage.sample]\nmodel = "nano"', '[usage.sample]\nmodel = "nani"', "usage.sample.model", '"nano"?'),
        (
            "[usage.sample]",
            '[[usage.price]]\nmodel = "nano"\ninput = 1\noutput = 1\nrounding = "up"\n\n[usage.sample]',
            "usage.price[1].model",
            'got the model "nano" twice',
        ),
        (
            "input = 1000\noutput = 1000\ncredits = 3",
            "input = 0\noutput = 0",
            "usage.sample",
            "costs nothing",
        ),
        ('correlation_prefix = "usage_nano_1000_1000_"', "", "usage.sample", "got neither"),
        ("usage_nano_1000_1000_", "+49 170 1234567", "usage.sample.correlation_prefix", "regex"),
        ("debit_kind", "kind", "usage.sample.kind", "unknown key"),
    ],
)
def test_a_mistake_in_it_is_named_with_its_key(old: str, new: str, key: str, says: str) -> None:
    assert old in USAGE
    with pytest.raises(PlanError) as raised:
        loaded(WHOLE.replace(USAGE, USAGE.replace(old, new, 1)))

    (said,) = (str(problem) for problem in raised.value.problems)
    assert f", {key}: " in said
    assert says in said


@pytest.mark.parametrize(
    ("line", "sample", "says"),
    [
        ('correlation_id = "correlation_id"\n', "", "correlation_id in [ledger.history]"),
        ('user = "user"\nfrom_zero = true', 'user = "student-1"', "user in [ledger.history]"),
    ],
)
def test_a_debit_that_no_row_can_show_is_refused(line: str, sample: str, says: str) -> None:
    begin, end = WHOLE.index("[ledger.history]"), WHOLE.index("[ledger.denials]")
    history = WHOLE[begin:end]
    text = WHOLE.replace(
        history, history.replace(line[: line.index("\n")] + "\n", "").replace("from_zero = true", "")
    )
    text = text.replace("debit_kind", f"{sample}\ndebit_kind")

    with pytest.raises(PlanError) as raised:
        loaded(text)

    assert says in str(raised.value)


def test_a_balance_from_zero_needs_whose_it_is() -> None:
    history = WHOLE[WHOLE.index("[ledger.history]") : WHOLE.index("[ledger.denials]")]

    with pytest.raises(PlanError, match=r"ledger\.history\.from_zero: got it without user"):
        loaded(WHOLE.replace(history, history.replace('user = "user"\n', "")))


def test_without_a_beginning_at_zero_no_balance_is_told() -> None:
    plan = loaded(WHOLE)
    history: Any = plan.ledger.history
    later = msgspec.structs.replace(
        plan,
        ledger=msgspec.structs.replace(
            plan.ledger, history=msgspec.structs.replace(history, from_zero=False)
        ),
    )

    assert "overdrawn" in catalogue(plan)[MONEY].facts
    assert "overdrawn" not in catalogue(later)[MONEY].facts
