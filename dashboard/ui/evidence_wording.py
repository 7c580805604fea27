"""What a person reads on the Evidence page. Sentences only; no layout, no logic."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.launch.plan_evidence import ItemKind
from dashboard.launch.proof import ItemState

NOTE = (
    "What must be proven, by whom and when. Evidence proves what was recorded and when it was; it does not "
    "prove that a captured page was true: so each picture has a machine's reading beside it, and a second "
    "person looks."
)
COMPLETE = "{k} of {n} required items are proven"
NOTHING_REQUIRED = "This plan requires no evidence."
NOT_SHOWN = "{n} more are not shown; golive evidence list has all of them."
NO_LOG = "Nothing is sealed here: this golive has no evidence log."
KIND_WORD: Mapping[ItemKind, str] = {
    ItemKind.SCREENSHOT: "picture, by a person",
    ItemKind.COMMAND: "command output, by a person",
    ItemKind.STRIPE_CHARGE: "read from Stripe by golive",
    ItemKind.STRIPE_ENDPOINT: "read from Stripe by golive",
    ItemKind.LEDGER_BALANCE: "read from the ledger by golive",
    ItemKind.LEDGER_TRANSACTIONS: "read from the ledger by golive",
}
STATE_WORD: Mapping[ItemState, str] = {
    ItemState.MISSING: "Missing",
    ItemState.OPEN: "Open now",
    ItemState.IN_REVIEW: "Waits for a review",
    ItemState.UNREVIEWED: "Never reviewed",
    ItemState.CAPTURED: "Captured",
    ItemState.REFUSED: "Refused",
    ItemState.EARLY: "Too early",
    ItemState.LATE: "Too late",
    ItemState.EXPIRED: "Expired",
    ItemState.ERASED: "Erased",
}
WHOLE: Mapping[bool, str] = {True: "Complete", False: "Not complete"}
WINDOW = "{start} to {end}"
FROM_THE_START = "from the start"
OPTIONAL = "optional"
BEFORE_GO = "needed before GO"
CAPTURED_BY = "by {role}"
REVIEWED_BY = "looked at by {role}"
REFUSED_BY = "refused by {role}: {reason}"
OTHERS = "{n} more kept, which count for nothing"
RECORD = "record {index}"

ADD = "Hand a picture in"
ADD_NOTE = "Paste it here (Ctrl+V), drop it, or choose a file. Its pixels alone are kept, as a new PNG."
FOR = "It proves"
FILE = "Picture (PNG, JPEG or WebP)"
NO_FILE_TYPES = ("png", "jpg", "jpeg", "webp")
NOT_NOW = "What is recorded now counts for nothing: it counts from {start} to {end}."
WILL_BE_KEPT = "This will be recorded: {width} × {height} pixels, for “{item}”, by {role}, now."
ATTESTED = (
    ("evidence_date", "The date and time can be seen"),
    ("evidence_system", "It can be seen which system it is"),
    ("evidence_whole", "It is the whole screen, not a part"),
    ("evidence_person", "No personal data can be seen"),
)
HAND_IN = "Record it"
TAKE_PAGE = "Let golive take it"
HANDED_IN = "Recorded as record {index}. It counts once somebody else has looked at it."

REVIEWS = "Waiting for a second person"
REVIEWS_NOTE = "Whoever handed it in cannot review it."
READINGS = "Hold it against what golive read by itself:"
NO_READINGS = "nothing yet"
MASKED = "A bar covers what the page shows of a person, where golive took the picture."
ACCEPT = "It shows this"
REFUSE = "Refuse"
REFUSE_REASON = "Why it is refused"
ACCEPTED = "Record {index} is accepted."
WAS_REFUSED = "Record {index} is refused."
ERASED = "It was erased."

LOG = "The log"
LOG_COLUMNS = ("Records", "Root", "Time-stamped")
NOT_STAMPED = "not yet"
STAMPED_LATER = "under the one over {size}"
LOG_FACTS = ("Records", "Log key", "State")
OPEN_LOG, CLOSED_LOG = "open", "closed: nothing can be added"
PENDING = "The newest head waits for a time stamp from {names}."
UNSTAMPED = "No time-stamping authority is set: only a receipt says when."
UNSEALED = "{n} not sealed yet."

DECISIONS = "Decisions and receipts"
DECISIONS_NOTE = (
    "A receipt pins the log at that moment. Only a receipt that somebody else keeps stops whoever holds the "
    "keys from dropping the last record: send it away."
)
NO_DECISIONS = "Nobody has decided anything yet."
DECISION_COLUMNS = ("Decision", "At", "By", "Rests on", "Not met", "Record")
NOTHING_UNMET = "nothing"
RECEIPT = "Receipt {verdict}, record {index}"
PRINTABLE = "to print"

BUNDLE = "Take all of it away"
BUNDLE_NOTE = (
    "One ZIP with every record, what they vouch for, and a report. golive verify checks it without this "
    "server: with the log's key, the authority's root and a receipt that was kept elsewhere."
)
DOWNLOAD = "Download the bundle"

OPENED = "Record {index}: {kind}"
CLOSE_RECORD = "Back to all"
NO_RECORD = "The log of this run has no record of that name."
FACTS = (
    "Proves",
    "By",
    "Captured (claimed)",
    "Recorded (our clock)",
    "Bounded by time stamps",
    "A second person",
    "System",
    "How",
    "Gate",
    "Relied on by",
    "Leaf",
    "Before it",
)
BOUNDED_AFTER, BOUNDED_BEFORE = "after {start}", "before {end}"
NOT_BOUNDED = "not yet: no authority has stamped a head before or after it"
NOT_RELIED_ON = "no decision"
NOT_LOOKED_AT = "nobody has looked at it"
EARLIER = "Earlier runs"
EARLIER_NOTE = "The evidence of an earlier run, as it was left. Nothing is handed in here."
RUN, BACK_TO_NOW = "run {run}", "Back to the run of now"
SAYS = "What it says"
VOUCHES = "What it vouches for"
DOWNLOAD_BLOB = "Download {name}"
