"""The sentences of judging again: what differs, what is gone, and what happened when."""

from __future__ import annotations

from dashboard.launch.board import Verdict
from dashboard.launch.wording import GATE_WORD


def differs(what: str, recorded: str, recomputed: str) -> str:
    return f"{what} was recorded as {recorded} and recomputed as {recomputed}"


def missing_evaluations(first: int, last: int) -> str:
    if first > last:
        return f"an evaluation is recorded twice or out of order; {first} was due"
    return f"evaluations {first} to {last} are missing and thinning did not take them"


def unreadable(what: str) -> str:
    return f"{what} was recorded as something that does not read as one"


def thinned_away(evaluation: int) -> str:
    return f"what evaluation {evaluation} stood on, or one after it, is no longer stored; thinning takes such"


def fell_or_rose(gate: str, before: Verdict, after: Verdict, *, others: int) -> str:
    """One flip, and how many more gates changed in the same evaluation."""
    more = f" and {others} more" if others else ""
    return f"{gate}: {GATE_WORD[before]} → {GATE_WORD[after]}{more}"


def done(what: str, subject: str, actor: str) -> str:
    about = f" ({subject})" if subject else ""
    return f"{what}{about} by {actor}"


def altered_sample(sample: int) -> str:
    return f"sample {sample} no longer has the content that its hash names"
