from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.asking import Asker, AskError, Masked
from collectors.exchange import BODY_LIMIT
from collectors.observation import Environment, FailureReason
from tests.certificate import own_certificate
from tests.collectors.loopback import Loopback, Reply, as_json

CANARY = "canary-secret-5d41402abc"


async def refused(asker: Asker, url: str, **how: object) -> AskError:
    with pytest.raises(AskError) as raised:
        await asker.ask("GET", url, **how)  # type: ignore[arg-type]
    return raised.value


@pytest.fixture
async def hurried() -> AsyncIterator[Asker]:
    async with Asker(environment=Environment.REHEARSAL, timeout_ms=150) as one:
        yield one


async def test_an_answer_says_what_came_back_and_when(source: Loopback, asker: Asker) -> None:
    source.on("/x", as_json({"a": 1}, Date="Sun, 22 Nov 2026 02:00:00 GMT", Request_Id="req_9"))

    answer = await asker.ask("GET", source.url("/x?user=secret#part"))

    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert answer.body == b'{"a": 1}'
    assert answer.date == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert answer.request_id == "req_9"
    assert answer.asked == f"GET {source.url('/x')}"
    assert answer.observed_at.tzinfo is UTC


async def test_json_form_and_headers_reach_the_source(source: Loopback, asker: Asker) -> None:
    source.on("/x", as_json({}))

    await asker.ask("POST", source.url("/x"), json={"a": True}, headers={"X-Key": Masked(CANARY)})
    await asker.ask("POST", source.url("/x"), form={"grant": "me"})

    first, second = source.requests
    assert first.body == b'{"a":true}'
    assert first.headers["x-key"] == CANARY
    assert first.headers["user-agent"] == "golive/0.1"
    assert second.body == b"grant=me"


async def test_connections_are_reused(source: Loopback, asker: Asker) -> None:
    source.on("/x", as_json({}))

    for _ in range(5):
        await asker.ask("GET", source.url("/x"))

    assert source.connections == 1


async def test_a_source_that_never_answers_is_a_timeout_of_at_least_the_deadline(
    source: Loopback, hurried: Asker
) -> None:
    source.on("/x", Reply(hang=True))

    error = await refused(hurried, source.url("/x"))

    assert error.reason is FailureReason.TIMEOUT
    assert error.elapsed_ms >= 150
    assert error.detail == "got no complete answer, expected one within 150 ms"


async def test_an_endless_trickle_is_a_timeout_and_not_a_slow_answer(
    source: Loopback, hurried: Asker
) -> None:
    source.on("/x", Reply(endless=True))

    error = await refused(hurried, source.url("/x"))

    assert error.reason is FailureReason.TIMEOUT
    assert error.elapsed_ms >= 150


async def test_a_single_question_may_shorten_the_deadline_but_not_stretch_it(
    source: Loopback, hurried: Asker
) -> None:
    source.on("/x", Reply(hang=True))

    shorter = await refused(hurried, source.url("/x"), within_ms=50)
    longer = await refused(hurried, source.url("/x"), within_ms=60_000)

    assert "within 50 ms" in shorter.detail
    assert "within 150 ms" in longer.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_reported_and_never_followed(source: Loopback, asker: Asker, status: int) -> None:
    source.on("/x", Reply(status=status, headers={"Location": source.url("/elsewhere")}))

    error = await refused(asker, source.url("/x"))

    assert error.reason is FailureReason.REDIRECT
    assert source.asked("/elsewhere") == []


async def test_the_size_cap_holds_on_both_sides_of_the_edge(source: Loopback, asker: Asker) -> None:
    source.on("/fits", Reply(body=b"x" * BODY_LIMIT))
    source.on("/over", Reply(body=b"x" * (BODY_LIMIT + 1)))
    source.on("/unannounced", Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (BODY_LIMIT + 1)))

    assert len((await asker.ask("GET", source.url("/fits"))).body) == BODY_LIMIT
    assert (await refused(asker, source.url("/over"))).reason is FailureReason.TOO_LARGE
    assert (await refused(asker, source.url("/unannounced"))).reason is FailureReason.TOO_LARGE


