"""What reads money is put together as the plan says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from collectors.asking import Asker
from collectors.observation import Environment
from dashboard.launch.plan_values import FromEnvironment
from dashboard.wiring.money import REACH_S, money_of, ours_of
from dashboard.wiring.probes import probes_of
from dashboard.wiring.resolve import resolve
from tests.cast import default_plan
from tests.collectors.striping import KEY, NOW
from tests.dashboard.store.scene import Writing, opened, writing


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writing]:
    with opened(f"sqlite:///{tmp_path / 'golive.sqlite'}") as store:
        yield writing(store)


def test_the_plan_says_what_is_read_and_the_probes_pace_is_shared(writer: Writing) -> None:
    resolver = resolve(default_plan(), _environ())
    probes = probes_of(resolver, since=NOW, fingerprint_key=b"k" * 32, newest=dict)

    reading = money_of(
        resolver,
        probes,
        store=writer.store.money,
        run=writer.run,
        lease=writer.lease,
        asker=Asker(environment=Environment.REHEARSAL),
        clock=lambda: NOW,
    )

    assert reading is not None
    assert probes.stripe is reading.stripe.reader
    assert reading.ledger is not None
    assert probes.tokens is reading.ledger.pages.tokens
    assert reading.ledger.pages.url.endswith("/api/v1/transactions")
    assert reading.denials is not None
    assert reading.denials.pages.url.endswith("/api/v1/denials")
    assert reading.notifications is not None
    assert reading.notifications.url.endswith("/ops/deliveries")
    assert ("at", "status", 200) == (
        reading.notifications.reading.received_at,
        reading.notifications.reading.result,
        reading.notifications.shows_at_most,
    )
    assert int(writer.run.started_at.timestamp()) - REACH_S == reading.stripe.since
    assert 10 == reading.interval_s


def test_whose_usage_and_whose_account_is_meant_may_be_left_to_the_environment() -> None:
    plan = default_plan()
    assert plan.usage is not None
    assert plan.usage.sample is not None
    sample = structs.replace(plan.usage.sample, user=FromEnvironment(env="SAMPLE_USER"))
    named = structs.replace(
        plan,
        usage=structs.replace(plan.usage, sample=sample),
        stripe=structs.replace(plan.stripe, account="acct_ours"),
    )

    plain = ours_of(resolve(plan, _environ()))
    told = ours_of(resolve(named, _environ() | {"SAMPLE_USER": "u-7"}))

    assert (None, None) == (plain.usage_user, plain.account)
    assert ("u-7", "acct_ours") == (told.usage_user, told.account)


def _environ() -> dict[str, str]:
    from dashboard.wiring.resolve import named_in

    told = {name: "http://127.0.0.1:9" for _, name, _ in named_in(default_plan())}
    return told | {"GOLIVE_STRIPE_KEY": KEY}
