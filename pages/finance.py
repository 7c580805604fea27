"""Finance. Shows what matches between Stripe and the ledger and what does not; reconciles nothing itself."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.finance_page import finance
from dashboard.ui.people import require


def main() -> None:
    """Both sides of the money, for whoever may see it."""
    finance(require(Action.SEE_MONEY))


if __name__ == "__main__":
    main()
