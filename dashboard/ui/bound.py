"""What a GO binds, and what a NO-GO leaves to be looked after, as HTML."""

from __future__ import annotations

from dashboard.launch.compensation import concerns as concerns_of
from dashboard.launch.plan import Plan
from dashboard.launch.view import HourView, View
from dashboard.ui import wording
from dashboard.ui.markup import joined, text


def bound(view: View, hour: HourView) -> str:
    """Board, plan, waivers, unproven gates and poll: read before GO is pressed, and bound by it."""
    board = view.board
    if board is None:
        return ""
    titles = {gate.id: gate.title for gate in board.gates}
    waived = [titles.get(waiver.gate, waiver.gate) for waiver in hour.waivers if waiver.granted]
    names = ", ".join(f"“{name}”" for name in waived)
    lines = (
        wording.BINDS.format(hash=board.hash[:12], evaluation=board.evaluation, plan=board.plan_sha256[:12]),
        wording.BINDS_WAIVERS.format(names=names) if waived else wording.BINDS_NO_WAIVER,
        _unproven(view),
        "" if hour.tally is None else hour.tally.sentence,
    )
    return f'<div class="gl gl-binds">{joined(f"<p>{text(line)}</p>" for line in lines if line)}</div>'


def _unproven(view: View) -> str:
    """The mandatory gates that were never seen to fall under a fault: their green was not tested."""
    gates = [] if view.board is None else [gate for gate in view.board.gates if gate.mandatory]
    if view.proven is None:
        return wording.BINDS_NO_DRILL.format(n=len(gates))
    unproven = [f"“{gate.title}”" for gate in gates if gate.id not in view.proven]
    if not unproven:
        return wording.BINDS_ALL_PROVEN.format(n=len(gates))
    if len(unproven) == len(gates):
        return wording.BINDS_NONE_PROVEN.format(n=len(gates))  # the names of all would hide the button
    return wording.BINDS_UNPROVEN.format(k=len(unproven), n=len(gates), names=", ".join(unproven))


def concerns(plan: Plan, view: View) -> str:
    """The money-aware list of a NO-GO."""
    items = joined(
        f"<li><strong>{text(each.title)}</strong>"
        f"{f': {text(each.known)}' if each.known else ''}. {text(each.todo)} "
        f'<span class="gl-muted">({text(each.owner)})</span></li>'
        for each in concerns_of(plan, view.money, view.drawn_at)
    )
    head = f'<h2>{wording.CONCERNS}</h2><p class="gl-muted">{wording.CONCERNS_NOTE}</p>'
    return f'<div class="gl gl-concerns">{head}<ul>{items}</ul></div>'
