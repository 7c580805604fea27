"""A mistake in what must be proven is named with its line, its key and the mend."""

from __future__ import annotations

import pytest

from dashboard.launch.plan import Plan
from dashboard.launch.plan_evidence import BY_PERSON, ItemKind
from dashboard.launch.plan_file import PlanError, load_plan
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN

TEXT = DEFAULT_PLAN.read_text()
EVIDENCE = TEXT[TEXT.index("[evidence]") :]
HOUR = TEXT[
    TEXT.index("[hour]") : TEXT.index(
        "# ---------------------------------------------------------------- evidence"
    )
]
REFERENCE = EVIDENCE[: EVIDENCE.index("[[evidence.items]]")]


def loaded(text: str) -> Plan:
    return load_plan(text, scan=find_secret).plan


def problems(text: str) -> list[str]:
    with pytest.raises(PlanError) as raised:
        loaded(text)
    return [str(problem) for problem in raised.value.problems]


def test_the_default_plan_wants_pictures_and_what_golive_reads_by_itself() -> None:
    evidence = loaded(TEXT).evidence

    assert evidence is not None
    assert (86_400, False) == (evidence.valid_for_s, evidence.require_anchor_before_go)
    assert ["stripe_endpoint"] == [each.id for each in evidence.items if each.before == "go"]
    assert ["receipt"] == [each.id for each in evidence.items if not each.required]
    by_person = [each.id for each in evidence.items if each.is_by_person]
    assert by_person == [each.id for each in evidence.items if each.is_reviewed]
    assert ["stripe_page", "credits_page", "receipt"] == by_person


def test_a_plan_need_not_want_anything_proven() -> None:
    assert loaded(TEXT.replace(EVIDENCE, "")).evidence is None


def test_a_command_is_by_a_person_and_needs_no_second() -> None:
    assert {ItemKind.SCREENSHOT, ItemKind.COMMAND} == BY_PERSON


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('id = "credits_page"', 'id = "stripe_page"', "items[1].id", 'got the id "stripe_page" twice'),
        ('owner = "payments_lead"', 'owner = "payment_lead"', "items[2].owner", 'mean "payments_lead"?'),
        ("from_min = 45\nto_min = 60", "from_min = 60\nto_min = 60", "items[0].to_min", "got 60 to 60"),
        ("to_min = 60", "to_min = -1", "items[0].to_min", ">= 0"),
        ('kind = "screenshot"', 'kind = "picture"', "items[0].kind", "invalid enum value 'picture'"),
        ('kind = "screenshot"', 'kind = "genesis"', "items[0].kind", "invalid enum value 'genesis'"),
        ('before = "go"', 'before = "launch"', "items[3].before", "invalid enum value 'launch'"),
        ('page = { service = "student_pilot"', 'page = { service = "pilot"', "page.service", "unknown"),
        ('path = "/wallet/{user}"', 'path = "/credits?user=1"', "page.path", "matching regex"),
        ('path = "/wallet/{user}"', 'path = "https://x"', "page.path", "matching regex"),
        ("required = false", "mandatory = false", "items[6].mandatory", "unknown key; remove it"),
        ("valid_for_s = 86400", "valid_for_s = 59", "evidence.valid_for_s", ">= 60"),
        ("valid_for_s = 86400", "valid_for_s = 0.5", "evidence.valid_for_s", "got `float`"),
        ("proves = \"Stripe's own", "proven = \"Stripe's own", "items[2].proven", "unknown key"),
        ('title = "Stripe: the charge"', f'title = "{"x" * 201}"', "items[2].title", "length <= 200"),
        ('system = "student_pilot"', f'system = "{"x" * 201}"', "items[1].system", "length <= 200"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(old: str, new: str, key: str, says: str) -> None:
    assert old in EVIDENCE
    (said,) = problems(TEXT.replace(EVIDENCE, EVIDENCE.replace(old, new, 1)))

    first_line = TEXT[: TEXT.index(EVIDENCE)].count("\n") + 1
    line = int(said.split(",")[0].removeprefix("line "))
    assert first_line <= line <= first_line + EVIDENCE.count("\n")
    assert key in said.split(": ")[0]
    assert says in said


def test_a_page_is_of_a_picture_alone() -> None:
    changed = EVIDENCE.replace('kind = "screenshot"', 'kind = "command"')

    (said,) = problems(TEXT.replace(EVIDENCE, changed))
    assert 'got a page for "command"; only a screenshot has one' in said


def test_nothing_to_prove_is_no_evidence() -> None:
    (said,) = problems(TEXT.replace(EVIDENCE, f"{REFERENCE}items = []\n"))

    assert "evidence.items" in said


def test_without_an_hour_there_is_no_minute_to_capture_in() -> None:
    said = problems(TEXT.replace(HOUR, ""))

    assert any("evidence: got no [hour], expected one" in each for each in said)


def test_without_money_nothing_can_be_captured_from_it() -> None:
    money = TEXT[TEXT.index("[money]") : TEXT.index("# What a usage costs")]
    said = [each for each in problems(TEXT.replace(money, "")) if "evidence" in each]

    assert 4 == len(said)
    assert all("without [money]" in each for each in said)


def test_the_title_of_the_plan_fits_into_what_an_auditor_reads() -> None:
    title = loaded(TEXT).title

    (said,) = problems(TEXT.replace(f'title = "{title}"', f'title = "{"x" * 201}"', 1))
    assert ", title: expected `str` of length <= 200" in said
