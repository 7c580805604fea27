"""A plan that cannot be used is refused with the line, the key and the mend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.launch.plan_file import PlanError, load_plan
from dashboard.launch.signals import catalogue
from dashboard.launch.toml_lines import lines_of
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, default_plan

TEXT = DEFAULT_PLAN.read_text()


def line_of(fragment: str) -> int:
    return TEXT[: TEXT.index(fragment)].count("\n") + 1


def problems(old: str, new: str) -> list[str]:
    assert old in TEXT
    with pytest.raises(PlanError) as raised:
        load_plan(TEXT.replace(old, new, 1), scan=find_secret)
    return [str(problem) for problem in raised.value.problems]


def test_the_default_plan_is_good() -> None:
    loaded = load_plan(TEXT, scan=find_secret)

    assert "first-live-dollar" == loaded.plan.id
    assert TEXT == loaded.text


def test_every_mistake_of_the_shape_is_named_at_once() -> None:
    text = TEXT
    for old, new in (
        ("interval_s = 5", "interval_s = -5"),
        ("deadline_s = 15", "dead_line_s = 15"),
        ('title = "student_pilot"', "title = 5"),
        ("above_percent = 95", "above_percent = 100"),
        ("within_s = 900", ""),
        ('env = "GOLIVE_STRIPE_KEY"', 'env = "low"'),
        ("is = 0", "iss = 0"),
    ):
        assert old in text
        text = text.replace(old, new, 1)

    with pytest.raises(PlanError) as raised:
        load_plan(text, scan=find_secret)

    keys = {problem.key for problem in raised.value.problems}
    assert {
        "polling.interval_s",
        "stripe.dead_line_s",
        "services.student_pilot.title",
        "kpis[1].above_percent",
        "kpis[0].within_s",
        "stripe.key.env",
    } <= keys
    assert 7 == len(raised.value.problems)
    lines = [problem.line for problem in raised.value.problems]
    assert sorted(lines) == lines


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("deadline_s = 15", "dead_line_s = 15", "stripe.dead_line_s", "unknown key; remove it"),
        ("interval_s = 5", 'interval_s = "5"', "polling.interval_s", "expected `int`, got `str`"),
        ('title = "student_pilot"', "title = 5", "services.student_pilot.title", "expected `str`, got `int`"),
        ('kind = "finance"', 'kind = "money"', "roles.finance.kind", "invalid enum value 'money'"),
        ('id = "cors"', 'id = "tokens"', "gates[11].id", 'got the gate id "tokens" twice'),
        ('is = "pk_live"', "is = true", "gates[5].rules[3].is", "compare like with like"),
        ("balance.ok", "balanc.ok", "gates[8].rules[0].signal", 'did you mean "ledger.balance.ok"?'),
        (
            'owner = "comms_lead"\nbase',
            'owner = "cobol"\nbase',
            "services.auto_com_center.owner",
            "unknown role",
        ),
        ('items = "items"', 'items = "items[["', "ledger.items", "expected a JMESPath expression"),
        ("schema = 1", "schema = ", "schema", "not TOML"),
        ('env = "GOLIVE_STRIPE_KEY"', 'env = "low"', "stripe.key.env", "matching regex"),
        ("p95_below_ms = 120, n_min = 59,", "p95_below_ms = 120,", "gates[17].rules[0]", "needs n_min"),
        ('is = 0, n = "notification.retired.asked"', "is = 0", "gates[4].rules[2]", "n is missing"),
        ("ttl_s = 300", "ttl_s = 300, to_fail = 3", "gates[5].rules[4].to_fail", "got 3 of 1"),
        ('owner = "comms_lead"\nphase', 'owner = "cobol"\nphase', "hour.tasks[0].owner", "unknown role"),
        (
            'proven_by = ["refusals"]',
            'proven_by = ["refusal"]',
            "hour.tasks[5].proven_by",
            'did you mean "refusals"?',
        ),
        ('needs = ["align_tokens"]', 'needs = ["align"]', "hour.tasks[5].needs", "unknown task"),
        ('phase = "evidence"', 'phase = "evidenc"', "hour.tasks[8].phase", 'did you mean "evidence"?'),
        (
            'timebox_min = 15\nneeds = ["live_purchase"',
            'timebox_min = 20\nneeds = ["live_purchase"',
            "hour.tasks[8].timebox_min",
            "got T+45 to T+65, evidence is from T+45 to T+60",
        ),
        (
            'id = "ledger_p95"',
            'id = "notification_p95"',
            "kpis[4].id",
            "twice; give each KPI an id of its own",
        ),
        ('kind = "credited_rate"', 'kind = "credit_rate"', "kpis[2].kind", "invalid value 'credit_rate'"),
        ("within_s = 900", "within_ms = 900", "kpis[0].within_ms", "unknown key; remove it"),
        ("above_percent = 95", "above_percent = 100", "kpis[1].above_percent", "<= 99"),
        (
            'failed = "stripe.deliveries.und',
            'failed = "stripe.deliveries.d',
            "kpis[1].failed",
            "did you mean",
        ),
        (
            'failed = "stripe.deliveries.undelivered"',
            'failed = "ledger.balance.ok"',
            "kpis[1].failed",
            "known are",
        ),
        ('needs = ["stripe_live", "webh', 'needs = ["stripe_life", "webh', "kpis[1].needs", "unknown gate"),
        (
            'probes = ["ledger.balance", "ledger.transactions"]',
            'probes = ["ledger.balance", "ledger.transaction"]',
            "kpis[4].probes[1]",
            'did you mean "ledger.transactions"?',
        ),
    ],
)
def test_a_mistake_is_named_with_line_key_and_mend(old: str, new: str, key: str, says: str) -> None:
    (said,) = problems(old, new)

    assert said.startswith(f"line {line_of(old)}, {key}: ")
    assert says in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "align_tokens"', 'id = "stripe_live"', 'hour.tasks[2].id: got the id "stripe_live" twice'),
        ('id = "verification"', 'id = "directives"', 'hour.phases[1].id: got the id "directives" twice'),
        ("from_min = 45, to_min = 60", "from_min = 60, to_min = 60", "a phase ends after it begins"),
        (
            'proven_by = ["secret"]',
            'proven_by = ["secret"]\nneeds = ["smoke_test"]',
            "the tasks wait for each other: rotate_secret → smoke_test → rotate_secret",
        ),
        ('voters = ["payments_lead"', 'voters = ["payment_lead"', 'did you mean "payments_lead"?'),
        (
            'voters = ["payments_lead"',
            'voters = ["api_lead"',
            'got the role "api_lead" twice; a role votes once',
        ),
        (
            'voters = ["payments_lead"',
            'voters = ["auditor"',
            'got "auditor" of the kind auditor; name a role that works',
        ),
        (
            'voters = ["payments_lead"',
            'voters = ["chair"',
            'got "chair" of the kind chair; name a role that works',
        ),
        ('kind = "chair"', 'kind = "viewer"', "nobody can open a poll; give a role the kind chair"),
    ],
)
def test_an_hour_that_cannot_be_run_is_refused(old: str, new: str, says: str) -> None:
    assert any(says in said for said in problems(old, new)), problems(old, new)


def test_a_kpi_that_wants_to_decide_is_told_to_become_a_gate() -> None:
    (said,) = problems('kind = "p95"', 'kind = "p95"\nblocking = true')

    assert "kpis[3].blocking: got true, expected false: a KPI never decides; make it a gate" in said


def test_a_plan_without_kpis_is_a_plan() -> None:
    start, end = TEXT.index("[[kpis]]"), TEXT.index("[hour]")

    assert () == load_plan(TEXT[:start] + TEXT[end:], scan=find_secret).plan.kpis


def test_a_secret_pasted_into_a_plan_is_refused_and_not_repeated() -> None:
    (said,) = problems('key = { env = "GOLIVE_STRIPE_KEY" }', 'key = "rk_live_51HxSecretSecret"')

    assert said.startswith(f"line {line_of('GOLIVE_STRIPE_KEY')}, key: got what looks like a Stripe key")
    assert "51HxSecret" not in said


def test_a_plan_whose_gates_are_all_advisory_is_refused() -> None:
    until_the_second_gate = TEXT[: TEXT.index('[[gates]]\nid = "health"')]
    text = until_the_second_gate.replace("[[gates]]", "[[gates]]\nmandatory = false")

    with pytest.raises(PlanError, match="got no mandatory gate"):
        load_plan(text, scan=find_secret)


def test_every_problem_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = TEXT.replace("ledger.balance.ok", "ledger.x").replace('id = "cors"', 'id = "tokens"')
    with pytest.raises(PlanError) as raised:
        load_plan(text, scan=find_secret)

    lines = [problem.line for problem in raised.value.problems]
    assert sorted(lines) == lines
    assert len(lines) == 2


def test_lines_are_found_in_tables_arrays_and_inline_tables() -> None:
    text = '# top\na = 1\n[t]\n"b c" = """x\ny"""\n'
    text += '[[list]]\nk = [\n  { p = 1 },\n  { p = "]" }, # }\n]\n[[list]]\nq.r = 2\n'

    found = lines_of(text)

    assert 2 == found["a",]
    assert 4 == found["t", "b c"]
    assert 9 == found["list", 0, "k", 1, "p"]
    assert 12 == found["list", 1, "q", "r"]


@given(st.text(max_size=200))
def test_garbage_is_refused_as_a_plan_error_and_nothing_else(text: str) -> None:
    with pytest.raises(PlanError):
        load_plan(text, scan=find_secret)


def with_account(value: str) -> str:
    return DEFAULT_PLAN.read_text().replace("[stripe]\n", f"[stripe]\naccount = {value}\n")


@pytest.mark.parametrize("value", ['"acct_1AbC"', '{ env = "STRIPE_ACCOUNT" }'])
def test_a_plan_that_names_its_account_can_judge_that_it_matches(value: str) -> None:
    plan = load_plan(with_account(value), scan=find_secret).plan

    assert "matches" in catalogue(plan)["stripe.account"].facts
    assert "matches" not in catalogue(default_plan())["stripe.account"].facts


@pytest.mark.parametrize(("value", "says"), [('"cus_1"', "regex"), ('"acct_"', "regex"), ("1", "int")])
def test_what_is_no_account_is_refused(value: str, says: str) -> None:
    with pytest.raises(PlanError, match=rf"stripe\.account: .*{says}"):
        load_plan(with_account(value), scan=find_secret)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("x = [\n", 1, "x"),
        (f"{TEXT}\n[extra]\nkeys = [\n\n", 0, "(end of file)"),
        ('x = """abc\n', 1, "x"),
        ("", 1, ""),
    ],
)
def test_a_plan_that_ends_in_the_middle_is_said_to(text: str, line: int, key: str) -> None:
    with pytest.raises(PlanError) as refused:
        load_plan(text, scan=find_secret)

    (problem, *_) = refused.value.problems
    assert (line or len(text.splitlines()), True) == (problem.line, key in problem.key)
