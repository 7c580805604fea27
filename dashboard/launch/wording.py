"""The sentences that judging speaks: one place, one phrase for one thing, each made from the values judged.

No sentence holds an age, so that the same facts always read the same; ages are drawn beside them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from collectors.observation import FailureReason
from dashboard.launch.board import BoardVerdict, Verdict

HOLDS = "holds"
START = "somebody starts it"
VERDICT_WORD = {BoardVerdict.GO: "GO", BoardVerdict.NO_GO: "NO-GO", BoardVerdict.HOLD: "HOLD"}
GATE_WORD = {Verdict.GO: "GO", Verdict.NO_GO: "NO-GO", Verdict.UNKNOWN: "UNKNOWN"}
NOTHING_JUDGED = "HOLD — nothing has been judged yet."
CLOCK_NOT_STARTED = "T-clock not started"
CLOCK_HOLDS = "HOLD"
COLLECTORS_BACK = "The collectors answering again."
STORE_BACK = "The store being read again."
CLOCKS_SET = "The clocks of both hosts being set by a time server."
CLOCK_RECYCLED = "The clock recycled to an earlier mark."
NEXT_ATTEMPT = "The next attempt."
SOMEBODY_ACKNOWLEDGES = "Somebody acknowledging it with a reason."
NOBODY_NAMED = "nobody named in this plan"
MONEY_NOT_READ = "unknown: this plan reads no money"
NOT_COUNTED_YET = "nothing was counted yet"
NOT_COUNTED = "not all of it can be seen"
IN_FLIGHT = "Payments in flight"
IN_FLIGHT_TODO = "Let each come to its end; nobody cancels one that Stripe still works on."
RETRYING = "Events that Stripe still retries"
STOP_CHECKOUT = "New checkouts"
COMPENSATE = "Buyers to compensate"
COMPENSATE_TODO = (
    "Each who paid and has no credits gets them, or the money back; who paid twice gets one back. "
    "Finance keeps the list."
)
ALL_GREEN_CHANGE = "Any mandatory gate that stops being GO."


def clock(stage: str, t_text: str, pace: int = 1) -> str:
    """The T-clock as every screen writes it: the mark, the word for it unless it is simply counting, and the
    pace unless it is that of the world.
    """
    shown = {"planned": CLOCK_NOT_STARTED, "counting": t_text, "holding": f"HOLD at {t_text}"}.get(
        stage, f"{stage} at {t_text}"
    )
    return shown if pace == 1 else f"{shown} · {pace} × speed"


def at(moment: datetime) -> str:
    """A moment as every sentence writes it."""
    return f"{moment:%H:%M:%S} UTC"


def money_unknown(why: str) -> str:
    return f"unknown: {why}"


def read_last(moment: datetime) -> str:
    return f"read at {at(moment)}"


def stale(source: str, observed_at: datetime, ttl_s: int) -> str:
    return f"{source} last answered at {at(observed_at)}; an answer counts for {ttl_s} s"


def overtaken(source: str, observed_at: datetime, unanswered_at: datetime) -> str:
    return (
        f"what {source} tells was read at {at(observed_at)}; "
        f"at {at(unanswered_at)} it was asked in vain, and only what is read after that counts"
    )


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
    return f"{signal} {must}" if needed == 1 else f"{signal} {must}, {needed} times in a row"


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


def go(count: int, waived: int) -> str:
    which = "other mandatory" if waived else "mandatory"
    return f"GO — all {count} {which} gates are GO in this evaluation."


def waived(title: str, until: datetime, underneath: Verdict) -> str:
    return f"“{title}” is waived until {at(until)}, {GATE_WORD[underneath]} underneath."


def rolled_back(seen_at: datetime, actor: str, reason: str) -> str:
    why = f": {reason}" if reason else "; the reason is still to be given"
    return f"NO-GO — rolled back at {at(seen_at)} by {actor}{why}."


def would_change(flip: str) -> str:
    return f"{flip}."


def blind(probe: str, reason: FailureReason, attempts: int) -> str:
    return f"{probe}: {attempts} questions in a row without an answer ({reason.value.replace('_', ' ')})"


def unjudged(probe: str) -> str:
    return f"{probe} is asked, but no gate judges it"


def no_heartbeat(since: datetime) -> str:
    return f"no heartbeat from the collectors since {at(since)}"


def not_heard_yet(since: datetime) -> str:
    return f"the collectors have not been heard since this dashboard began to listen at {at(since)}"


def clocks_differ(ahead_s: float) -> str:
    how = f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} this one"
    return f"the collectors live, but by a clock that is {how}, so that nobody can tell what is fresh"


def lost(why: str, seen_at: datetime) -> str:
    return f"HOLD — {why.rstrip('.')}. What is shown below is from {at(seen_at)} and proves nothing now."


def latched(seen_at: datetime, said: str) -> str:
    return f"NO-GO — seen at {at(seen_at)} and not acknowledged yet. It was: {said}"


def plan_frozen(kept: str, offered: str) -> str:
    return (
        f"a launch is under way and goes on by its plan {kept[:12]}; the plan {offered[:12]} that golive was "
        "started with is on offer until two people change to it"
    )


def store_trouble(said: str) -> str:
    return f"the store cannot be read: {said}"


def watch_failed(kind: str) -> str:
    return f"the dashboard could not read the board ({kind})"


def store_silent(seconds: float) -> str:
    return f"the store has not answered for {seconds:g} s"


def conflict(task: str, fixed: str, late: str, until: str) -> str:
    return f"“{task}” is fixed at {fixed}, but “{late}”, which it needs, is forecast to end at {until}."


def back_dated(event_at: datetime, recorded_at: datetime) -> str:
    return f"happened at {event_at:%H:%M:%S}, recorded at {recorded_at:%H:%M:%S}"


def held(length: str, reason: str, *, goes_on: bool) -> str:
    because = f": {reason}" if reason else ""
    return f"held for {length}{' and still holding' if goes_on else ''}{because}"


def flipped(title: str, before: Verdict, after: Verdict, reason: str) -> str:
    return f"“{title}” flipped from {GATE_WORD[before]} to {GATE_WORD[after]}: {reason}"


def happened(what: str, subject: str, actor: str, reason: str) -> str:
    about = f" {VERDICT_WORD[BoardVerdict(subject)] if subject in set(BoardVerdict) else subject}".rstrip()
    return f"{what}{about} by {actor}{f': {reason}' if reason else ''}"


def older_flips(count: int) -> str:
    return f"{count} flips before this one are not drawn"


def spoken(subject: str) -> str:
    """A verdict by its word; anything else as it is."""
    words = {verdict.value: word for verdict, word in VERDICT_WORD.items()}
    return words.get(subject, subject)


def recorded(what: str, subject: str, t_text: str) -> str:
    about = f" ({subject})" if subject else ""
    return f"Recorded: {what}{about} at {t_text}."


def seconds(by: timedelta) -> str:
    """A difference between two clocks, to the second, with its sign."""
    return f"{round(by.total_seconds()):+d} s"


def host_moved(by: timedelta) -> str:
    return f"the host's clock was moved by {seconds(by)}; golive goes on by its own"


def clock_moved(by: timedelta) -> str:
    return f"clock moved by {seconds(by)}; the T-clock goes on as if it had not"


def found_moved(said: str, at_: datetime) -> str:
    return f"found at {at(at_)}: {said}"


def other_pace(wanted: int, kept: int) -> str:
    return (
        f"golive runs at {wanted} × speed, but the clock of this run was started at {kept} × and keeps it; "
        "another --data-dir begins another hour"
    )


def retrying_todo(endpoint: str) -> str:
    return f"Stripe goes on delivering them for three days; keep {endpoint} enabled until all have arrived."


def stop_checkout_todo(endpoint: str) -> str:
    return (
        f"Take the checkout away from new buyers, and keep the webhook endpoint {endpoint} enabled: "
        "events of the time in which it is disabled are never sent."
    )
