"""What a person reads on the screen and the domain does not generate. Sentences only; no layout, no logic."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.observation import Environment, FailureReason
from dashboard.launch.board import BoardVerdict, CheckResult, Verdict

PRODUCT = "golive"
CONTROL_ROOM = "Control room"
SERVICES = "Services"
REHEARSAL = "Rehearsal"
TIMELINE = "Timeline"
REPLAY = "Replay"

BRAND: Mapping[Environment, str] = {Environment.LIVE: "LIVE", Environment.REHEARSAL: "REHEARSAL"}
BRAND_NOTE: Mapping[Environment, str] = {
    Environment.LIVE: "Real money, real customers.",
    Environment.REHEARSAL: "A world in small. No real money, no real customers.",
}
BOARD_WORD: Mapping[BoardVerdict, str] = {
    BoardVerdict.GO: "GO",
    BoardVerdict.NO_GO: "NO-GO",
    BoardVerdict.HOLD: "HOLD",
}
GATE_WORD: Mapping[Verdict, str] = {Verdict.GO: "GO", Verdict.NO_GO: "NO-GO", Verdict.UNKNOWN: "UNKNOWN"}
RESULT_WORD: Mapping[CheckResult, str] = {
    CheckResult.PASS: "Pass",
    CheckResult.FAIL: "Fail",
    CheckResult.INSUFFICIENT: "Too little data",
    CheckResult.ERROR: "Could not ask",
    CheckResult.STALE: "Too old",
    CheckResult.NOT_RUN: "Not run yet",
}
REASON_WORD: Mapping[FailureReason, str] = {
    FailureReason.TIMEOUT: "No answer in time",
    FailureReason.UNREACHABLE: "Not reachable",
    FailureReason.TLS: "TLS failed",
    FailureReason.REDIRECT: "Answered with a redirect",
    FailureReason.TOO_LARGE: "Answer too large",
    FailureReason.MALFORMED: "Answer not understood",
    FailureReason.STATUS: "Unexpected status",
    FailureReason.AUTH: "Our credential was refused",
    FailureReason.SCOPE: "Our credential may not read this",
    FailureReason.RATE_LIMITED: "Told to ask less often",
    FailureReason.SERVER: "The source itself failed",
    FailureReason.NO_TOKEN: "No token to ask with",
    FailureReason.REFUSED: "Not sent by golive",
    FailureReason.WITHHELD: "Answer withheld",
    FailureReason.INTERNAL: "A fault of golive",
}
STALE = "STALE"
HOLD = "HOLD"
NEVER = "never"

CHANGE_LABEL = "What would change it"
CLOCK = "T-clock"
JUDGED = "Judged"
OLDEST_INPUT = "Oldest input"
VERSION = "Version"
NOT_YET = "not yet"

GATES = "Gates"
MANDATORY_NOTE = "Every one of these must be GO."
ADVISORY = "Advisory"
ADVISORY_NOTE = "Judged and shown, never decisive."
NO_GATES = "Nothing has been judged yet. The gates appear with the first answers."
HOLDING = "{k} of {n} rules pass"
OTHERS_HOLD = "{rules} of this gate pass"
FLAPPING = "flapping"
SERVICES_TITLE = "Services"
NO_TILES = "No service has been asked yet."
FLIPS = "Latest flips"
NO_FLIPS = "No gate has changed its verdict yet."
BLIND = "Monitoring is blind"
BLIND_NOTE = "What golive cannot see is UNKNOWN, never green."
WARNINGS = "Warnings"
LOST = "This board is not alive"

CONNECTION_LOST = "HOLD - connection lost: what you see is from {at} UTC"
NOT_REDRAWN = "HOLD - this screen has stopped redrawing: what you see is from {at} UTC"

ROLE = "You act as"
ASSERTED = "asserted"
ASSERTED_NOTE = (
    "The role is picked, not proven. Everything you do is recorded as asserted by whoever picked this role."
)
FLIPS_WHEN = "Flips when"
NO_ROLE = "Nobody has picked a role here, expected one; open the Control room first and pick it there."

SOURCE = "Whose answers"
PROBES_NOTE = (
    "Every question golive asks of it, newest answer first. Facts are allow-listed; nothing else is kept."
)
ATTEMPTS = "Attempts over time"
ATTEMPTS_NOTE = "Each mark is one attempt; a cross is a question that was not answered."
NO_ATTEMPTS = "Nothing has been asked of it yet."
LAST_ANSWER = "Last answer"
LAST_FACTS = "Facts of the last answer"
NO_FACTS = "No answer so far."
OLDER = "older"
OLDER_FAILED = "{n} older failed answers"
FAILED_ANSWERS = "Failed answers"
NO_FAILED = "No failed answer among the newest {n} attempts."
START_PROBE = "Start {probe}"
STARTABLE_NOTE = "These probes write, so only a person starts them."
PROBE_STARTED = "{probe} was started."
JUDGES = "Judges"
JUDGES_NOTHING = "no gate depends on it"

PURCHASE = "First purchase"
PURCHASE_NOTE = "Buy one {title} for {amount} and follow it through the five services and Stripe."
START_PURCHASE = "Start a purchase"
PURCHASE_STARTED = "Purchase {id} was started."
NO_JOURNEYS = "No purchase has been started yet."
FAULTS = "Faults"
FAULTS_NOTE = "Put one in and watch the gate it must flip. Take it out and watch it recover."
PUT_IN = "Put in"
TAKE_OUT = "Take out"
TAKE_ALL_OUT = "Take all faults out"
FAULT_IN = "{title}: put in."
FAULT_OUT = "{title}: taken out."
ALL_OUT = "All faults were taken out."
NOTICED = "noticed"
NOT_NOTICED = "not noticed yet"
NOT_IN = "not in"
NOW_SEEN = "now"
MUST_FLIP = "must flip to"
PROVOKED = {
    "purchase": "seen at the next purchase",
    "write_probe": "seen when the write probe is started",
}
UNREACHABLE = "The rehearsal world could not be asked: {why}"

NO_HOUR = "This plan has no hour: it names no tasks."
MY_TASKS = "My tasks"
NO_TASKS_OF_MINE = "No task of this plan is yours."
THE_HOUR = "The hour"
HOUR_NOTE = "Planned as an outline, forecast and actual as a bar. The line is now."
TABLE = "The hour as a table"
LOG = "Log"
NO_EVENTS = "Nothing has been done in this run yet."
NOW = "now"
TASK_WORD = {
    "open": "Open",
    "done": "Done",
    "auto": "Done, auto",
    "skipped": "Skipped",
    "abandoned": "Abandoned",
}
LATE = "{minutes} late"
LEFT = "{minutes} left"
BEGINS = "begins at {t}"
WAITS_FOR = "waits for"
PROVEN_BY = "Proven by"
WHO_WAITS = "Who waits for it"
NOBODY = "nobody"
BY_HAND = "nothing but your word"
DO_NOW = "Do now"
BACK_DATED = "happened at {at}, recorded at {recorded}"
TICK, SKIP, ABANDON = "Tick", "Skip", "Abandon"
REASON = "Reason"
REASON_HELP = "Everything but a tick and a GO needs a reason."
CLOCK_DESK = "The clock"
START_CLOCK, HOLD_CLOCK, RESUME_CLOCK = "Start the clock", "Hold", "Resume"
RECYCLE, SCRUB, CLOSE = "Recycle", "Scrub", "Close"
MARK = "Back to minute"
DECISION = "Decision"
DECIDED_LAST = "{what} by {who} at {at} UTC{reason}"
NOT_DECIDED = "Nothing has been decided yet."
BINDS = "GO binds board {hash} (evaluation {evaluation}) and plan {plan}."
GO_NOT_OFFERED = "GO is not offered while the board says {word}."
GO_ASK = "Yes, GO on exactly this board"
GO, NO_GO = "GO", "NO-GO"
ACKNOWLEDGE = "Acknowledge"

REPLAY_NOTE = "A run as it stood at any moment, judged again from what was stored."
REPLAY_WORD = "REPLAY"
AS_IT_STOOD = "as it stood at {at}"
NOT_LIVING = "This is not the living board: nothing here happens now."
WHICH_RUN = "Run"
RUN_LABEL = "Run {id} · {title} · attempt {attempt} · {started} UTC · {environment}"
NO_RUNS = "Nothing was ever run here."
MOMENT = "Moment"
JUMP = "Jump to"
JUMP_NOTE = "a flip or something done ({n})"
PREVIOUS, NEXT = "Previous", "Next"
REPRODUCED = "Recomputed from {inputs}; equals what was recorded (evaluation {evaluation})."
NOT_REPRODUCED = "NOT reproduced, evaluation {evaluation}: {what}. What is shown below proves nothing."
NOT_PROVEN = "Not recomputed: {why}. What is shown below was recorded and proves nothing."
NOTHING_TO_REPLAY = "Nothing had been judged up to this moment, so there is nothing to recompute."
