"""Who uses most of what was bought. The sums of each user are kept, because there may be as many users as
purchases, and a look brings news of a few.
"""

from __future__ import annotations

from typing import Final

from dashboard.finance.kept import Kept
from dashboard.finance.values import Spender

TOP: Final = 10

BACK: Final = """
SELECT "user", created, debited FROM entries
WHERE debited > 0 AND (payment_intent IS NOT NULL
    OR correlation_id IN (SELECT correlation_id FROM payments WHERE correlation_id IS NOT NULL))
"""
"""The debits that are of a payment, as the gates find those of a refund: what they took, nobody has used."""

_SUMS = """
INSERT INTO spent SELECT "user", sum(debited), sum(purchased) FROM entries
WHERE "user" IS NOT NULL AND created >= ? AND {} GROUP BY "user"
"""
_THESE = '"user" IN (SELECT unnest(?::VARCHAR[]))'
_TOP = f"""
WITH back AS (SELECT "user", sum(debited) AS credits FROM ({BACK}) WHERE created >= ? GROUP BY "user")
SELECT "user", debited - coalesce(credits, 0) AS used, coalesce(credits, 0), purchased
FROM spent LEFT JOIN back USING ("user") WHERE used > 0 ORDER BY used DESC, "user" LIMIT {TOP}
"""  # noqa: S608 - of constants


class Spending:
    """The sums beside what is kept, from a moment on."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._since: int | None = None
        kept.duck.execute('CREATE TABLE spent ("user" VARCHAR, debited BIGINT, purchased BIGINT)')

    def top(self, since: int) -> list[Spender]:
        """Who used most. What was taken back is asked anew: by a charge that comes in later, too."""
        duck, users = self._kept.duck, list(self._kept.spenders)
        if since != self._since:
            duck.execute("DELETE FROM spent")
            duck.execute(_SUMS.format("true"), [since])
        elif users:
            duck.execute(f"DELETE FROM spent WHERE {_THESE}", [users])  # noqa: S608 - a constant
            duck.execute(_SUMS.format(_THESE), [since, users])
        self._since = since
        self._kept.spenders.clear()
        return [
            Spender(user=user, used=int(used), taken_back=int(back), purchased=int(purchased))
            for user, used, back, purchased in duck.execute(_TOP, [since]).fetchall()
        ]
