"""Channels deliver over the wire, say shortly why not, and never show an address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest
from requests.utils import get_environ_proxies, get_netrc_auth

from collectors.asking import Asker
from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.channels import AppriseChannel, ChannelError, ServiceChannel, apprise_channels
from dashboard.commands.serve import speaking_directly
from dashboard.launch.delivery import UndeliveredError
from tests.collectors.loopback import Loopback, Reply, as_json

TEXT = "REHEARSAL, First live dollar, T+05:00: Coordinator held the clock: <b>a question</b> & *more*."
OK = as_json({})


@pytest.fixture
async def receiver() -> AsyncIterator[Loopback]:
    async with Loopback().running() as server:
        yield server


@pytest.fixture
async def asker() -> AsyncIterator[Asker]:
    async with Asker(environment=Environment.REHEARSAL, timeout_ms=400) as asker:
        yield asker


def channel(receiver: Loopback, path: str = "/hunter2", within_s: float = 30) -> AppriseChannel:
    (made,) = apprise_channels([Masked(receiver.url(path).replace("http://", "json://"))])
    made.within_s = within_s
    return made


def service(receiver: Loopback, asker: Asker) -> ServiceChannel:
    return ServiceChannel(
        name="auto_com_center",
        asker=asker,
        url=receiver.url("/announce"),
        header="X-Webhook-Secret",
        secret=Masked("hunter2"),
        text="message",
        body={"template": "announcement"},
    )


async def why_not(channel: AppriseChannel | ServiceChannel) -> str:
    with pytest.raises(UndeliveredError) as raised:
        await channel.send(TEXT)
    return str(raised.value)


async def test_a_notice_arrives_as_it_was_worded(receiver: Loopback) -> None:
    receiver.on("/hunter2", OK)

    await channel(receiver).send(TEXT)

    (request,) = receiver.requests
    assert TEXT == json.loads(request.body)["message"]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(status=500), "got HTTP 500"),
        (Reply(status=302, headers={"Location": "/elsewhere"}), "got HTTP 302"),
        (Reply(reset=True), "no answer (not reached, refused or too slow)"),
    ],
)
async def test_a_refusal_is_said_by_its_status_and_no_redirect_is_followed(
    receiver: Loopback, reply: Reply, says: str
) -> None:
    receiver.on("/hunter2", reply)

    assert says == await why_not(channel(receiver))
    assert {"/hunter2"} == set(receiver.counts())


async def test_what_hangs_times_out_and_is_not_begun_a_second_time(receiver: Loopback) -> None:
    goes_on = asyncio.Event()
    receiver.on("/hunter2", Reply(wait=goes_on), OK)
    hanging = channel(receiver, within_s=0.2)

    first = await why_not(hanging)
    second = await why_not(hanging)
    goes_on.set()

    assert ("timed out after 0.2 s", "the try before still hangs") == (first, second)
    assert 1 == len(receiver.requests)


async def test_whatever_goes_wrong_no_log_and_no_error_shows_the_address(
    receiver: Loopback, logged: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.on("/hunter2", Reply(status=500), Reply(reset=True), OK)
    channels = apprise_channels(
        [Masked(receiver.url("/hunter2").replace("http://", "json://golive:hunter2@"))] * 3
    )

    said = [await why_not(channels[0]), await why_not(channels[1]), str(channels)]
    await channels[2].send(TEXT)

    assert 3 == len(receiver.requests)
    assert "hunter2" not in f"{said} {logged.getvalue()} {capfd.readouterr()}"
    assert receiver.base.rpartition(":")[2] not in f"{said} {logged.getvalue()}"


def test_channels_are_called_by_scheme_and_number() -> None:
    urls = ["json://localhost/a", "xml://localhost/b", "json://localhost/c"]

    assert ["json 1", "xml 1", "json 2"] == [each.name for each in apprise_channels([*map(Masked, urls)])]


@pytest.mark.parametrize("url", ["json://example.com", "xml://10.0.0.7/x"])
def test_plain_http_goes_to_loopback_alone(url: str) -> None:
    with pytest.raises(ChannelError, match="without encryption at position 1"):
        apprise_channels([Masked(url)])


async def test_the_service_of_the_plan_is_told_with_its_secret(receiver: Loopback, asker: Asker) -> None:
    receiver.on("/announce", as_json({"ok": True}, status=202))

    await service(receiver, asker).send(TEXT)

    (request,) = receiver.requests
    assert ("POST", "hunter2") == (request.method, request.headers["x-webhook-secret"])
    assert {"template": "announcement", "message": TEXT} == json.loads(request.body)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(status=401), "got HTTP 401"),
        (Reply(status=302, headers={"Location": "/elsewhere"}), "got HTTP 302, expected an answer"),
        (Reply(hang=True), "got no complete answer, expected one within 400 ms"),
    ],
)
async def test_a_service_that_does_not_take_it_is_said(
    receiver: Loopback, asker: Asker, reply: Reply, says: str
) -> None:
    receiver.on("/announce", reply)

    assert (await why_not(service(receiver, asker))).startswith(says)
    assert {"/announce"} == set(receiver.counts())


def test_apprise_goes_through_no_proxy_and_takes_no_login_that_nobody_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine hooks.example login somebody password a-canary\n")
    for name in speaking_directly():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    address = "https://hooks.example/services/T0"
    assert get_environ_proxies(address)
    assert get_netrc_auth(address) == ("somebody", "a-canary")

    for name, value in speaking_directly().items():
        monkeypatch.setenv(name, value)

    assert {} == get_environ_proxies(address)
    assert get_netrc_auth(address) is None
