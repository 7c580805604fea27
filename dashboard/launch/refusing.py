"""Why an act is refused, or what it is recorded as: one sentence each, for whoever acted."""

from __future__ import annotations

from collections.abc import Sequence


def stage(act: str, stage_word: str) -> str:
    return f"The run is {stage_word}: nobody can {act} now."


def blank(act: str) -> str:
    return f"To {act} needs a reason; blank text is none."


def mark(wanted: str, reached: str) -> str:
    return f"The clock is at {reached} and can go back to an earlier mark only; got {wanted}."


def no_task(name: str) -> str:
    return f'There is no task "{name}" in this plan.'


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


def old_board() -> str:
    return "The board has changed since it was shown to you; read it again and decide on what it says now."


def decided_already(subject: str, actor: str) -> str:
    return f"{subject} was decided on this very board by {actor}; a decision is made once."


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