async def test_a_compressed_answer_is_refused_before_it_can_grow(source: Loopback, asker: Asker) -> None:
    source.on("/x", Reply(headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8b"))

    assert (await refused(asker, source.url("/x"))).reason is FailureReason.MALFORMED


async def test_a_closed_port_is_unreachable(asker: Asker) -> None:
    async with Loopback().running() as gone:
        url = gone.url("/x")

    error = await refused(asker, url)

    assert error.reason is FailureReason.UNREACHABLE
    assert error.detail == "got the connection refused, expected a listening service"


async def test_a_cut_connection_is_unreachable(source: Loopback, asker: Asker) -> None:
    source.on("/x", Reply(reset=True))

    assert (await refused(asker, source.url("/x"))).reason is FailureReason.UNREACHABLE


@pytest.mark.parametrize(
    "raw",
    [b"\x00\x01\x02 no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"],
)
async def test_bytes_that_are_no_whole_http_answer_are_malformed(
    source: Loopback, asker: Asker, raw: bytes
) -> None:
    source.on("/x", Reply(raw=raw))

    assert (await refused(asker, source.url("/x"))).reason is FailureReason.MALFORMED


async def test_an_untrusted_certificate_is_a_tls_failure(asker: Asker, tmp_path: Path) -> None:
    async with Loopback().running(tls=own_certificate(tmp_path)) as source:
        error = await refused(asker, source.url("/x"))

    assert error.reason is FailureReason.TLS


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/readyz",
        "http://10.0.0.1/readyz",
        "http://127.0.0.1.example/readyz",
        "ftp://127.0.0.1/readyz",
        "readyz",
        "https://",
        "http://[::1",
        "https://user:canary-secret-5d41402abc@api.example/",
    ],
)
async def test_an_address_that_may_not_be_asked_is_refused_without_sending(asker: Asker, url: str) -> None:
    error = await refused(asker, url)

    assert error.reason is FailureReason.REFUSED
    assert error.elapsed_ms == 0
    assert CANARY not in str(error)


@pytest.mark.parametrize("value", [f"{CANARY}\r\nX-Other: 1", f"{CANARY}\u00e9"])
async def test_a_secret_that_no_header_can_carry_is_refused_and_not_quoted(
    source: Loopback, asker: Asker, value: str
) -> None:
    error = await refused(asker, source.url("/x"), headers={"X-Key": Masked(value)})

    assert error.reason is FailureReason.REFUSED
    assert CANARY not in _everything_about(error)


async def test_no_failure_carries_the_secret_it_was_sent_with(source: Loopback, hurried: Asker) -> None:
    source.on("/hang", Reply(hang=True))
    source.on("/reset", Reply(reset=True))
    source.on("/garbage", Reply(raw=CANARY.encode()))

    for path in ("/hang", "/reset", "/garbage"):
        error = await refused(hurried, source.url(path), headers={"X-Key": Masked(CANARY)})
        assert CANARY not in _everything_about(error)


async def test_an_answer_that_echoes_one_of_our_secrets_is_withheld(source: Loopback) -> None:
    source.on("/x", as_json({"debug": f"you sent {CANARY}"}))

    async with Asker(environment=Environment.REHEARSAL, secrets=(Masked(CANARY), Masked(""))) as asker:
        error = await refused(asker, source.url("/x"))

    assert error.reason is FailureReason.WITHHELD
    assert CANARY not in _everything_about(error)


async def test_a_request_id_that_is_none_is_not_kept(source: Loopback, asker: Asker) -> None:
    source.on("/x", as_json({}, Request_Id="somebody@example.com wrote this"))

    assert (await asker.ask("GET", source.url("/x"))).request_id is None


@pytest.mark.parametrize("date", ["", "soon", "Sun, 99 Nov 2026 02:00:00 GMT"])
async def test_a_date_that_is_none_is_absent(source: Loopback, asker: Asker, date: str) -> None:
    source.on("/x", as_json({}, Date=date))

    assert (await asker.ask("GET", source.url("/x"))).date is None


async def test_bodies_and_requests_are_not_logged(source: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    source.on("/x", as_json({"mail": "canary@example.com"}))
    caplog.set_level(logging.DEBUG)

    async with Asker(environment=Environment.REHEARSAL) as asker:
        await asker.ask("GET", source.url("/x"), headers={"X-Key": Masked(CANARY)})

    assert "canary" not in caplog.text


async def test_one_slow_source_does_not_hold_up_another(source: Loopback, asker: Asker) -> None:
    released = asyncio.Event()
    source.on("/slow", Reply(wait=released))
    source.on("/quick", as_json({}))
    slow = asyncio.create_task(asker.ask("GET", source.url("/slow")))
    await source.arrived.wait()

    quick = await asker.ask("GET", source.url("/quick"))

    assert quick.status == 200
    assert not slow.done()
    released.set()
    await slow


def _everything_about(error: BaseException) -> str:
    seen: list[str] = []
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is not None:
            seen += [repr(each), str(each), *map(repr, each.args), *traceback.format_exception(each)]
            todo += [each.__cause__, each.__context__]
    return "\n".join(seen)
