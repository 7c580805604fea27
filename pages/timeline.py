"""Timeline. Shows the hour, its tasks and its log, and takes ticks; decides nothing."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.people import require
from dashboard.ui.timeline_page import timeline


def main() -> None:
    """The hour, for whoever may see it."""
    timeline(require(Action.SEE_TIMELINE))


if __name__ == "__main__":
    main()
