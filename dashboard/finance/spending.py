"""Who uses most of what was bought. The sums of each user are kept, because there may be as many users as
purchases, and a look brings news of a few.
"""

from __future__ import annotations

from typing import Final

from dashboard.finance.kept import Kept
from dashboard.finance.values import Spender

TOP: Final = 10

_SUMS = """
INSERT INTO spent SELECT "user", sum(debited - taken_back), sum(taken_back), sum(purchased) FROM entries
WHERE "user" IS NOT NULL AND created >= ? AND {} GROUP BY "user"
"""
_THESE = '"user" IN (SELECT unnest(?::VARCHAR[]))'
_TOP = f"""
SELECT "user", used, taken_back, purchased FROM spent WHERE used > 0 ORDER BY used DESC, "user" LIMIT {TOP}
"""  # noqa: S608 - of constants


class Spending:
    """The sums beside what is kept, from a moment on."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._since: int | None = None
        sums = '"user" VARCHAR, used BIGINT, taken_back BIGINT, purchased BIGINT'
        kept.duck.execute(f"CREATE TABLE spent ({sums})")

    def top(self, since: int) -> list[Spender]:
        """Who used most."""
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
            Spender(user=user, used=used, taken_back=back, purchased=purchased)
            for user, used, back, purchased in duck.execute(_TOP).fetchall()
        ]
