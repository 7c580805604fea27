"""What finance reads on its page and the domain does not generate. Sentences only; no layout, no logic."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.reconciliation.classes import Class

FINANCE_NOTE = (
    "Stripe against the ledger, to the cent. A drift above 0: the ledger gave too much; below 0: too little."
)
READING = "Reading what was charged and what was credited …"
PAYMENTS_AS_OF, LEDGER_AS_OF, SINCE = "Stripe's payments as of", "Ledger as of", "Since"
READ_AT, NEVER_READ = "read", "never read"

BROKEN = "Nothing on this page is to be believed"
NOT_BELIEVED, PROVES_NOTHING = (
    "NOT TO BE BELIEVED",
    "the classes do not add up, so no figure here proves anything",
)
SUMS_DIFFER = "the classes come to {classes}, and Stripe's gross is {gross}"

CLASS_WORD: Mapping[Class, str] = {
    Class.LEDGER_ONLY: "Ledger only",
    Class.STRIPE_ONLY: "Stripe only",
    Class.CURRENCY_MISMATCH: "Currency",
    Class.DUPLICATE_LEDGER: "Credited twice",
    Class.DUPLICATE_PAYMENT: "Paid twice",
    Class.AMOUNT_MISMATCH: "Amount",
    Class.CREDIT_MISMATCH: "Credits",
    Class.UNLINKED: "Unlinked",
    Class.PENDING: "Pending",
    Class.REFUNDED: "Refunded",
    Class.MATCHED: "Matched",
}
NOT_MATCHED, WAITING, ALL_MATCHED = "DOES NOT MATCH", "PENDING", "MATCHED"
NOTHING_TO_MATCH = "NOTHING YET"
AS_FAR_AS_READ = "UNKNOWN"
ROWS_DO_NOT_MATCH = "{rows} of {all}, {drift}"
TOO_MUCH, TOO_LITTLE, IN_ALL = "{drift} too much", "{drift} too little", "{drift} in all"
NO_DRIFT, NOT_COUNTED = "no drift", "what is in another currency not counted"
ROWS_PENDING = "{rows} of {all} still {verb} for the other side"
ALL_ROWS_MATCH = "all {rows} match to the cent"
ONE_ROW_MATCHES = "the one row matches to the cent"
ALL_ROWS_SETTLED = "all {rows} match or were given back, to the cent"
ONE_ROW_GIVEN_BACK = "the one row was given back, to the cent"
AS_FAR_AS = "of what was read {settled}, and not everything was read"
NOTHING_RECONCILED = "no payment that took money and no purchase is known since then"
OLDEST = "the oldest: {band}"
NOT_CONVERTED, OTHER_CURRENCY = "not converted", "in another currency"
ADDS_UP, ADDS_NOT_UP, NOT_PROVEN = "ADDS UP", "DOES NOT ADD UP", "NOT KNOWN"
GROSS = "gross"
CLASSES, CLASSES_NOTE = "Classes", "The worst first. A class without a row is not listed."
CLASS_COLUMNS = ("Class", "Rows", "Drift", "Stripe", "Ledger", "What is so", "What to do")
AGEING, AGEING_NOTE = "Ageing", "How old is what does not match, as of the older side."
AGE_COLUMN = "Class"
YOUNGER, OLDER, BETWEEN, ANY_AGE = "under {below}", "{least} and older", "{least} to {below}", "any age"

TAKINGS, TAKINGS_NOTE = "Takings", "As Stripe says, each as of when its own list was read."
GROSS_TERM, FEES, NET, REFUNDS, DISPUTES = "Gross", "Fees", "Net of fees", "Refunds", "Disputes"
AS_OF = "as of"
NET_NOTE = "before refunds and disputes"
LEFT, LEFT_NOTE = "Left", "net of fees less refunds and disputes"
DISPUTE_FEES = "what Stripe charges for a dispute is not counted"
NOT_KNOWN_YET, NOT_KNOWN, NONE = "not known yet", "not known", "none"
FEES_NOT_RIGHT = "FEES NOT RIGHT"
WRONG_NET, WRONG_NET_SAID = (
    "A net is not its amount less its fee",
    "{n} of a charge, left out of fees and net: {ids}",
)
FEE_LATE, FEE_LATE_SAID = (
    "A fee is late",
    "{n} taken 2 h ago or longer, and Stripe has not said the fee: {ids}",
)
MORE_IDS = "{ids} and {more} more"
FEE_PENDING = "{payments} whose fee is not known yet"
OF_KNOWN_FEE = "of the others"
NET_LEFT_OUT = "{payments} whose net is wrong left out"
LIABILITY = "Liability"
LIABILITY_NOTE = (
    "Credits that were sold and not used. Taken back is what was debited by a payment, as for a refund."
)
OTHER = "Other entries"
LIABILITY_SUM = "{purchased} purchased - {used} used - {back} taken back = {net} credits"
OWED = "positive: credits are owed"
NOTHING_OWED = "zero: every credit that was sold is used"
OVERDRAWN = "negative: more was used than sold, P1"

SPENDERS, SPENDERS_NOTE = "Top spenders", "Credits, by the ledger; what refunds took back nobody has spent."
NO_SPENDERS = "Nobody has spent a credit."
SPENDER_COLUMNS = ("User", "Used", "Taken back", "Purchased")
DENIALS, DENIALS_NOTE = "Rate-limit denials of paying users", "Who paid, and was turned away."
DENIED = "{n} in all, {of_paying} of users that have paid"
DENIAL_COLUMNS = ("User that has paid", "Denials")

CHARTS = "Over time"
CHART_SAID = "{title}. {said}"
STEP, STEP_WORD = "Draw", {"hours": "by hour", "days": "by day"}
STEP_UNIT = {"hours": "hour", "days": "day"}
SALES, DRIFT, OWED_CREDITS = "Stripe's gross against the ledger's purchases", "Drift", "Liability"
STRIPE, LEDGER, CREDITS, ROWS = "Stripe", "Ledger", "credits", "rows"
NOTHING_SOLD = "Nothing to draw {step}: no payment and no purchase since {since} UTC."
NO_AGES = "Nothing to draw: no row that does not match is known."
NOT_OWED = "Nothing to draw: the liability is not known."
SALES_SAID = (
    "{step}, from {start} to {end} UTC: Stripe {stripe}, ledger {ledger}, {payments}. "
    "Stripe took most, {most}, in the {unit} from {at} UTC."
)
DRIFT_SAID = "{step}, from {start} to {end} UTC: {drift} in all. {away}"
NEVER_AWAY, AWAY = "It is zero throughout.", "It is not zero in {n}; most in that from {at} UTC: {most}."
OWED_SAID = (
    "{step}, from {start} to {end} UTC: {first} credits at the end of the first {unit}, "
    "{last} at the end of the last, {least} at the least."
)
AGES_SAID, AGES_BAND = "Of what does not match: {bands}.", "{rows} {band}"
AS_TABLE = "These charts as a table"
BUCKET_COLUMNS = ("From, UTC", "Payments", "Stripe", "Ledger", "Drift", "Credits owed at its end")

LIST = "What does not match"
LIST_OF_WANTED = "The rows that are wanted"
FILTER_CLASSES = "Classes"
NOT_SETTLED, OF_EVERY_CLASS = "all but matched and refunded", "all"
FILTER_TEXT, FILTER_TEXT_HINT = "Text in an id", "pi_, ch_, an entry, a correlation id"
SHOWING = "showing {shown} of {found}"
NOTHING_WANTED = "No row is of these classes and has this text in an id."
NOTHING_UNMATCHED = (
    "No row that does not match is known. "
    "Those that match or were given back are listed once their class is picked."
)
LIST_COLUMNS = (
    "Class",
    "Drift",
    "Age",
    "Ids",
    "Correlation id",
    "Stripe",
    "Ledger",
    "Credits",
    "Created, UTC",
)
DOWNLOADS: Mapping[str, str] = {"csv": "Download CSV", "parquet": "Download Parquet"}
DOWNLOADS_NOTE = "In each file: {rows}, as of when you press."
