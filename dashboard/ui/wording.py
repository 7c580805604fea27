"""What a person reads on the screen and the domain does not generate. Sentences only; no layout, no logic."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.observation import Environment, FailureReason
from dashboard.launch.board import BoardVerdict, CheckResult, Verdict
from dashboard.launch.kpi import KpiState

PRODUCT = "golive"
CONTROL_ROOM = "Control room"
SERVICES = "Services"
REHEARSAL = "Rehearsal"
TIMELINE = "Timeline"
REPLAY = "Replay"
EVIDENCE = "Evidence"

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
KPI_WORD: Mapping[KpiState, str] = {
    KpiState.MET: "met",
    KpiState.NOT_YET: "not yet",
    KpiState.MISSED: "missed",
    KpiState.NOT_KNOWN: "not known yet",
}
STALE = "STALE"
HOLD = "HOLD"
NEVER = "never"

CHANGE_LABEL = "What would change it"
CLOCK = "T-clock"
JUDGED = "Judged"
RECORD_OF_TURN = "The sealed record of this verdict"
OLDEST_INPUT = "Oldest input"
VERSION = "Version"
NOT_YET = "not yet"

GATES = "Gates"
MANDATORY_NOTE = "Every one of these must be GO."
ADVISORY = "Advisory"
ADVISORY_NOTE = "Judged and shown, never decisive."
NO_GATES = "Nothing has been judged yet. The gates appear with the first answers."
HOLDING = "{k} of {n} rules pass"
OTHER_HOLDS, OTHERS_HOLD = "other rule of this gate passes", "other rules of this gate pass"
FLAPPING = "flapping"
WEBHOOKS = "Webhooks"
WEBHOOKS_NOTE = "What became of every payment of the last day: delivered is one thing, credited another."
HOP_1, HOP_1_NOTE = "Hop 1: delivered", "Stripe lists its event as acknowledged, at whatever try"
END_TO_END, END_TO_END_NOTE = "End to end: credited", "exactly one right credit in the ledger"
FIRST_TRIES, FIRST_TRIES_NOTE = "First tries", "as the receiver logged them itself"
NOTIFIED, NOTIFIED_NOTE = "Notified: {hop}", "an accepted delivery in its own log, by payment"
NOTIFIED_WINDOW = "Payments from {start} to {end} UTC, as the log was read last."
NOT_NOTIFIED = "{payments} without an accepted delivery"
NO_DELIVERY = "no delivery logged"
NO_SHARE = "not known"
K_OF_N = "{k} of {n}"
WILSON = "95 % interval (Wilson): {low} to {high}"
CELLS = "Where every payment stands"
CELL_COLUMNS = ("State", "Payments", "Webhook", "Money", "Which")
IDS, MORE_IDS, AGED = "ids", "{n} more", "{age} old"
NO_PAYMENT_YET = "No payment succeeded within the last day."
UNKNOWABLE = "What nobody can know"
ENDPOINTS_UNKNOWN = "an unknown number of endpoints"
WEBHOOK_SOURCE = (
    "The shares are of payments from {start} to {end} UTC; {young} younger than {grace} "
    "not counted yet. {endpoints} subscribed. {requests} requests to Stripe this month. Judged"
)
FINANCE = "Finance"
FIRST_DOLLAR = "First dollar"
PAYMENT = "Payment"
OPEN_PURCHASE = "First dollar, in a new tab"
EXPECTED_PURCHASE = "{title}: {amount} and {credits} credits, within {deadline} of the charge."
FIRST_OF_RUN = "The first dollar of this run"
NOT_FIRST = "Another payment"
PAYMENT_OF_ADDRESS = "named by the address"
NO_SUCH_PAYMENT = "golive knows no payment “{named}”; shown instead is what this page opens on."
NO_PURCHASE = "No payment was begun yet"
STANDS_AT = "Stands at: {hop}."
TIME_TO_FIRST_DOLLAR, TOTAL_NOTE = "Time to first dollar", "from the checkout on, with the typing of the card"
SYSTEM_TIME, SYSTEM_NOTE = "Of it the system", "from the charge on"
NOT_KNOWN_YET, NOT_MEASURED = "not known yet", "not measured"
CLOCK_OF = "Clock of {whose}"
ALL_HOPS_DONE = "all five hops are done"
AFTER = {True: "after the checkout", False: "after the charge"}
DUE, AT_THE_LATEST = "due", "at the latest"
KEPT = "What this stands on"
KEPT_NOTE = (
    "Each object as golive keeps it, in the order in which it was seen: the fields that it may keep, as "
    "canonical JSON (RFC 8785), and their hash."
)
KEPT_SEALED = "What of it is sealed stands on Evidence."
KEPT_FROM, FIRST_SEEN = "{what} of {source}", "first seen"
TRACE_SOURCE = "From Stripe's lists and the ledger as they were read last. Traced"
KPIS = "KPIs"
KPIS_NOTE = "Measured and shown, never decisive."
TARGET = "target"
SERVICES_TITLE = "Services"
NO_TILES = "No service has been asked yet."
FLIPS = "Latest flips"
NO_FLIPS = "No gate has changed its verdict yet."
BLIND = "Monitoring is blind"
BLIND_NOTE = "What golive cannot see is UNKNOWN, never green."
WARNINGS = "Warnings"
UNDELIVERED = "Notifications"
UNDELIVERED_NOTE = "Not everybody was told; the board itself is unaffected."
LOST = "This board is not alive"
NOT_ALIVE = "golive is not alive"
NOT_ALIVE_NOTE = "What is shown here may have changed since."

CONNECTION_LOST = "HOLD - connection lost: what you see is from {at} UTC"
NOT_REDRAWN = "HOLD - this screen has stopped redrawing: what you see is from {at} UTC"

ROLE = "You act as"
ASSERTED = "asserted"
ASSERTED_NOTE = (
    "The role is picked, not proven. Everything you do is recorded as asserted by whoever picked this role."
)
FLIPS_WHEN = "Flips when"
SIGNED_IN = "signed in"
YOU_ARE = "In records and in the log you are {pseudonym}."
SIGNED_IN_NOTE = "Every action is recorded as of whoever signed in, by a pseudonym, and as this role."
SIGN_OUT = "Sign out everywhere"
BACK = "Back to the Control room"
SIGNED_OUT = "You have signed out. Load the page again to sign in."
NO_ROLES = (
    "You are signed in, and no role of this launch is yours: expected one of {roles}. Ask whoever keeps the "
    "identity provider or golive's roster."
)
UNKNOWN_ROLES = (
    "You are signed in as {got}, and this launch has no such role: expected one of {roles}. Ask whoever "
    "keeps the identity provider or golive's roster."
)
ROLES_UNREAD = (
    "Who has which role cannot be read now, so that nobody sees or does anything here. Whoever runs golive "
    "finds why in its log."
)
NOT_YOUR_ROLE = "This role is not yours any more; pick another one above."
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
REFUND_PURCHASE = "Refund the newest"
PURCHASE_REFUNDED = "The newest purchase was refunded."
USE_SAMPLE = "Use the sample"
SAMPLE_USED = "The sample was used: its debit must be exact."
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
    "refund": "seen at the next refund",
    "usage": "seen when the sample is used next",
}
UNREACHABLE = "The rehearsal world could not be asked: {why}"

NO_HOUR = "This plan has no hour: it names no tasks."
MY_TASKS = "My tasks"
NO_TASKS_OF_MINE = "No task of this plan is yours."
THE_HOUR = "The hour"
HOUR_NOTE = "Planned as an outline, forecast as a pale bar, actual as a full one. The line is now."
PHASES = "Phases"
LANES = {"holds": "Holds", "flips": "Flips of mandatory gates", "events": "Clock and decisions"}
UNDONE = "(before the clock went back)"
FIXED = "fixed"
NOT_TICKED = "Who has not ticked"
NOBODY_LATE = "Nobody is late, and nothing is due within 2 minutes."
TABLE = "The hour as a table"
TASKS_CAPTION = "Tasks"
MARKS_CAPTION = "Holds, flips and decisions"
NO_MARKS = "No hold, no flip and no decision since T-0."
LOG = "Log"
NO_EVENTS = "Nothing has been done in this run yet."
NOW = "now"
TASK_WORD = {
    "not_startable": "Not startable",
    "early": "Startable early",
    "startable": "Startable",
    "in_progress": "In progress",
    "done": "Done",
    "auto": "Done, auto",
    "skipped": "Skipped",
    "abandoned": "Abandoned",
}
LATE = "{minutes} late"
FORECAST_LATE = "forecast to end {minutes} late"
LEFT = "{minutes} left"
BEGINS = "begins at {t}"
WAITS_FOR = "waits for"
PROVEN_BY = "Proven by"
WHO_WAITS = "Who waits for it"
NOBODY = "nobody"
BY_HAND = "nothing but your word"
DO_NOW = "Do now"
BEGIN, TICK, SKIP, ABANDON = "Begin", "Tick", "Skip", "Abandon"
AGO = "Happened … minutes ago"
AGO_HELP = "For begin, tick, skip and abandon. 0 is now; the log shows both times."
REASON = "Reason"
REASON_HELP = "A begin, a tick, a GO, a poll and a rollback need none; everything else needs a reason."
CLOCK_DESK = "The clock"
TICK_KEY, HOLD_KEY, GO_KEY = "Shift+T", "Shift+H", "Shift+G"
START_CLOCK, HOLD_CLOCK, RESUME_CLOCK = "Start the clock", "Hold", "Resume"
NEXT_ATTEMPT = "Open the next attempt"
RECYCLE, SCRUB, CLOSE = "Recycle", "Scrub", "Close"
MARK = "Back to minute"
DECISION = "Decision"
DECIDED_LAST = "{what} by {who} at {at} UTC{reason}"
GO_STANDS = "Votes that die and a board that changes since do not undo it; a rollback does."
NOT_DECIDED = "Nothing has been decided yet."
BINDS = "GO binds board {hash} (evaluation {evaluation}) and plan {plan}."
GO_NOT_OFFERED = "GO is not offered while the board says {word}."
GO_ASK = "Yes, GO on exactly this board"
GO, NO_GO = "GO", "NO-GO"
ACKNOWLEDGE = "Acknowledge"
BINDS_WAIVERS = "Waived: {names}."
BINDS_NO_DRILL = "Unproven: all {n} mandatory gates; no drill is recorded here."
BINDS_UNPROVEN = "Unproven: {k} of {n} mandatory gates, never seen to fall under a fault: {names}."
BINDS_NONE_PROVEN = "Unproven: none of the {n} mandatory gates was seen to fall under a fault."
BINDS_ALL_PROVEN = "All {n} mandatory gates were seen to fall under a fault."
BINDS_NO_WAIVER = "Nothing is waived."
ROLL_BACK, ROLL_BACK_ASK = "Roll back", "Yes, roll back now"
ROLL_BACK_NOTE = "One person, at once. The clock holds; the reason is asked afterwards."
EXPLAIN = "Give the reason of the rollback"
ASK_OVERRIDE, OVERRIDE = "Ask for an override", "Override: GO despite the unknown"
OVERRIDE_WAITS = "{who} asks for an override: {reason}. It waits for a second person."
POLL = "GO/NO-GO poll"
POLL_NOTE = "A missing vote is not GO. A vote dies with its time, and when a mandatory gate stops being GO."
OPEN_POLL, DECLARE_GO, DECLARE_NO_GO = "Open a poll", "Declare GO", "Declare NO-GO"
VOTE_WORD = {"GO": "Vote GO", "NO_GO": "Vote NO-GO", "ABSTAIN": "Abstain"}
VOTED_WORD = {"GO": "GO", "NO_GO": "NO-GO", "ABSTAIN": "Abstained"}
VOTES_DIED = "Every earlier vote is dead: {why}"
NO_VOTE = "No vote"
VOTE_UNTIL = "until {at} UTC"
WAIVERS = "Waivers"
WAIVED = "WAIVED"
WAIVED_UNTIL = "until {at} UTC, {word} underneath"
ASK_WAIVER, GRANT_WAIVER, END_WAIVER = "Ask for a waiver", "Grant", "End"
WAIVER_GATE, WAIVER_RISK, WAIVER_CONTROL = "Gate", "Risk", "Compensating control"
WAIVER_MINUTES = "Ends in minutes"
WAIVER_SEND = "Ask for this waiver"
WAIVER_ASKED = "“{gate}” until {at} UTC, asked for by {who}: {reason}. Risk: {risk}. Instead: {control}."
WAIVER_HOLDS = "“{gate}” is waived until {at} UTC, granted by {by}. Risk: {risk}. Instead: {control}."
OTHER_PLAN = "Another plan is on offer"
PLAN_ON_OFFER = (
    "The launch goes on by its plan {kept}. golive was started with the plan {offered}; two people can "
    "change to it, which ends every vote, waiver and override."
)
PLAN_WANTED = "{who} asks for the plan {offered}: {reason}. It waits for a second person."
PLAN_CHANGES = "What it changes"
ASK_PLAN, ADOPT_PLAN = "Ask for this plan", "Adopt this plan"
CONCERNS = "Look after the money"
CONCERNS_NOTE = "A NO-GO stops new buyers; it does not stop what is on its way."

REPLAY_NOTE = "A run as it stood at any moment, judged again from what was stored."
REPLAY_WORD = "REPLAY"
AS_IT_STOOD = "as it stood at {at}"
NOT_LIVING = "This is not the living board: nothing here happens now."
WHICH_RUN = "Run"
RUN_LABEL = "Run {id} · {title} · attempt {attempt} · {started} UTC · {environment}"
NO_RUNS = "Nothing was ever run here."
NO_SUCH_RUN = "There is no run “{named}” here; shown instead is the newest."
NO_SUCH_MOMENT = "This run has no moment “{named}”; shown instead is {at}."
MOMENT = "Moment"
JUMP = "Jump to"
JUMP_NOTE = "a flip or something done ({n})"
PREVIOUS, NEXT = "Previous", "Next"
REPRODUCED = "Recomputed from {inputs}; equals what was recorded (evaluation {evaluation})."
NOT_REPRODUCED = "NOT reproduced, evaluation {evaluation}: {what}. What is shown below proves nothing."
NOT_PROVEN = "Not recomputed: {why}. What is shown below was recorded and proves nothing."
NOTHING_TO_REPLAY = "Nothing had been judged up to this moment, so there is nothing to recompute."
