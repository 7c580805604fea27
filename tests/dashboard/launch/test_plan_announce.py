"""A plan that names a service to announce to is checked like the rest of it; by default none is named."""

from __future__ import annotations

import pytest

from dashboard.launch.plan import Announce, Secret
from dashboard.launch.plan_file import PlanError, load_plan
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN

TEXT = DEFAULT_PLAN.read_text()
ANNOUNCE = """
[announce]
service = "auto_com_center"
path = "/send-notification"
header = "X-Webhook-Secret"
secret = { env = "NOTIFY_WEBHOOK_SECRET" }
text = "message"
body = { template = "announcement" }
"""


def with_announce(old: str = "", new: str = "") -> str:
    assert old in ANNOUNCE
    return TEXT + ANNOUNCE.replace(old, new, 1)


def test_the_default_plan_announces_to_no_service() -> None:
    assert load_plan(TEXT, scan=find_secret).plan.announce is None


def test_a_service_to_announce_to_is_read() -> None:
    assert load_plan(with_announce(), scan=find_secret).plan.announce == Announce(
        service="auto_com_center",
        path="/send-notification",
        header="X-Webhook-Secret",
        secret=Secret(env="NOTIFY_WEBHOOK_SECRET"),
        text="message",
        body={"template": "announcement"},
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("auto_com_center", "auto_com_centre", "announce.service", 'did you mean "auto_com_center"?'),
        ('text = "message"', 'text = "template"', "announce.text", 'got "template" in the body too'),
        ("X-Webhook-Secret", "X Secret", "announce.header", "matching regex"),
        ("/send-notification", "send?x=1", "announce.path", "matching regex"),
        ('secret = { env = "NOTIFY_WEBHOOK_SECRET" }\n', "", "announce.secret", "`secret` is missing"),
        ('text = "message"', 'txt = "message"', "announce.txt", "unknown key"),
    ],
)
def test_a_mistake_in_it_is_named_with_its_key(old: str, new: str, key: str, says: str) -> None:
    with pytest.raises(PlanError) as raised:
        load_plan(with_announce(old, new), scan=find_secret)

    (said,) = (str(problem) for problem in raised.value.problems)
    assert f", {key}: " in said
    assert says in said
