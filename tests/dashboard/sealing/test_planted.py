"""Secrets and personal data are handed in wherever anything is taken; none of them is ever found again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from PIL import Image, PngImagePlugin

from collectors.money import Charge, LedgerEntry, WebhookEndpoint
from collectors.money_window import MoneyList
from dashboard.launch.evidence_view import Attest
from dashboard.launch.plan_file import PlanError, load_plan
from dashboard.launch.scene import Act, RefusedActError
from dashboard.recorder import _without_secrets
from dashboard.room import RefusedError
from evidence.envelope import opened as opened_envelope
from evidence.intake import WithheldError, text_blob
from evidence.redaction import find_secret
from evidence.verification.report import Severity
from tests.cast import answer
from tests.dashboard.launch.money.bought import after, charge, entry, event, intent, session
from tests.dashboard.money_read import balances, endpoint, read, told_undelivered
from tests.dashboard.sealing.scene import CEO, COORDINATOR, FINANCE, WHOLE, Launch
from tests.dashboard.store.scene import failure
from tests.dashboard.tower import LOADED
from tests.evidence.planted import PLAIN, PLANTED

HIDING = "\u200b"
LINES = [text for text in PLANTED if "\n" not in text]
TORN = [HIDING.join((text[:6], text[6:])) for text in ("sk_live_rehearsal_51abcDEF", "AKIAIOSFODNN7EXAMPLE")]


@pytest.fixture
def under_way(launch: Launch) -> Launch:
    """T+46, the log has begun."""
    launch.sealer()
    launch.at(0)
    launch.judge()
    launch.start()
    launch.at(46)
    launch.judge()
    return launch


def tamed(value: dict[str, Any], shape: type[msgspec.Struct]) -> Any:
    """What is decoded of an object that came as bytes; None where it is refused."""
    try:
        return msgspec.json.decode(json.dumps(value).encode(), type=shape)
    except msgspec.ValidationError:
        return None


def worded(text: str, word: int) -> bytes:
    """A picture with this text wherever a picture's file can hold words, and with pixels of its own."""
    said, out, exif = PngImagePlugin.PngInfo(), io.BytesIO(), Image.Exif()
    said.add_text("Comment", text)
    said.add_itxt("Author", text, zip=True)
    exif[0x010E] = text
    Image.new("RGB", (4, 4), (word, word, word)).save(out, "PNG", pnginfo=said, exif=exif)
    return out.getvalue() + text.encode()


# ---------------------------------------------------------------- each intake by itself


@pytest.mark.parametrize("text", [*PLANTED, *TORN])
def test_no_reason_risk_or_control_of_an_act_holds_it(under_way: Launch, text: str) -> None:
    before = under_way.store.events(under_way.writer.run.id)
    for where in ("reason", "risk", "control"):
        told: dict[str, Any] = {"reason": "because", where: f"see {text}"}
        with pytest.raises(RefusedActError) as caught:
            under_way.act(COORDINATOR, Act.HOLD, **told)
        assert text not in str(caught.value)

    assert before == under_way.store.events(under_way.writer.run.id)


@pytest.mark.parametrize("text", [*PLANTED, *TORN])
def test_no_reason_of_a_review_holds_it(under_way: Launch, text: str) -> None:
    taken = under_way.hand_in("stripe_page")
    with pytest.raises(RefusedError) as caught:
        under_way.room().review(FINANCE, taken.index, accepted=False, reason=text)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("is_comment", [True, False])
def test_no_plan_holds_it_in_a_comment_or_a_value_however_it_is_spelled(text: str, is_comment: bool) -> None:
    own = f"# {text}\ntitle = 'A'" if is_comment else f"title = {json.dumps(text)}"
    with pytest.raises(PlanError) as caught:
        load_plan(LOADED.text.replace('title = "First live dollar"', own, 1), scan=find_secret)
    assert "got what looks like a" in str(caught.value)
    assert text not in str(caught.value)


