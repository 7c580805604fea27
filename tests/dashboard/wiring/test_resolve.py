"""What a plan leaves to the environment is filled in, or every missing name is told at once."""

from __future__ import annotations

import pytest

from collectors.observation import Environment
from dashboard.launch.plan_file import load_plan
from dashboard.wiring.resolve import UnresolvedError, named_in, refuse_live_rehearsal, resolve, sealed
from evidence.redaction import find_secret
from tests.cast import DEFAULT_PLAN, default_plan

PLAN = default_plan()


def complete(**changed: str) -> dict[str, str]:
    environ = {name: "value" for _, name, optional in named_in(PLAN) if not optional}
    for service in (
        "SCHOLAR_AUTH",
        "AUTO_COM_CENTER",
        "PROVIDER_REGISTER",
        "SCHOLARSHIP_API",
        "STUDENT_PILOT",
    ):
        environ[f"{service}_BASE_URL"] = f"https://{service.lower().replace('_', '-')}.example"
    environ["AUTH_JWKS_URL"] = "https://scholar-auth.example/jwks.json"
    return environ | changed


def test_every_missing_name_is_told_with_the_key_that_needs_it() -> None:
    environ = complete()
    del environ["NOTIFY_WEBHOOK_SECRET"], environ["AUTH_ISSUER"]

    with pytest.raises(UnresolvedError) as raised:
        resolve(PLAN, environ)

    assert "AUTH_ISSUER is not set, issuer.issuer needs it" in str(raised.value)
    assert "NOTIFY_WEBHOOK_SECRET is not set, notification.secret needs it" in str(raised.value)


def test_an_empty_value_is_a_missing_one() -> None:
    with pytest.raises(UnresolvedError, match="GOLIVE_STRIPE_KEY is not set"):
        resolve(PLAN, complete(GOLIVE_STRIPE_KEY=""))


def test_plain_http_is_refused_outside_loopback() -> None:
    with pytest.raises(UnresolvedError, match=r'got plain http to "pilot\.example", expected https'):
        resolve(PLAN, complete(STUDENT_PILOT_BASE_URL="http://pilot.example"))

    on_this_machine = resolve(PLAN, complete(STUDENT_PILOT_BASE_URL="http://127.0.0.1:8000/"))
    assert "http://127.0.0.1:8000" == on_this_machine.base_url("student_pilot")


@pytest.mark.parametrize("url", ["pilot.example", "ftp://pilot.example", "https://", "javascript:alert(1)"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(UnresolvedError, match=r"services.student_pilot.base_url: got no web address"):
        resolve(PLAN, complete(STUDENT_PILOT_BASE_URL=url))


def test_only_the_real_stripe_makes_a_live_run() -> None:
    assert Environment.LIVE == resolve(PLAN, complete()).environment()
    for base in ("http://127.0.0.1:4000", "https://stripe.example", "https://api.stripe.com.example"):
        assert Environment.REHEARSAL == resolve(PLAN, complete(STRIPE_API_BASE=base)).environment()


def test_an_account_that_the_environment_names_must_be_one() -> None:
    text = DEFAULT_PLAN.read_text().replace("[stripe]\n", '[stripe]\naccount = { env = "STRIPE_ACCOUNT" }\n')
    plan = load_plan(text, scan=find_secret).plan

    with pytest.raises(UnresolvedError, match=r"stripe\.account: got no account id, expected acct_"):
        resolve(plan, complete(STRIPE_ACCOUNT="sk_live"))
    assert "acct_1Ab" == resolve(plan, complete(STRIPE_ACCOUNT="acct_1Ab")).account()
    assert None is resolve(PLAN, complete()).account()


def test_a_secret_is_in_no_representation() -> None:
    resolver = resolve(PLAN, complete(NOTIFY_WEBHOOK_SECRET="hunter2hunter2"))
    assert PLAN.notification is not None

    secret = resolver.secret(PLAN.notification.secret)

    assert "hunter2" not in f"{secret!r} {secret!s} {resolver!r}"
    assert "hunter2hunter2" == secret.reveal()


def test_the_same_plan_over_other_hosts_is_another_run() -> None:
    loaded = load_plan(DEFAULT_PLAN.read_text(), scan=find_secret)

    here = sealed(loaded, complete(STUDENT_PILOT_BASE_URL="https://a.example"))
    there = sealed(loaded, complete(STUDENT_PILOT_BASE_URL="https://b.example"))

    assert here.sha256 != there.sha256
    assert '# STUDENT_PILOT_BASE_URL = "https://a.example"' in here.text
    assert loaded.plan == load_plan(here.text, scan=find_secret).plan


def test_a_sealed_plan_holds_no_secret_and_no_personal_data() -> None:
    loaded = load_plan(DEFAULT_PLAN.read_text(), scan=find_secret)

    environ = complete(NOTIFY_WEBHOOK_SECRET="hunter2hunter2", GOLIVE_LEDGER_USER="a@b.example")
    text = sealed(loaded, environ).text

    assert "hunter2" not in text
    assert "a@b.example" not in text
    assert '# GOLIVE_LEDGER_USER = "sha256:' in text


def test_a_rehearsal_over_the_real_stripe_is_refused() -> None:
    with pytest.raises(UnresolvedError, match="a rehearsal over a plan that asks the real Stripe"):
        refuse_live_rehearsal(resolve(PLAN, complete(GOLIVE_REHEARSAL_URL="http://127.0.0.1:1")))

    refuse_live_rehearsal(resolve(PLAN, complete()))
