"""Webhooks. Shows both hops of every payment of the last day; judges nothing by itself."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.people import require
from dashboard.ui.webhooks_page import webhooks


def main() -> None:
    """The two-hop truth, for whoever may see it."""
    webhooks(require(Action.SEE_MONEY))


if __name__ == "__main__":
    main()
