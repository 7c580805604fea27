"""Reconciles two files in a process of its own, and perhaps by hand besides: `both|ours FOLDER ROUNDS`.

By hand means: written for DuckDB by somebody who knows it, with the same keys in the same order, and the same
classes, for one currency.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import ibis

from dashboard.reconciliation.engine import connected, load
from dashboard.reconciliation.formats import LEDGER, STRIPE
from dashboard.reconciliation.matching import reconcile
from dashboard.reconciliation.summary import summary

AS_OF = 1_800_000_000
BY_HAND = """
WITH taken AS NOT MATERIALIZED (
    SELECT * FROM '{payments}' WHERE status = 'succeeded' AND captured AND livemode
), credited AS (
    SELECT payment_intent, count(*) AS entries, min(entry) AS first, max(entry) AS last, sum(cents) AS cents,
        sum(credits) AS credits, count(*) FILTER (WHERE currency <> 'usd') AS strange
    FROM '{purchases}' WHERE payment_intent IS NOT NULL GROUP BY ALL
), joined AS MATERIALIZED (
    SELECT coalesce(p.payment_intent, p.charge) AS key, p.charge, p.created, p.captured_cents, p.due_cents,
        p.currency, c.payment_intent AS intent, c.entries, c.first, c.last, c.cents, c.credits, c.strange
    FROM taken p FULL JOIN credited c ON p.payment_intent = c.payment_intent
), loose AS MATERIALIZED (
    SELECT * FROM '{purchases}' WHERE payment_intent IS NULL
    UNION ALL
    SELECT l.* FROM '{purchases}' l SEMI JOIN (SELECT intent FROM joined WHERE charge IS NULL) j
        ON l.payment_intent = j.intent
), by_session AS MATERIALIZED (
    SELECT entry, min(coalesce(t.payment_intent, t.charge)) AS owner
    FROM loose l JOIN taken t ON l.session = t.session
    WHERE l.payment_intent IS NULL OR t.payment_intent IS NULL GROUP BY ALL
), by_correlation AS MATERIALIZED (
    SELECT entry, min(coalesce(t.payment_intent, t.charge)) AS owner
    FROM (FROM loose ANTI JOIN by_session USING (entry)) l JOIN taken t ON l.correlation_id = t.correlation_id
    WHERE (l.payment_intent IS NULL OR t.payment_intent IS NULL) AND (l.session IS NULL OR t.session IS NULL)
    GROUP BY ALL
), owned AS MATERIALIZED (FROM by_session UNION ALL FROM by_correlation
), more AS MATERIALIZED (
    SELECT owner AS key, count(*) AS entries, min(entry) AS first, max(entry) AS last, sum(cents) AS cents,
        sum(credits) AS credits, count(*) FILTER (WHERE currency <> 'usd') AS strange
    FROM loose JOIN owned USING (entry) GROUP BY ALL
), twice AS MATERIALIZED (
    SELECT payment_intent AS key, count(*) AS charges FROM taken WHERE payment_intent IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1
), returned AS MATERIALIZED (
    SELECT coalesce(payment_intent, charge) AS key, count(*) AS charges FROM taken
    WHERE captured_cents > 0 AND refunded_cents >= captured_cents GROUP BY ALL
), lonely AS MATERIALIZED (
    SELECT t.charge, coalesce(t.payment_intent, t.charge) AS key, t.session, t.correlation_id
    FROM taken t SEMI JOIN (SELECT charge FROM joined ANTI JOIN more USING (key)
        WHERE entries IS NULL AND charge IS NOT NULL) j ON t.charge = j.charge
), twins AS MATERIALIZED (
    SELECT DISTINCT key FROM (
        SELECT l.key, coalesce(t.payment_intent, t.charge) AS twin FROM lonely l JOIN taken t
            ON l.session = t.session AND l.key <> coalesce(t.payment_intent, t.charge)
        UNION ALL
        SELECT l.key, coalesce(t.payment_intent, t.charge) FROM lonely l JOIN taken t
            ON l.correlation_id = t.correlation_id AND l.key <> coalesce(t.payment_intent, t.charge)
    ) SEMI JOIN (SELECT key AS twin FROM joined WHERE entries > 0 UNION ALL SELECT key FROM more) USING (twin)
), found AS (
    SELECT j.currency, captured_cents AS stripe, coalesce(j.cents, 0) + coalesce(m.cents, 0) AS ledger,
        CASE WHEN r.charges >= coalesce(t.charges, 1) AND coalesce(j.entries, m.entries, 0) = 0
                AND ({as_of} - created >= 600 OR w.key IS NOT NULL) THEN 'refunded'
            WHEN j.currency <> 'usd' OR coalesce(j.strange, 0) + coalesce(m.strange, 0) > 0
                THEN 'currency_mismatch'
            WHEN t.charges > 1 AND coalesce(j.entries, m.entries) > 0 THEN 'duplicate_payment'
            WHEN coalesce(j.entries, 0) + coalesce(m.entries, 0) > 1 THEN 'duplicate_ledger'
            WHEN coalesce(j.cents, m.cents) <> due_cents THEN 'amount_mismatch'
            WHEN coalesce(j.credits, m.credits) <> due_cents * 10 THEN 'credit_mismatch'
            WHEN coalesce(j.entries, m.entries) = 1 THEN 'matched'
            WHEN w.key IS NOT NULL THEN 'duplicate_payment'
            WHEN {as_of} - created < 600 THEN 'pending'
            WHEN j.key = charge THEN 'unlinked'
            ELSE 'stripe_only' END AS class
    FROM joined j LEFT JOIN more m USING (key) LEFT JOIN twice t USING (key) LEFT JOIN twins w USING (key)
        LEFT JOIN returned r USING (key)
    WHERE charge IS NOT NULL
    UNION ALL
    SELECT currency, NULL, cents, CASE WHEN {as_of} - created < 600 THEN 'pending' ELSE 'ledger_only' END
    FROM loose ANTI JOIN owned USING (entry)
)
SELECT class, count(*) AS count, coalesce(sum(stripe), 0)::BIGINT AS stripe, sum(ledger)::BIGINT AS ledger
FROM found GROUP BY class ORDER BY class
"""


def main() -> None:
    """Print seconds and the peak of memory."""
    what, folder, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    files = {name: folder / f"{name}.parquet" for name in ("payments", "purchases")}
    ours, by_hand = [], []
    with connected("duckdb://") as connection:
        for _ in range(rounds if what == "both" else 1):
            started = time.perf_counter()
            found = _ours(connection, files)
            ours.append(time.perf_counter() - started)
            if what == "both":
                started = time.perf_counter()
                told = connection.raw_sql(BY_HAND.format(as_of=AS_OF, **files)).fetchall()
                by_hand.append(time.perf_counter() - started)
                if found != told:
                    sys.exit(f"golive found {found}, by hand it is {told}")
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({"ours": ours, "by_hand": by_hand, "peak_kb": peak_kb}))


def _ours(connection: Any, files: dict[str, Path]) -> list[tuple[str, int, int, int]]:
    """As the command does it, with the expression made anew and the identity asserted."""
    payments = load(connection, STRIPE, [files["payments"]], lambda _rows: None)
    purchases = load(connection, LEDGER, [files["purchases"]], lambda _rows: None)
    rows: ibis.Table = reconcile(payments, purchases, as_of_stripe=AS_OF, as_of_ledger=AS_OF)
    lines = summary(connection, rows, payments, purchases).lines
    return sorted((line.found.value, line.count, line.stripe_cents, line.ledger_cents) for line in lines)


if __name__ == "__main__":
    main()
