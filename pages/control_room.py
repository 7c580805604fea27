"""Control room. Shows the verdict, the gates and the services; decides nothing."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.board_page import control_room
from dashboard.ui.people import require


def main() -> None:
    """The board, for whoever may see it."""
    require(Action.SEE_BOARD)
    control_room()


if __name__ == "__main__":
    main()
