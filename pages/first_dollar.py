"""First dollar. Shows one purchase on its way through five hops; asks nothing and decides nothing."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.first_dollar_page import first_dollar
from dashboard.ui.people import require


def main() -> None:
    """The traced purchase, for whoever may see it."""
    first_dollar(require(Action.SEE_MONEY))


if __name__ == "__main__":
    main()