def test_no_plan_holds_it_from_one_line_to_the_next() -> None:
    with pytest.raises(PlanError, match=r"line 1, .*got what looks like a authorization header"):
        load_plan(f"# Authorization: Bearer\n# and\n{LOADED.text}", scan=find_secret)
    with pytest.raises(PlanError, match=r"line 2, .*got what looks like a password"):
        load_plan(f"# here\n# the secret:\nschemas = 1\n{LOADED.text}", scan=find_secret)


@pytest.mark.parametrize("text", [*PLANTED, *TORN])
def test_no_output_of_a_command_holds_it(text: str) -> None:
    with pytest.raises(WithheldError):
        text_blob(f"3 passed\n{text}\n", cap=1_000)


# ---------------------------------------------------------------- all of it, in one launch


def handed_in(launch: Launch) -> None:
    """Pictures with words in their files, and reasons that are refused."""
    room = launch.room()
    for number, text in enumerate(PLANTED):
        taken = room.hand_in(COORDINATOR, "stripe_page", worded(text, number), WHOLE)
        with pytest.raises(RefusedError):
            room.hand_in(COORDINATOR, "stripe_page", text.encode(), WHOLE)
        with pytest.raises(RefusedError):
            room.hand_in(COORDINATOR, text, worded(text, number), WHOLE)
        with pytest.raises(RefusedError):
            room.review(FINANCE, taken.index, accepted=False, reason=text)
        launch.wait()


def acted(launch: Launch) -> None:
    for text in PLANTED:
        for where in ("reason", "risk", "control"):
            told: dict[str, Any] = {"reason": "because", where: text}
            with pytest.raises(RefusedActError):
                launch.act(COORDINATOR, Act.HOLD, **told)
        with pytest.raises(RefusedActError):
            launch.act(CEO, Act.DECIDE, text)
    for plain in PLAIN:
        launch.judge()
        launch.act(CEO, Act.DECIDE, "HOLD", reason=plain)
        launch.wait()


def sampled(launch: Launch) -> None:
    """Services that put it into every field of what they answer."""
    for text in PLANTED:
        good = replace(answer("ledger.balance"), observed_at=launch.now)
        for sample in (
            replace(good, facts={"ok": True, "note": text}),
            replace(good, build=text),
            replace(good, request_id=text),
            replace(good, account=text),
            replace(good, asked=f"ask {text}"),
            replace(failure("ledger.balance"), detail=text, observed_at=launch.now),
        ):
            launch.writer.samples(_without_secrets(sample, find_secret))
    launch.sample()
    launch.judge()


def bought(launch: Launch) -> None:
    """Stripe and the ledger put it into fields that nobody asked for, and into those that are kept."""
    writer = launch.writer
    charges, entries, endpoints = list(_charges()), list(_entries()), list(_endpoints())
    assert len(charges) > len(PLANTED)
    assert len(entries) > len(PLANTED)
    read(writer, MoneyList.CHECKOUT_SESSIONS, session())
    read(writer, MoneyList.PAYMENT_INTENTS, intent())
    read(writer, MoneyList.CHARGES, charge(), *charges)
    read(writer, MoneyList.EVENTS, event(), undelivered=told_undelivered())
    read(writer, MoneyList.WEBHOOK_ENDPOINTS, endpoint(), *endpoints)
    read(writer, MoneyList.LEDGER, entries=(entry(), *entries))
    balances(writer, s5=0, s14=9_990)


def _charges() -> Iterator[Charge]:
    plain = msgspec.to_builtins(charge())
    for number, text in enumerate(PLANTED):
        failed = plain | {"id": f"ch_other_{number}", "status": "failed", "paid": False, "captured": False}
        unknown = {
            "description": text,
            "receipt_url": text,
            "billing_details": {"email": text, "name": text},
            "payment_method_details": {"card": {"number": text}},
        }
        kept: dict[str, Any] = {
            "metadata": {"correlation_id": text, "account_id": text, "note": text},
            "failure_code": text,
            "outcome": {"reason": text, "type": text, "seller_message": text},
        }
        yield from _decoded(Charge, failed | unknown | kept)
        for name in ("id", "status", "balance_transaction"):
            yield from _decoded(Charge, failed | {"id": f"ch_{name}_{number}", name: text})


