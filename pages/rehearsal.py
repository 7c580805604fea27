"""Rehearsal. Starts purchases and puts faults in, in the world in small; registered in a rehearsal only."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.people import require
from dashboard.ui.rehearsal_page import rehearsal


def main() -> None:
    """The drill desk, for whoever may see it."""
    rehearsal(require(Action.SEE_REHEARSAL))


if __name__ == "__main__":
    main()
