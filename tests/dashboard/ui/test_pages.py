"""Every page, in every scenario, as every role: what the operator reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from collectors.observation import Environment
from dashboard.ui import wording
from tests.cast import default_plan
from tests.dashboard.ui.conftest import PAGE_FILES, Open, screen
from tests.dashboard.ui.standin import (
    BLIND,
    FAULTS,
    HEALTHY,
    LOST,
    LOST_SENTENCE,
    NOTHING,
    SCENARIOS,
    StandInRoom,
)

ROLES = tuple(default_plan().roles)
WORDS = {HEALTHY: "GO", FAULTS: "NO-GO", LOST: "HOLD", NOTHING: "HOLD", BLIND: "HOLD"}
LIVING = ("timeline", "first_dollar", "webhooks", "finance", "services", "rehearsal")
Installed = Callable[..., StandInRoom]


def verdict(app: AppTest) -> str:
    found = re.search(r'<h1 id="verdict">.*?class="gl-word">([^<]+)<', screen(app))
    assert found
    return found.group(1)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_control_room_says_the_verdict_and_its_sentence(
    scenario: str, installed: Installed, opened: Open
) -> None:
    room = installed(scenario)

    app = opened()

    assert not app.exception
    assert WORDS[scenario] == verdict(app)
    assert room.view().sentence.split(" — ")[-1][:40].lower() in screen(app).lower()


def test_the_control_room_says_who_was_not_told(installed: Installed, opened: Open) -> None:
    room = installed(HEALTHY)
    before = screen(opened())
    said = "2 notifications were not delivered by <slack> 1: timed out; tried 3 times, next at 10:01:20 UTC"
    room._view = replace(room.view(), undelivered=(said,), version=8)

    drawn = screen(opened())

    assert "Notifications" not in before
    assert "Notifications" in drawn
    assert said.replace("<slack>", "&lt;slack&gt;") in drawn
    assert "GO" == verdict(opened())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", [None, "services", "rehearsal"])
def test_every_role_of_the_table_sees_every_page_of_a_rehearsal(
    page: str | None, role: str, installed: Installed, opened: Open
) -> None:
    installed(FAULTS)

    app = opened(page, role)

    assert not app.exception
    assert not app.error
    assert role == app.selectbox(key="golive.role").value
    assert f"{default_plan().roles[role].title} · asserted" in str(app.get("popover")[0].proto)


def test_a_board_that_is_not_alive_shows_no_green_anywhere(installed: Installed, opened: Open) -> None:
    installed(LOST)

    drawn = screen(opened()).split('class="gl gl-board', maxsplit=1)[1]

    assert "gl-badge gl-go" not in drawn
    assert "gl-edge-go" not in drawn
    assert "gl-solid-go" not in drawn
    assert "STALE" in drawn
    assert LOST_SENTENCE in drawn
    assert '<span class="gl-word">HOLD</span>' in drawn.split("T-clock", maxsplit=1)[1][:60]


@pytest.mark.parametrize("page", LIVING)
def test_every_other_page_says_once_that_golive_is_not_alive(
    page: str, installed: Installed, opened: Open
) -> None:
    room = installed(HEALTHY)
    room.count()
    alive = screen(opened(page))
    room.show(LOST)

    lost = screen(opened(page))

    assert wording.NOT_ALIVE not in alive
    assert 1 == lost.count(f"<strong>{wording.NOT_ALIVE}.</strong>")
    assert 1 == lost.count(LOST_SENTENCE)


def test_the_control_room_says_it_in_its_banner_alone(installed: Installed, opened: Open) -> None:
    installed(LOST)

    assert wording.NOT_ALIVE not in screen(opened())


def test_five_faults_open_the_gates_that_block_and_no_other(installed: Installed, opened: Open) -> None:
    room = installed(FAULTS)
    board = room.view().board
    assert board

    drawn = screen(opened())

    blocking = {gate.id for gate in board.gates if gate.mandatory and gate.verdict != "GO"}
    assert blocking == set(re.findall(r'<details id="gate-([a-z_]+)" open>', drawn))
    assert 5 == len(blocking)
    assert "Payments lead" in drawn
    assert "stripe.balance.livemode" in drawn


def test_blind_monitoring_is_said_in_words(installed: Installed, opened: Open) -> None:
    installed(BLIND)

    drawn = screen(opened())

    assert wording.BLIND in drawn
    assert "stripe" in drawn.split(wording.BLIND, maxsplit=1)[1][:300]


def test_what_is_amiss_with_golives_clock_stands_between_verdict_and_gates(
    installed: Installed, opened: Open
) -> None:
    room = installed(HEALTHY)
    room._view = replace(
        room.view(), notices=("the host's clock was moved by +600 s; golive goes on by its own",)
    )

    drawn = screen(opened())

    assert "clock was moved by +600 s; golive goes on by its own" in drawn.split(wording.WARNINGS)[1][:300]


def test_nothing_judged_yet_is_not_a_green_page(installed: Installed, opened: Open) -> None:
    installed(NOTHING)

    drawn = screen(opened()).split('class="gl gl-board', maxsplit=1)[1]

    assert wording.NO_GATES in drawn
    assert "gl-go" not in drawn


def cell(app: AppTest, kpi: str) -> str:
    """What the operator reads of one KPI."""
    found = re.search(rf'<li class="gl-kpi [^>]*id="kpi-{kpi}">.*?</li>', screen(app))
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group(0))).strip()


def test_with_no_data_every_kpi_says_that_it_is_not_known_yet(installed: Installed, opened: Open) -> None:
    installed(NOTHING)

    app = opened()

    said = [cell(app, kpi.id) for kpi in default_plan().kpis]
    assert [True] * 7 == ["not known yet" in each for each in said]
    assert "p95 notification not known yet STALE target &lt; 120 ms nothing has been judged yet" == said[3]


def test_with_data_a_kpi_shows_its_figure_with_k_n_window_and_target(
    installed: Installed, opened: Open
) -> None:
    installed(HEALTHY)

    app = opened()

    assert cell(app, "ledger_p95").startswith(
        "p95 ledger 27 ms met STALE target &lt; 120 ms "
        "0 of 72 attempts of ledger.balance took 120 ms or longer in the last 10 min scholarship_api "
    )
    assert "100 % met STALE target &gt; 95 % 1 of 1 did not fail since the run began" in cell(
        app, "webhook_hop_1"
    )
    assert '<li class="gl-kpi gl-kpi-work" id="kpi-gates_proven">' in screen(app)
    proven = "3 of 19 gates fell in a drill in this run; share 15.7 % ≥ 100 %: false"
    assert f"15.7 % not yet STALE target ≥ 100 % {proven}" in cell(app, "gates_proven")
    assert "not known yet STALE target ≤ 900 s no first dollar is through all five hops yet" in cell(
        app, "first_dollar"
    )


def test_a_kpi_whose_gate_fell_shows_no_figure(installed: Installed, opened: Open) -> None:
    installed(FAULTS)

    app = opened()

    said = cell(app, "webhook_hop_1")
    assert "not known yet" in said
    assert "the gate “Stripe is live on every key” is NO-GO; no figure counts without it" in said
    assert "%" not in said.replace("target &gt; 95 %", "")


def test_a_board_that_is_not_alive_shows_no_figure_of_a_kpi(installed: Installed, opened: Open) -> None:
    installed(LOST)

    app = opened()

    assert "p95 ledger STALE target &lt; 120 ms" == cell(app, "ledger_p95")


def test_a_live_run_says_where_gates_are_proven(installed: Installed, opened: Open) -> None:
    installed(HEALTHY, Environment.LIVE)

    assert "drills are recorded in the rehearsal" in cell(opened(), "gates_proven")


@pytest.mark.parametrize(
    ("environment", "word"), [(Environment.LIVE, "LIVE"), (Environment.REHEARSAL, "REHEARSAL")]
)
def test_the_brand_names_the_environment(
    environment: Environment, word: str, installed: Installed, opened: Open
) -> None:
    installed(HEALTHY, environment)

    assert f'<strong class="gl-brand-word">{word}</strong>' in screen(opened())


def test_a_live_launch_has_no_rehearsal_page(installed: Installed, opened: Open) -> None:
    installed(HEALTHY, Environment.LIVE)

    with pytest.raises(ValueError, match="rehearsal"):
        opened("rehearsal")


def test_a_live_launch_is_first_looked_at_by_a_viewer(installed: Installed, opened: Open) -> None:
    installed(HEALTHY, Environment.LIVE)

    assert "viewer" == opened().session_state["golive.role"]


@pytest.mark.parametrize("page", ["control_room", "finance", "replay", "services", "rehearsal"])
def test_a_page_without_a_role_shows_a_refusal_and_nothing_else(page: str, installed: Installed) -> None:
    installed(FAULTS)

    app = AppTest.from_file(str(PAGE_FILES / f"{page}.py"), default_timeout=20).run()

    assert [wording.NO_ROLE] == [error.value for error in app.error]
    assert not app.html
    assert not app.button


def test_the_services_page_shows_facts_and_every_failed_answer(installed: Installed, opened: Open) -> None:
    installed(HEALTHY)

    app = opened("services")

    drawn = screen(app)
    assert "scholar_auth.ready" in drawn
    assert "No answer in time" in drawn
    assert "no answer within 4,000 ms" in drawn
    assert 1 == len(app.get("plotly_chart"))


def test_the_services_page_says_that_nothing_was_asked_yet(installed: Installed, opened: Open) -> None:
    installed(NOTHING)

    app = opened("services")

    assert [wording.NO_ATTEMPTS] == [info.value for info in app.info]


def test_a_lead_starts_a_probe_that_writes(installed: Installed, opened: Open) -> None:
    room = installed(HEALTHY)
    app = opened("services", "api_lead")
    app.selectbox(key="source").select("scholarship_api").run()

    app.button(key="start_ledger.write_probe").click().run()

    assert [("probe", "api_lead", "ledger.write_probe")] == room.done
    assert ["ledger.write_probe was started."] == [said.value for said in app.success]


@pytest.mark.parametrize(("role", "disabled"), [("viewer", True), ("ceo", True), ("coordinator", False)])
def test_a_button_is_there_for_whoever_may_press_it(
    role: str, disabled: bool, installed: Installed, opened: Open
) -> None:
    installed(HEALTHY)

    app = opened("rehearsal", role)

    assert disabled == app.button(key="put_cors_open").disabled


def test_a_button_that_a_role_may_not_press_says_who_may(installed: Installed, opened: Open) -> None:
    installed(HEALTHY)
    finance, viewer = opened("rehearsal", "finance"), opened("rehearsal", "viewer")
    coordinator = opened("rehearsal", "coordinator")

    fault = "Finance may not put a fault in or take it out; a chair or coordinator or lead may."
    assert (fault, fault) == tuple(finance.button(key=key).help for key in ("put_cors_open", "take_all_out"))
    assert "Viewer may not buy, refund or use in the rehearsal;" in viewer.button(key="start_purchase").help
    assert not coordinator.button(key="put_cors_open").help
    probe = opened("services", "finance")
    probe.selectbox(key="source").set_value("scholarship_api").run()
    assert "Finance may not start a probe that writes; a coordinator or lead may." == probe.button[0].help


def test_a_fault_is_put_in_noticed_and_taken_out(installed: Installed, opened: Open) -> None:
    room = installed(FAULTS)
    app = opened("rehearsal")

    app.button(key="put_cors_open").click().run()

    assert {"cors_open"} == room.active
    assert ["Any origin may call: put in."] == [said.value for said in app.success]
    assert wording.NOTICED in screen(app)
    assert wording.TAKE_OUT == app.button(key="take_cors_open").label

    app.button(key="take_all_out").click().run()

    assert not room.active
    assert wording.PUT_IN == app.button(key="put_cors_open").label


def test_a_fault_that_nobody_saw_is_not_called_noticed(installed: Installed, opened: Open) -> None:
    installed(HEALTHY)
    app = opened("rehearsal")

    app.button(key="put_cors_open").click().run()

    assert wording.NOT_NOTICED in screen(app)


def test_a_fault_on_a_board_that_is_not_alive_is_neither_green_nor_noticed(
    installed: Installed, opened: Open
) -> None:
    room = installed(LOST)
    room.active.add("cors_open")

    drawn = screen(opened("rehearsal"))

    assert "gl-badge gl-go" not in drawn
    assert wording.STALE in drawn
    assert wording.NOT_NOTICED in drawn


def test_a_purchase_fills_its_hops(installed: Installed, opened: Open) -> None:
    room = installed(HEALTHY)
    app = opened("rehearsal")

    app.button(key="start_purchase").click().run()

    assert [("purchase", "coordinator", "cs_live_a1B2")] == room.done
    assert 2 == screen(app).count('class="gl-hop-done"')
    assert 4 == screen(app).count('class="gl-hop-waiting"')

    room.hops_done = 6
    app.run()

    assert 6 == screen(app).count('class="gl-hop-done"')


def test_a_purchase_can_be_refunded_and_the_sample_used_once_there_is_one(
    installed: Installed, opened: Open
) -> None:
    room = installed(HEALTHY)
    app = opened("rehearsal")
    assert app.button(key="refund_purchase").disabled
    assert app.button(key="use_sample").disabled

    app.button(key="start_purchase").click().run()
    app.button(key="use_sample").click().run()
    app.button(key="refund_purchase").click().run()

    assert [("use", "coordinator", ""), ("refund", "coordinator", "")] == [
        each for each in room.done if each[0] != "purchase"
    ]


def test_a_refusal_is_a_sentence_and_never_a_trace(installed: Installed, opened: Open) -> None:
    room = installed(HEALTHY)
    app = opened("rehearsal")
    room.trouble = "The rehearsal world does not answer; start golive again."

    app.button(key="start_purchase").click().run()

    assert not app.exception
    assert room.trouble in [error.value for error in app.error]


def test_what_comes_from_outside_is_escaped(installed: Installed, opened: Open) -> None:
    room = installed(HEALTHY)
    room._view = replace(room.view(), sentence="<script>alert(1)</script>", plan_title="<img src=x>")

    drawn = screen(opened())

    assert "&lt;script&gt;alert(1)" in drawn
    assert "<script" not in drawn
    assert "<img src=x>" not in drawn


@pytest.mark.parametrize("page", ["control_room", "finance", "services", "rehearsal"])
def test_a_page_defines_functions_only_and_imports_only_the_screen(page: str) -> None:
    source = (PAGE_FILES / f"{page}.py").read_text()
    tree = ast.parse(source)

    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} - {"__future__"}
    allowed = ("dashboard.ui", "dashboard.access", "streamlit")
    assert all(str(module).startswith(allowed) for module in imported)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ClassDef)]
    assert 60 > len(source.splitlines())


def test_no_pages_folder_sits_beside_the_entry_script() -> None:
    """Streamlit would serve it by itself, past every guard."""
    assert not (PAGE_FILES.parent / "dashboard" / "pages").exists()