def _entries() -> Iterator[LedgerEntry]:
    plain = msgspec.to_builtins(entry())
    for number, text in enumerate(PLANTED):
        row = plain | {"id": f"tx_other_{number}", "kind": "grant", "credits": 0, "payment_intent": "pi_1"}
        yield from _decoded(LedgerEntry, row | {"email": text, "correlation_id": text, "user": text})
        for name in ("id", "kind"):
            yield from _decoded(LedgerEntry, row | {"id": f"tx_{name}_{number}", name: text})


def _endpoints() -> Iterator[WebhookEndpoint]:
    plain = msgspec.to_builtins(endpoint())
    for number, text in enumerate(PLANTED):
        told = {"id": f"we_other_{number}", "secret": text, "description": text, "metadata": {"note": text}}
        yield from _decoded(WebhookEndpoint, plain | told)
        url = f"https://me:{text}@shop.example/hook?key={text}#{text}"
        yield from _decoded(WebhookEndpoint, plain | {"id": f"we_url_{number}", "url": url})


def _decoded(shape: type[Any], value: dict[str, Any]) -> Iterator[Any]:
    found = tamed(value, shape)
    if found is not None:
        yield found


def everything(launch: Launch) -> Iterator[tuple[str, bytes]]:
    """All that is kept of evidence, and all that leaves: by where it is."""
    run, evidence = launch.writer.run.id, launch.store.evidence
    for stored in evidence.each(run, size=1_000_000):
        yield stored.key, stored.envelope
        yield stored.key, opened_envelope(stored.envelope).payload
        yield stored.key, stored.key.encode()
    for file in launch.blobs.folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes()
    yield "the bundle", launch.bundle().read_bytes()


def test_of_all_that_is_planted_in_a_launch_nothing_is_found_in_its_evidence(under_way: Launch) -> None:
    launch = under_way
    handed_in(launch)
    acted(launch)
    sampled(launch)
    launch.now = after(25)
    bought(launch)
    sealer = launch.sealer()
    sealer.step()
    launch.wait(minutes=2)
    launch.act(COORDINATOR, Act.CLOSE, reason="all is done")
    sealer.step()

    kept = list(everything(launch))
    for text in PLANTED:
        spellings = {text.encode(), json.dumps(text)[1:-1].encode()}
        assert [] == [where for where, data in kept if any(one in data for one in spellings)], text
    assert {"close", "decision", "event", "genesis", "inputs", "screenshot"} <= set(
        launch.store.evidence.counts(launch.writer.run.id)
    )
    fails = [str(each) for each in launch.verified().findings if each.severity is Severity.FAIL]
    assert [] == fails


def test_what_is_not_allowed_is_left_out_and_the_rest_is_captured(under_way: Launch) -> None:
    launch = under_way
    launch.now = after(25)
    text = "buyer@example.com"
    told = msgspec.to_builtins(charge()) | {"description": text, "billing_details": {"email": text}}
    read(launch.writer, MoneyList.CHECKOUT_SESSIONS, session())
    read(launch.writer, MoneyList.PAYMENT_INTENTS, intent())
    read(launch.writer, MoneyList.CHARGES, tamed(told, Charge))
    launch.sealer().step()

    assert "item/stripe_charge/1" in launch.names()
    assert not any(text.encode() in data for _, data in everything(launch))


def test_a_picture_is_shown_before_it_is_kept_and_nothing_is_kept_by_that(under_way: Launch) -> None:
    before = launch_files(under_way)
    picture = under_way.room().look_over(COORDINATOR, worded("sk_live_rehearsal_51abcDEF", 9))

    assert before == launch_files(under_way)
    assert b"sk_live" not in picture.png
    half = Attest(date_visible=True, system_visible=True, whole_screen=True, no_personal_data=False)
    assert not half.is_whole


def launch_files(launch: Launch) -> list[str]:
    return sorted(file.name for file in launch.folder.rglob("*") if file.is_file())
