"""Services. Shows what was asked of each source and what came back; asks nothing by itself."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.people import require
from dashboard.ui.services_page import services


def main() -> None:
    """Every probe of one source, for whoever may see it."""
    services(require(Action.SEE_SERVICES))


if __name__ == "__main__":
    main()
