"""A purchase whose webhook was answered 200 and never credited, as the CEO and finance come to see it."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.launch.money.webhook_panel import WebhookPanel
from dashboard.launch.plan_file import load_plan
from dashboard.purchases import Ours
from dashboard.webhooks import Webhooks
from evidence.redaction import find_secret
from tests.whole.running import House, collecting


def test_a_webhook_that_answers_200_and_credits_nothing_is_no_go_and_lost_until_the_money_went_back(
    quick: House,
) -> None:
    collecting(quick)
    quick.world().put_in("webhook_200_lost")
    quick.world().buy()

    told = quick.until_status(1)
    lost = seen(quick)

    assert "Every charge has its one right credit" in told.stdout
    with quick.store() as store:
        [paid] = store.money.newest_purchases(limit=9)
    row = lost.rows[0]
    assert ("200 but lost", 1) == (row.cell.name, row.n)
    assert [paid.id] == [each.payment_intent for each in row.told]
    assert paid.created <= row.told[0].created.timestamp() <= lost.judged_at.timestamp()

    quick.world().refund()
    quick.world().take_all_out()
    quick.world().buy()
    quick.until_status(0)

    assert {"refunded, never credited": [paid.id], "credited": 1} == {
        row.cell.name: [each.payment_intent for each in row.told] if "never" in row.cell.name else row.n
        for row in seen(quick).rows
    }


def seen(house: House) -> WebhookPanel:
    """The Webhooks page as it is now."""
    with house.store() as store:
        run = store.newest_run()
        assert run is not None
        plan = load_plan(store.plan_text(run), scan=find_secret).plan
        return Webhooks(store=store, plan=plan, ours=Ours(), clock=lambda: datetime.now(UTC)).panel()
