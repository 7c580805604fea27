from __future__ import annotations

import pytest

from collectors.asking import Asker
from collectors.observation import CollectorFailure, FailureReason, Observation
from collectors.page import PageProbe
from tests.collectors.loopback import Loopback, Reply, as_html, as_json


def page(source: Loopback) -> PageProbe:
    return PageProbe(probe="pilot.page", source="pilot", url=source.url("/"))


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ('<body data-stripe-key="pk_live_canary123">', "pk_live"),
        ("<script>Stripe('pk_test_canary123')</script>", "pk_test"),
        ("pk_live_canary123 and pk_test_canary123", "mixed"),
        ("pk_live_canary123 pk_live_canary456", "pk_live"),
        ("<h1>Shop</h1>", "none"),
        ("xpk_live_canary and pk_live_", "none"),
    ],
)
async def test_the_kind_of_key_is_kept_and_never_the_key(
    source: Loopback, asker: Asker, html: str, kind: str
) -> None:
    source.on("/", as_html(html))

    seen = await page(source).ask(asker)

    assert isinstance(seen, Observation)
    assert seen.facts == {"kind": kind}
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (as_html("pk_live_canary", status=404), FailureReason.STATUS),
        (as_html("pk_live_canary", status=502), FailureReason.SERVER),
        (as_json({"key": "pk_live_canary"}), FailureReason.MALFORMED),
    ],
)
async def test_a_page_that_is_none_has_no_kind_of_key(
    source: Loopback, asker: Asker, reply: Reply, reason: FailureReason
) -> None:
    source.on("/", reply)

    seen = await page(source).ask(asker)

    assert isinstance(seen, CollectorFailure)
    assert seen.reason is reason
    assert "canary" not in repr(seen)
