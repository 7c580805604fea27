"""What on the board has evidence leads there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from dashboard.launch.board import Verdict
from dashboard.launch.view import View
from dashboard.ui import wording
from dashboard.ui.board_page import draw
from tests.dashboard.ui.standin import FAULTS, HEALTHY, StandInRoom


def links(view: View) -> list[tuple[str, str]]:
    """Where the board leads to, and by which words."""
    _, rest = draw(view)
    found = re.findall(r'<a href="([^"]+)" target="_self">(.*?)</a>', str(rest))
    return [(to, re.sub(r"<[^>]+>", "", shown)) for to, shown in found]


def sealed(scenario: str) -> View:
    return replace(StandInRoom(scenario).view(), sealed=True)


def test_each_gate_leads_to_the_record_of_its_newest_turn() -> None:
    view = sealed(FAULTS)
    assert view.board is not None

    found = [to for to, shown in links(view) if shown == wording.RECORD_OF_TURN]

    newest = {flip.gate: flip for flip in reversed(view.flips)}
    turned = [gate for gate in view.board.gates if gate.id in newest]
    assert Verdict.NO_GO in {gate.verdict for gate in turned}
    assert sorted(found) == sorted(
        f"evidence?run={view.board.run}&amp;record=flip%2F{newest[gate.id].evaluation}%2F{gate.id}"
        for gate in turned
    )


def test_a_gate_whose_newest_turn_is_not_at_hand_leads_to_no_older_one() -> None:
    view = sealed(FAULTS)
    older = tuple(replace(flip, at=flip.at - timedelta(hours=1)) for flip in view.flips)

    assert wording.RECORD_OF_TURN not in dict(links(replace(view, flips=older))).values()


def test_a_figure_leads_to_the_page_that_shows_what_it_rests_on() -> None:
    view = sealed(HEALTHY)
    told = replace(view, kpis=tuple(replace(kpi, value=f"so much {kpi.kind}") for kpi in view.kpis))

    found = dict(links(told))

    assert "so much time_to_first_dollar" == found["first_dollar"]
    assert "so much credited_rate" == found["webhooks"]
    assert "so much evidence_completeness" == found["evidence"]


def test_before_anything_is_sealed_no_gate_leads_anywhere() -> None:
    assert wording.RECORD_OF_TURN not in dict(links(replace(sealed(FAULTS), sealed=False))).values()
