"""What is taken away, by its address: who gets it, how it is called, and what a refusal says."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from collectors.observation import Environment
from dashboard.access import ALLOWED, Action
from dashboard.api.guard import Guard
from dashboard.signin.ended import SignIn
from dashboard.ui import evidence_wording, wording
from dashboard.ui.room import install
from dashboard.ui.routes import ROUTES
from evidence.receipt import parsed
from tests.cast import default_plan
from tests.dashboard.sealing.scene import Launch, whole
from tests.dashboard.signin.people import cookies, provider
from tests.dashboard.signin.test_gate import Kept
from tests.dashboard.ui.standin import Published, StandInRoom
from tests.dashboard.ui.test_pages import Installed

ROLES = default_plan().roles


@pytest.fixture
def launch(launch: Launch) -> Launch:
    """A launch that is over."""
    whole(launch)
    return launch


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=ROUTES), client=("127.0.0.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as found:
        yield found


def sentence(answer: httpx.Response) -> str:
    """What the plain page says."""
    return answer.text.split("<h1>golive</h1><p>")[1].split("</p>")[0]


@pytest.mark.parametrize("role", ROLES)
async def test_the_bundle_is_for_whoever_may_take_evidence_away(
    role: str, launch: Launch, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/download/bundle", params={"role": role})

    if ROLES[role].kind not in ALLOWED[Action.TAKE_EVIDENCE]:
        assert 403 == answer.status_code
        assert f"{ROLES[role].title} may not take evidence away;" in sentence(answer)
        return
    run = launch.writer.run.id
    assert f'attachment; filename="golive-rehearsal-run-{run}.zip"' == answer.headers["content-disposition"]
    assert ("application/zip", "no-store") == (
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )
    assert f"{len(answer.content)}" == answer.headers["content-length"]
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


async def test_a_receipt_is_taken_as_text_and_to_print(launch: Launch, client: httpx.AsyncClient) -> None:
    asked = {"role": "auditor", "decision": launch.names()[-1]}
    plain = await client.get("/download/receipt", params=asked)
    to_print = await client.get("/download/receipt-to-print", params=asked)

    name = f"golive-rehearsal-run-{launch.writer.run.id}-receipt-{asked['decision'].replace('/', '-')}"
    assert [f'attachment; filename="{name}.{kind}"' for kind in ("txt", "html")] == [
        each.headers["content-disposition"] for each in (plain, to_print)
    ]
    assert "CLOSED" in plain.text
    assert launch.vkey in parsed(plain.content).told.values()
    assert "<!doctype html>" == to_print.text[:15].lower()


async def test_what_is_taken_of_an_earlier_run_is_that_runs(
    launch: Launch, client: httpx.AsyncClient
) -> None:
    run, decision = launch.writer.run.id, launch.names()[-1]
    launch.next_attempt()
    asked = {"role": "auditor", "decision": decision, "run": f"{run}"}

    receipt = await client.get("/download/receipt", params=asked)
    bundle = await client.get("/download/bundle", params=asked)
    of_now = await client.get("/download/receipt", params=asked | {"run": ""})

    assert f"run-{run}-receipt-" in receipt.headers["content-disposition"]
    assert "CLOSED" in receipt.text
    assert f'filename="golive-rehearsal-run-{run}.zip"' in bundle.headers["content-disposition"]
    assert 409 == of_now.status_code


@pytest.mark.parametrize("decision", ["", "item/stripe_page/1", 'x"; filename="evil.exe', "\r\nX: y", "\x00"])
@pytest.mark.usefixtures("launch")
async def test_of_what_is_no_decision_there_is_no_receipt(decision: str, client: httpx.AsyncClient) -> None:
    answer = await client.get("/download/receipt", params={"role": "auditor", "decision": decision})

    assert 409 == answer.status_code
    assert "content-disposition" not in answer.headers
    assert sentence(answer).startswith("There is no decision &quot;")


async def test_the_file_of_finance_holds_what_is_wanted_and_says_of_which_world(
    room: StandInRoom, client: httpx.AsyncClient
) -> None:
    asked = {"role": "finance", "class": ["stripe_only", "nonsense"], "text": "pi_2"}
    told = await client.get("/download/finance.csv", params=asked)
    every = await client.get("/download/finance.parquet", params={"role": "finance"})

    assert b"payment_intent\r\npi_2\r\n" == told.content
    assert [("file csv", "finance", "pi_2"), ("file parquet", "finance", "")] == room.done
    assert 'attachment; filename="golive-finance-rehearsal-narrowed-' in told.headers["content-disposition"]
    assert "-unmatched-" in every.headers["content-disposition"]


async def test_a_live_file_is_called_live(installed: Installed, client: httpx.AsyncClient) -> None:
    installed(environment=Environment.LIVE)
    told = await client.get("/download/finance.csv", params={"role": "finance"})

    assert "golive-finance-live-" in told.headers["content-disposition"]


async def test_a_file_that_cannot_be_made_is_refused_with_its_sentence(
    room: StandInRoom, client: httpx.AsyncClient
) -> None:
    room.trouble = "The store cannot be read: it is <locked>"
    answer = await client.get("/download/finance.parquet", params={"role": "finance"})

    assert 409 == answer.status_code
    assert "The store cannot be read: it is &lt;locked&gt;" == sentence(answer)
    assert f'<a href="../">{wording.BACK}</a>' in answer.text


@pytest.mark.usefixtures("room")
async def test_where_nothing_is_sealed_there_is_nothing_to_take(client: httpx.AsyncClient) -> None:
    answer = await client.get("/download/bundle", params={"role": "auditor"})

    assert (409, evidence_wording.NO_LOG) == (answer.status_code, sentence(answer))


@pytest.mark.parametrize("asked", [{}, {"role": ""}, {"role": "janitor"}])
async def test_nobody_gets_nothing(
    asked: dict[str, str], room: StandInRoom, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/download/finance.csv", params=asked)

    assert (403, wording.NO_ROLE) == (answer.status_code, sentence(answer))
    assert [] == room.done


@pytest.mark.parametrize(
    ("brought", "role", "said"),
    [
        ({}, "ceo", wording.SIGNED_OUT),
        (cookies(), "auditor", wording.NOT_YOUR_ROLE),
        (cookies(roles=[]), "ceo", wording.NO_ROLES.partition("{")[0]),
        (cookies(), "ceo", ""),
    ],
)
async def test_where_people_sign_in_a_role_in_the_address_proves_nothing(
    brought: dict[str, str], role: str, said: str, room: StandInRoom, client: httpx.AsyncClient
) -> None:
    sign_in = SignIn(provider=provider(), kept=Kept(), clock=time.time, plan_roles=lambda: ROLES)
    install(room, Published(), guard=Guard(sign_in=sign_in))
    client.cookies.update(brought)
    answer = await client.get("/download/finance.csv", params={"role": role})

    if not said:
        assert 200 == answer.status_code
        return
    assert 403 == answer.status_code
    assert sentence(answer).startswith(said)
    assert [] == room.done
