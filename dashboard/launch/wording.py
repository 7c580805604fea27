"""The sentences that judging speaks: one place, one phrase for one thing, each made from the values judged.

No sentence holds an age, so that the same facts always read the same; ages are drawn beside them.
"""

from __future__ import annotations

from datetime import datetime

from collectors.observation import FailureReason
from dashboard.launch.board import BoardVerdict, Verdict

HOLDS = "holds"
START = "somebody starts it"
VERDICT_WORD = {BoardVerdict.GO: "GO", BoardVerdict.NO_GO: "NO-GO", BoardVerdict.HOLD: "HOLD"}
GATE_WORD = {Verdict.GO: "GO", Verdict.NO_GO: "NO-GO", Verdict.UNKNOWN: "UNKNOWN"}
NOTHING_JUDGED = "HOLD — nothing has been judged yet."
CLOCK_NOT_STARTED = "T-clock not started"
CLOCK_HOLDS = "T-clock on HOLD"
COLLECTORS_BACK = "The collectors answering again."
SOMEBODY_ACKNOWLEDGES = "Somebody acknowledging it with a reason."
ALL_GREEN_CHANGE = "Any mandatory gate that stops being GO."


def clock(stage: str, t_text: str) -> str:
    """The T-clock as every screen writes it: the mark, and the word for it unless it is simply counting."""
    return {"planned": CLOCK_NOT_STARTED, "counting": t_text, "holding": f"HOLD at {t_text}"}.get(
        stage, f"{stage} at {t_text}"
    )


def at(moment: datetime) -> str:
    """A moment as every sentence writes it."""
    return f"{moment:%H:%M:%S} UTC"


def stale(source: str, observed_at: datetime, ttl_s: int) -> str:
    return f"{source} last answered at {at(observed_at)}; an answer counts for {ttl_s} s"


def no_answer(source: str, reason: FailureReason, detail: str) -> str:
    return f"{source} gave no usable answer ({reason.value.replace('_', ' ')}: {detail})"


def not_asked(source: str) -> str:
    return f"{source} has not been asked yet"


def waits_for_start(probe: str) -> str:
    return f"{probe} writes, so it waits for a person to start it"


def no_value_yet(signal: str) -> str:
    return f"{signal} has no value yet"


def breach(signal: str, observed: str, must: str) -> str:
    return f"{signal} is {observed}, {must}"


def too_few(counted: str, n: int, n_min: int) -> str:
    return f"{counted} is {n}, at least {n_min} needed"


def slow(k: int, n: int, limit_ms: int) -> str:
    return f"{k} of {n} attempts took {limit_ms} ms or longer: more than 5 % is proven"


def undecided(k: int, n: int, limit_ms: int) -> str:
    return f"{k} of {n} attempts took {limit_ms} ms or longer: too few attempts to decide"


def recovering(streak: int, needed: int) -> str:
    return f"was red; {streak} of {needed} passes in a row since"


def last_seen_red(red_text: str, now: str) -> str:
    return f"was red when last seen ({red_text}); now {now}"


def steadying(streak: int, needed: int) -> str:
    return f"{streak} of {needed} passes in a row"


def tolerated(failed: int, to_fail: int, of: int) -> str:
    return f"holds, though {failed} of the last {of} samples failed; {to_fail} would be red"


def fresh_answer(source: str) -> str:
    return f"a fresh answer from {source}"


def first_value(signal: str, must: str) -> str:
    return f"a value of {signal}, which {must}"


def passes(needed: int, signal: str, must: str) -> str:
    times = "once" if needed == 1 else f"{needed} times in a row"
    return f"{signal} {must}, {times}"


def one_breach(signal: str, must: str) -> str:
    return f"one answer in which {signal} no longer holds ({must})"


def more(counted: str, n_min: int) -> str:
    return f"{counted} reaching {n_min}"


def more_passes(count: int) -> str:
    return f"{count} more passing answer{'s' if count > 1 else ''} in a row"


def quicker(count: int | None, limit_ms: int) -> str:
    if count is None:
        return f"the attempts of {limit_ms} ms or longer leaving the window"
    return f"{count} more attempts, all quicker than {limit_ms} ms"


def flapping(changes: int, window_s: int) -> str:
    return f"FLAPPING: {changes} changes within {window_s} s"


def spread(seconds: int, at_most: int) -> str:
    return f"HOLD — the gates' inputs were observed {seconds} s apart; one picture needs at most {at_most} s."


def blocked(verdict: BoardVerdict, title: str, reason: str, owner: str) -> str:
    state = "fails" if verdict is BoardVerdict.NO_GO else "is not proven"
    return f"{VERDICT_WORD[verdict]} — “{title}” {state}: {reason} (owner: {owner})."


def others(no_go: int, unknown: int) -> str:
    """How many more gates stand in the way besides the one named; empty when none."""
    parts = []
    if no_go:
        parts.append(f"{no_go} more NO-GO")
    if unknown:
        parts.append(f"{unknown} more unknown")
    return f" {' and '.join(parts)}." if parts else ""


def go(count: int) -> str:
    return f"GO — all {count} mandatory gates are GO in this evaluation."


def would_change(flip: str) -> str:
    return f"{flip}."


def blind(probe: str, reason: FailureReason, attempts: int) -> str:
    return f"{probe}: {attempts} questions in a row without an answer ({reason.value.replace('_', ' ')})"


def unjudged(probe: str) -> str:
    return f"{probe} is asked, but no gate judges it"


def no_heartbeat(since: datetime) -> str:
    return f"no heartbeat from the collectors since {at(since)}"


def lost(why: str, seen_at: datetime) -> str:
    return f"HOLD — {why}. What is shown below is from {at(seen_at)} and proves nothing now."


def latched(seen_at: datetime, said: str) -> str:
    return f"NO-GO — seen at {at(seen_at)} and not acknowledged yet. It was: {said}"


def store_trouble(said: str) -> str:
    return f"the store cannot be read: {said}"


def watch_failed(kind: str) -> str:
    return f"the dashboard could not read the board ({kind})"


def store_silent(seconds: float) -> str:
    return f"the store has not answered for {seconds:g} s"


def recorded(what: str, subject: str, t_text: str) -> str:
    about = f" ({subject})" if subject else ""
    return f"Recorded: {what}{about} at {t_text}."


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


def flipped(gate: str, before: Verdict, after: Verdict, *, others: int) -> str:
    """One flip, and how many more gates changed in the same evaluation."""
    more = f" and {others} more" if others else ""
    return f"{gate}: {GATE_WORD[before]} → {GATE_WORD[after]}{more}"


def happened(what: str, subject: str, actor: str) -> str:
    about = f" ({subject})" if subject else ""
    return f"{what}{about} by {actor}"


def altered_sample(sample: int) -> str:
    return f"sample {sample} no longer has the content that its hash names"
