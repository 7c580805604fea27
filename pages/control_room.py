"""Control room. Shows the verdict, the gates and the services; decides nothing."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.board_page import control_room
from dashboard.ui.people import require


def main() -> None:
    """The board, for whoever may see it."""
    control_room(require(Action.SEE_BOARD))


if __name__ == "__main__":
    main()
