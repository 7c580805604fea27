"""Replay. Shows a run as it stood at a moment, judged again from what was stored; decides nothing."""

from __future__ import annotations

from dashboard.access import Action
from dashboard.ui.people import require
from dashboard.ui.replay_page import replay


def main() -> None:
    """The runs of this store, for whoever may see them."""
    replay(require(Action.SEE_REPLAY))


if __name__ == "__main__":
    main()
