"""Who is told: the addresses of the settings, and the service of a plan that names one."""

from __future__ import annotations

import json

import msgspec

from collectors.asking import Asker
from collectors.masked import Masked
from collectors.observation import Environment
from dashboard.launch.plan import Announce, Secret
from dashboard.wiring.channels import channels_of
from dashboard.wiring.probes import probes_of
from dashboard.wiring.resolve import Resolver, named_in, secret_names
from tests.cast import T0, default_plan
from tests.collectors.loopback import Loopback, as_json

PLAN = msgspec.structs.replace(
    default_plan(),
    announce=Announce(
        service="auto_com_center",
        path="/announce",
        header="X-Webhook-Secret",
        secret=Secret(env="ANNOUNCE_SECRET"),
        text="message",
        body={"template": "announcement"},
    ),
)


def asker() -> Asker:
    return Asker(environment=Environment.REHEARSAL, timeout_ms=2_000)


async def test_the_settings_come_first_and_the_plans_service_last() -> None:
    urls = [Masked("json://127.0.0.1:1"), Masked("xml://127.0.0.1:1")]
    async with asker() as one:
        named = channels_of(Resolver(plan=PLAN, environ={}), urls, one)
        default = channels_of(Resolver(plan=default_plan(), environ={}), [], one)

    assert ["json 1", "xml 1", "auto_com_center"] == [channel.name for channel in named]
    assert () == default


async def test_the_plans_service_is_told_where_and_how_the_plan_says() -> None:
    async with Loopback().running() as receiver, asker() as one:
        receiver.on("/announce", as_json({}))
        environ = {"AUTO_COM_CENTER_BASE_URL": receiver.base + "/", "ANNOUNCE_SECRET": "hunter2"}
        (channel,) = channels_of(Resolver(plan=PLAN, environ=environ), [], one)
        await channel.send("held")

    (request,) = receiver.requests
    assert ("/announce", "hunter2") == (request.path, request.headers["x-webhook-secret"])
    assert {"template": "announcement", "message": "held"} == json.loads(request.body)


def test_its_secret_is_asked_for_and_withheld_like_every_other() -> None:
    environ = {name: "http://127.0.0.1" for _, name, _ in named_in(PLAN)} | {"ANNOUNCE_SECRET": "hunter2"}
    probes = probes_of(Resolver(plan=PLAN, environ=environ), since=T0, fingerprint_key=b"k" * 32, newest=dict)

    assert "ANNOUNCE_SECRET" in secret_names(PLAN)
    assert Masked("hunter2") in probes.secrets
