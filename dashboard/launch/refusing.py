"""Why an act is refused, or what it is recorded as: one sentence each, for whoever acted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime


def stage(act: str, stage_word: str) -> str:
    return f"The run is {stage_word}: nobody can {act} now."


def blank(act: str) -> str:
    return f"To {act} needs a reason; blank text is none."


def mark(wanted: str, reached: str) -> str:
    return f"The clock is at {reached} and can go back to an earlier mark only; got {wanted}."


def no_task(name: str, known: Iterable[str]) -> str:
    return f'There is no task "{name}" in this plan; {_there_are(known)}.'


def not_owner(task: str, owner: str, verb: str = "end") -> str:
    return f"“{task}” is the {owner}'s; only the {owner} can {verb} it."


def already(task: str, state: str, actor: str) -> str:
    return f"“{task}” is {state} already, by {actor}."


def waits(task: str, needs: Sequence[str]) -> str:
    return f"“{task}” waits for {', '.join(f'“{need}”' for need in needs)}."


def opposite(task: str, gate: str) -> str:
    return f"“{task}” cannot be ticked while the gate “{gate}” says NO-GO; mend it, or skip with a reason."


def no_board() -> str:
    return "The board is lost; nothing is proven by it until the collectors answer again."


def no_decision(got: str) -> str:
    return f'A decision is GO, NO_GO or HOLD; got "{got}".'


def not_go(sentence: str) -> str:
    return f"GO is not offered: {sentence}"


STAMP = "a time stamp of the log's newest head"


def not_proven(titles: Sequence[str]) -> str:
    return f"GO is not offered: not proven yet is {', '.join(f'“{title}”' for title in titles)}."


def withheld(kind: str) -> str:
    return f"What was written holds what looks like a {kind}; nothing was recorded. Say it without."


def too_long(longest: int, got: int) -> str:
    return f"A text may have {longest} characters; got {got}. Say it shorter."


def old_board() -> str:
    return "The board has changed since it was shown to you; read it again and decide on what it says now."


def decided_already(subject: str, actor: str) -> str:
    return f"{subject.replace('_', '-')} was decided on this very board by {actor}; a decision is made once."


def back_date() -> str:
    return "A task can be back-dated to a moment between T-0 and now."


def undone(mark: str) -> str:
    return (
        f"The clock has gone back to {mark} since then; what happened after that mark has to be done again."
    )


def before_its_begin(task: str, begun: str) -> str:
    return f"“{task}” began at {begun}; it cannot have ended before that."


def proof(gates: Sequence[str]) -> str:
    return f"proven by {', '.join(gates)}"


def no_latch() -> str:
    return "There is no NO-GO that waits to be acknowledged."


def latched(sentence: str) -> str:
    return f"A NO-GO was seen and nobody has acknowledged it yet: {sentence}"


def no_voters() -> str:
    return "This plan names no voters; write [hour.poll] into it, or decide without a poll."


def no_poll() -> str:
    return "No poll is open; the chair opens one, everybody votes, and the chair declares it."


def poll_open(stands: str) -> str:
    return f"A poll is open already: {stands} Declare it first."


def no_voter(titles: Sequence[str]) -> str:
    return f"Only {', '.join(titles)} vote in this plan."


def no_vote(got: str) -> str:
    return f'A vote is GO, NO_GO or ABSTAIN; got "{got}".'


def no_declaration(got: str) -> str:
    return f'The chair declares GO or NO_GO; got "{got}".'


def poll_stands(missing: Sequence[str], against: Sequence[str], declared: str | None) -> str:
    """How a poll stands, and who stands in the way of its GO."""
    if against:
        return f"The poll is not GO: {', '.join(against)} did not say GO."
    if missing:
        return f"The poll is not GO: no vote that counts from {', '.join(missing)}."
    if declared == "NO_GO":
        return "The poll is not GO: every vote is GO, and the chair declared NO-GO."
    if declared is None:
        return "Every vote is GO; the chair has still to declare it."
    return "The poll is GO: every vote is GO, and the chair declared it."


def vote_over(until: datetime) -> str:
    return f"the vote was good until {until:%H:%M:%S} UTC; vote again"


def gate_fell(gate: str, reason: str) -> str:
    return f"“{gate}” has stopped being GO since: {reason}"


def waiver_lacks(what: str) -> str:
    return f"A waiver names {what}; blank text names none."


def waiver_end(minutes: int) -> str:
    return f"A waiver needs an end, later than now and within {minutes} minutes."


def waiver_asked_already(gate: str) -> str:
    return f"A waiver of “{gate}” is asked for already and waits to be granted."


def waiver_over(until: datetime) -> str:
    return f"This waiver is over, or was granted before; its end is {until:%H:%M:%S} UTC. Ask anew."


def own_waiver() -> str:
    return "Nobody grants a waiver to themselves; another person has to."


def too_many_waivers(limit: int) -> str:
    return f"This plan lets {limit} waivers be granted in one attempt, and so many were."


def no_gate(name: str, known: Iterable[str]) -> str:
    return f'There is no gate "{name}" on this board; {_there_are(known)}.'


def no_item(name: str, known: Iterable[str]) -> str:
    return f'There is no item "{name}" in this plan; {_there_are(known)}.'


def not_waivable(gate: str) -> str:
    return f"“{gate}” can be neither waived nor overridden in this plan; it has to be GO."


def nothing_to_waive(gate: str) -> str:
    return f"“{gate}” holds nothing up; there is nothing to waive."


def no_waiver() -> str:
    return "There is no such waiver in this run."


def override_open() -> str:
    return "An override is asked for already and waits for a second person."


def no_override() -> str:
    return "No override waits for a second person; one person asks, another answers within ten minutes."


def own_override() -> str:
    return "An override needs two people; the one who asked cannot be the second."


def nothing_to_override() -> str:
    return "The board says GO; there is nothing to override."


def no_override_of_red(sentence: str) -> str:
    return f"An override goes past what is unknown, never past a NO-GO: {sentence}"


def no_plan_offered() -> str:
    return "No other plan is on offer; start golive with the changed file, and it will be."


def no_plan_asked() -> str:
    return "Nobody has asked for another plan; one person asks, another adopts it."


def own_plan() -> str:
    return "A plan is changed by two people; the one who asked cannot be the second."


def rolled_back_already(actor: str) -> str:
    return f"{actor} has rolled back already."


def nothing_to_explain() -> str:
    return "There is no rollback that waits for its reason."


def rollback_unexplained() -> str:
    return "A rollback waits for its reason; give that first."


def _there_are(known: Iterable[str]) -> str:
    names = ", ".join(known)
    return f"there are {names}" if names else "there is none"
